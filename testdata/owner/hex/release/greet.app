{application,greet,
             [{applications,[kernel,stdlib,elixir,logger,deep]},
              {description,"greet"},
              {modules,['Elixir.Greet']},
              {registered,[]},
              {vsn,"2.1.0"}]}.
