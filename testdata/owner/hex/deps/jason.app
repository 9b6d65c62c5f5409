{application,jason,[{vsn,"1.4.1"},{modules,[]},{applications,[kernel,stdlib,elixir,decimal]}]}.
