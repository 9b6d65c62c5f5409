-- A rockspec is Lua.
package = "hello"
version = "1.0-1"
source = { url = "file://hello" }
description = {
  summary = "Made for a test", detailed = [[
    dependencies = { "not this" }
  ]],
}
dependencies = {
  "lua >= 5.1, < 5.5",
  "greet ~> 2",
  "absent == 1.0-1",
}
build = {
  type = "builtin",
  modules = { hello = "hello.lua" },
  install = { bin = { hello = "hello" }, conf = { "conf/hello.conf" } },
  copy_directories = { "doc" },
}
