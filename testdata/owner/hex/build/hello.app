{application,hello,
             [{applications,[kernel,stdlib,elixir,logger,greet,deep]},
              {description,"hello"},
              {modules,['Elixir.Hello']},
              {registered,[]},
              {vsn,"0.1.0"}]}.
