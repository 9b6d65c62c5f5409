{application,deep,
             [{applications,[kernel,stdlib,elixir,logger]},
              {description,"deep"},
              {modules,['Elixir.Deep']},
              {registered,[]},
              {vsn,"1.0.0-rc.1"}]}.
