#!/bin/bash
# Makes the programs of the cases here with the real Go; needs Go 1.19, gcc, binutils
# and zip. The modules come from a proxy of files made here, so no network is needed.
# Of each program only the section that tells how it was built is kept, in a program
# that does nothing. It makes nothing of what stands behind `===`.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
export HOME=$work GOPATH=$work/go GOFLAGS=-mod=mod GOPROXY=file://$work/proxy GOSUMDB=off
export CGO_ENABLED=0
unset GOBIN

# publish MODULE VERSION FOLDER
publish() {
  proxy=$work/proxy/$1/@v
  packed=$work/packed/$1@$2
  mkdir -p "$proxy" "$packed"
  cp -r "$3/." "$packed"
  echo "{\"Version\":\"$2\"}" > "$proxy/$2.info"
  cp "$3/go.mod" "$proxy/$2.mod"
  (cd "$work/packed" && zip -qr "$proxy/$2.zip" "$1@$2")
}

# library MODULE VERSION
library() {
  folder=$work/library/$1@$2
  mkdir -p "$folder"
  printf 'module %s\n' "$1" > "$folder/go.mod"
  printf 'package %s\n\nfunc Do() {}\n' "$(basename "$1")" > "$folder/library.go"
  publish "$1" "$2" "$folder"
}

# keep PROGRAM NAME: a small program with the section of a large one.
keep() {
  objcopy --dump-section .go.buildinfo="$work/section" "$1" /dev/null
  echo 'void _start(void) { for (;;); }' |
    gcc -nostdlib -static -Wl,--build-id=none -Wl,-z,noseparate-code -s -x c -o "$work/small" -
  objcopy --add-section .go.buildinfo="$work/section" \
    --set-section-flags .go.buildinfo=readonly,data "$work/small" "$here/$2"
}

library example.com/uuid v1.3.0
library example.com/errors v0.9.1

# The author's own, of two commands, with a module of others, one that a fork replaces
# and one that a folder replaces.
mkdir -p "$work/shop/cmd/admin" "$work/shop/local"
cd "$work/shop"
cat > go.mod <<'END'
module example.com/shop

go 1.19

require (
	example.com/errors v0.9.0
	example.com/local v0.0.0
	example.com/uuid v1.3.0
)

replace example.com/errors v0.9.0 => example.com/errors v0.9.1

replace example.com/local => ./local
END
printf 'module example.com/local\n' > local/go.mod
printf 'package local\n\nfunc Do() {}\n' > local/local.go
cat > main.go <<'END'
package main

import (
	"example.com/errors"
	"example.com/local"
	"example.com/uuid"
)

func main() { local.Do(); uuid.Do(); errors.Do() }
END
cat > cmd/admin/main.go <<'END'
package main

import "example.com/uuid"

func main() { uuid.Do() }
END
go build -o "$work/shop.out" .
go build -o "$work/admin.out" ./cmd/admin
keep "$work/shop.out" shop
keep "$work/admin.out" admin

# Without a module: one file.
mkdir "$work/single"
cd "$work/single"
printf 'package main\n\nfunc main() { println("hello") }\n' > main.go
go build -o "$work/single.out" main.go
keep "$work/single.out" single

# A released one, and one of the toolchain itself.
mkdir -p "$work/tool/cmd/stringer"
cd "$work/tool"
printf 'module example.com/tool\n\nrequire example.com/uuid v1.3.0\n' > go.mod
cp "$work/shop/cmd/admin/main.go" cmd/stringer
publish example.com/tool v0.1.12 "$work/tool"
(cd "$work" && go install example.com/tool/cmd/stringer@v0.1.12)
keep "$GOPATH/bin/stringer" stringer
keep "$(go env GOTOOLDIR)/buildid" buildid

# Damaged: cut, and with a version whose length has no end.
head -c 700 "$here/shop" > "$here/cut"
cp "$here/shop" "$here/endless"
at=$(grep -abo 'Go buildinf:' "$here/shop" | head -n 1 | cut -d: -f1)
printf '\377\377\377\377\377' |
  dd of="$here/endless" bs=1 seek=$((at + 30)) conv=notrunc status=none
