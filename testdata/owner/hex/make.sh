#!/bin/bash
# Makes the inputs of the cases here with Elixir 1.14 on Erlang 25: run as root in a
# container of Debian 12 with elixir, for it fills /app. The applications are made on
# the spot, the dependencies come from folders: Hex itself cannot be had here, so
# their `hex_metadata.config`, which only Hex writes, was written by hand to its
# documented format. It makes nothing of what stands behind `===`, nor the case corrupt.
set -eu
export LC_ALL=C MIX_ENV=prod
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work" /app' EXIT
export HOME=$work MIX_HOME=$work/mix

# application FOLDER NAME VERSION DEPENDENCIES
application() {
  mkdir -p "$1/lib"
  cat > "$1/mix.exs" <<END
defmodule $(sed 's/.*/\u&/' <<< "$2").MixProject do
  use Mix.Project
  def project, do: [app: :$2, version: "$3", elixir: "~> 1.14", deps: [$4]]
  def application, do: [extra_applications: [:logger]]
end
END
  echo "defmodule $(sed 's/.*/\u&/' <<< "$2"), do: def hello, do: :world" > "$1/lib/$2.ex"
}
application /app hello 0.1.0 '{:greet, path: "deps/greet"}, {:deep, path: "deps/deep"}'
application /app/deps/greet greet 2.1.0 '{:deep, path: "../deep"}'
application /app/deps/deep deep 1.0.0-rc.1 ''
cd /app
mix release --quiet --path /app/rel > /dev/null 2>&1 || mix release --path /app/rel

# The lines of a case; of applications of Erlang and Elixir two are enough.
lines() {
  local case=$1
  shift
  mkdir -p "$here/$case"
  find "$@" -type f | sort | while read -r file; do
    case $file in
      */lib/kernel-*/ebin/kernel.app | */lib/logger-*/ebin/logger.app | */ebin/hello.app | \
        */ebin/greet.app | */ebin/deep.app)
        cp "$file" "$here/$case/${file##*/}"
        echo "t ${file#/} $case/${file##*/}"
        ;;
      */lib/kernel-*/ebin/kernel.beam | */lib/logger-*/ebin/*.Logger.beam) ;&
      /app/rel/releases/* | /app/rel/bin/* | /app/rel/erts-*/bin/beam.smp | \
        */lib/hello* | */lib/greet* | */lib/deep* | */deps/*)
        echo "f $(stat -c %s "$file") ${file#/}"
        ;;
    esac
  done
}
lines release /app/rel > "$work/release"
lines build /app/deps /app/lib /app/_build > "$work/build"
for list in release build; do
  echo "# $list"
  cat "$work/$list"
done
