#!/bin/bash
# Makes the inputs of the cases here with the real package managers; needs Node 20
# and npm. It makes nothing of what stands behind `===`, nor the cases corrupt and
# folders with their manifests.
set -eu
export LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export HOME=$work
npm install --silent --prefix "$work/tools" pnpm@9.15.9 yarn@1.22.22 bun@1.3.3
tools=$work/tools/node_modules/.bin

new_app() {
  root=$work/root app=$work/root/usr/src/app
  rm -rf "$root"
  mkdir -p "$app"
  cat > "$app/package.json" <<'END'
{"name": "app", "version": "1.0.0", "license": "MIT", "dependencies":
{"@types/ms": "2.1.0", "color-support": "1.1.3", "is-number": "7.0.0", "is-odd": "3.0.1"}}
END
  cd "$app"
}

# The lines of a case: manifests are copied beside it and named by `t`, of all other
# files the size is enough; of several names of a file the first one is the file.
lines() {
  declare -A first=()
  (cd "$root" && find . -type f -printf '%P\n' | sort) | while read -r file; do
    inode=$(stat -c %i "$root/$file")
    if [ -n "${first[$inode]:-}" ]; then
      echo "h $file ${first[$inode]}"
      continue
    fi
    first[$inode]=$file
    case $file in
      *node_modules/*/package.json | *@@@1/package.json)
        name=$(node -p 'm = require(process.argv[1]); m.name + "@" + m.version' "$root/$file")
        cp "$root/$file" "$here/${name//\//+}.json"
        echo "t $file ${name//\//+}.json"
        ;;
      */package.json)
        name=$(node -p 'require(process.argv[1]).name' "$root/$file")
        cp "$root/$file" "$here/$name.json"
        echo "t $file $name.json"
        ;;
      *) echo "f $(stat -c %s "$root/$file") $file" ;;
    esac
  done
  (cd "$root" && find . -type l -printf 'l %P %l\n' | sort | sed "s| $root/| /|")
}

new_app
npm install --silent
npm install --silent --global --prefix "$root/usr/local" is-number@7.0.0
echo "# npm"
lines

new_app
"$tools/pnpm" install --silent --store-dir "$root/root/.local/share/pnpm/store"
echo "# pnpm"
lines

new_app
YARN_CACHE_FOLDER=$root/var/yarn "$tools/yarn" install --silent
echo "# yarn"
lines

new_app
BUN_INSTALL_CACHE_DIR=$root/root/.bun/install/cache "$tools/bun" install --silent
echo "# bun"
lines

new_app
mkdir -p packages/lib
cat > package.json <<'END'
{"name": "root", "private": true, "workspaces": ["packages/*"], "devDependencies": {"is-odd": "3.0.1"}}
END
cat > packages/lib/package.json <<'END'
{"name": "lib", "version": "1.0.0", "dependencies": {"is-number": "7.0.0", "is-odd": "*"}}
END
npm install --silent
echo "# workspaces"
lines
