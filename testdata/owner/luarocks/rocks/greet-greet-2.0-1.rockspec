package = "greet"
version = "2.0-1"
source = { url = "file://greet" }
dependencies = { "lua >= 5.1" }
build = { type = "builtin", modules = { greet = "greet.lua", ["greet.more.deep"] = "deep.lua" } }
