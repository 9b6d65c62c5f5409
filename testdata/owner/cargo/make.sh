#!/bin/bash
# Makes the programs of the cases here with the real cargo and cargo-auditable 0.7
# (`cargo install cargo-auditable`); needs gcc and binutils, and crates.io. Of each
# program only the section that lists its crates is kept, in a program that does
# nothing. It makes nothing of what stands behind `===`.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# keep PROGRAM NAME: a small program with the section of a large one.
keep() {
  objcopy --dump-section .dep-v0="$work/section" "$1" /dev/null
  echo 'void _start(void) { for (;;); }' |
    gcc -nostdlib -static -Wl,--build-id=none -Wl,-z,noseparate-code -s -x c -o "$work/small" -
  objcopy --add-section .dep-v0="$work/section" \
    --set-section-flags .dep-v0=readonly,data "$work/small" "$here/$2"
  python3 -c 'import sys, zlib; print(zlib.decompress(open(sys.argv[1], "rb").read()).decode())' \
    "$work/section"
}

# The author's own, with a crate that is needed only to build it.
mkdir -p "$work/shop/src"
cd "$work/shop"
cat > Cargo.toml <<'END'
[package]
name = "shop"
version = "0.3.0"
edition = "2021"

[dependencies]
arrayvec = "=0.7.4"
smallvec = "=1.13.2"
either = { version = "=1.13.0", default-features = false }
itertools = { version = "=0.13.0", default-features = false }

[build-dependencies]
version_check = "=0.9.5"
END
printf 'fn main() {}\n' > build.rs
printf 'fn main() {}\n' > src/main.rs
CARGO_TARGET_DIR=$work/target cargo auditable build --quiet
keep "$work/target/debug/shop" shop

# A released one, which needs one of the same crates.
cargo auditable install --quiet --debug --root "$work" titlecase@3.3.0 --locked
keep "$work/bin/titlecase" titlecase

# Damaged: cut, and with a byte of the packed list changed.
head -c 600 "$here/shop" > "$here/cut"
cp "$here/shop" "$here/garbled"
# The list is near the end, before the names of the sections and their headers.
printf '\346' | dd of="$here/garbled" bs=1 seek=295 conv=notrunc status=none
