#!/bin/bash
# Makes the archives of the cases here with Yarn; needs Node and npm. The packages are
# MIT. It makes nothing of what stands behind `===`.
set -eu
export LC_ALL=C TZ=UTC
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export HOME=$work YARN_ENABLE_GLOBAL_CACHE=false YARN_ENABLE_TELEMETRY=0
cd "$work"
npm install --silent --prefix tools @yarnpkg/cli-dist@4
mkdir app
cd app
cat > package.json <<'END'
{"name": "app", "version": "1.0.0", "license": "MIT", "dependencies": {"@types/ms": "2.1.0", "is-odd": "3.0.1"}}
END
touch yarn.lock
node ../tools/node_modules/@yarnpkg/cli-dist/bin/yarn.js install
find . -type f -printf 'f %s app/%P\n' | sort -k 3
cp .yarn/cache/*.zip "$here"
head -c 3000 .yarn/cache/is-odd-*.zip > "$here/cut.zip"
