#!/bin/bash
# Makes the inputs of the case here with LuaRocks 3.8: run as root in a container of
# Debian 12 with luarocks, for it fills /usr/local. The rocks are made on the spot. It
# makes nothing of what stands behind `===`, nor the case corrupt.
set -eu
export LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
places=(/usr/local/bin /usr/local/lib/lua /usr/local/lib/luarocks /usr/local/share/lua)
trap 'rm -rf "$work" /usr/local/bin/hello "${places[@]:1}"' EXIT
export HOME=$work
mkdir -p "$work/hello/doc" "$work/hello/conf" "$work/greet"

cd "$work/greet"
echo 'return "greet"' > greet.lua
echo 'return "deep"' > deep.lua
cat > greet-2.0-1.rockspec <<'END'
package = "greet"
version = "2.0-1"
source = { url = "file://greet" }
dependencies = { "lua >= 5.1" }
build = { type = "builtin", modules = { greet = "greet.lua", ["greet.more.deep"] = "deep.lua" } }
END
luarocks make > /dev/null 2>&1

cd "$work/hello"
echo 'return "hello"' > hello.lua
echo 'print("hello")' > hello
echo '# hello' > doc/index.md
echo 'x = 1' > conf/hello.conf
# The dependencies are several, and one is absent.
cat > hello-1.0-1.rockspec <<'END'
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
END
luarocks make --deps-mode none > /dev/null 2>&1
# No compiler and no headers of Lua are needed to have a file in `lib`.
mkdir -p "$work/core"
cd "$work/core"
echo 'not a library' > core.so
cat > core-0.1-2.rockspec <<'END'
package = "core"
version = "0.1-2"
source = { url = "file://core" }
build = { type = "none", install = { lib = { core = "core.so" } } }
END
luarocks make > /dev/null

mkdir -p "$here/rocks"
find "${places[@]}" -type f | sort | while read -r file; do
  case $file in
    */rock_manifest | */rocks-5.*/*.rockspec)
      rock=$(basename "$(dirname "$(dirname "$file")")")
      cp "$file" "$here/rocks/$rock-${file##*/}"
      echo "t ${file#/} rocks/$rock-${file##*/}"
      ;;
    *) echo "f $(stat -c %s "$file") ${file#/}" ;;
  esac
done
