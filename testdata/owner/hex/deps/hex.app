{application,hex,[{vsn,"2.0.6"},{modules,['Elixir.Hex']},{applications,[kernel,stdlib,elixir]}]}.
