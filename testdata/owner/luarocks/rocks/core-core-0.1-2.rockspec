package = "core"
version = "0.1-2"
source = { url = "file://core" }
build = { type = "none", install = { lib = { core = "core.so" } } }
