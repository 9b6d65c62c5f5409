#!/usr/bin/env bash
# imgsize and a real registry: what it asks for, what comes, how long it takes.
#
#   benches/registry.sh FOLDER [PARTS]   FOLDER as testdata/images/python/build.sh fills it
#
# PARTS, all if not given:
#   a   a first look, a second one, one after the app was built again
#   b   eStargz and zstd:chunked: tables of contents instead of layers
#   c   12 GB in 20,000 files: peak memory, files that are written. Only if MAKE_BIG is
#       the path of a program that writes a docker-archive: --files N --layers N
#       --bytes N OUT. Takes 25 GB of disk; it wants to see 50 GB free.
#
# Needs docker-registry (of Debian; a registry of its own runs on a free port of this
# machine and is gone at the end), skopeo, jq, python3, GNU time, and strace for part c.
# TMPDIR has to have 6 GB free, for part c 50 GB. IMGSIZE is the program to measure; if
# not set it is built. Prints Markdown; benches/README.md keeps what it printed. Requests
# and bytes are those of the registry's access log, without HTTP's own headers. The
# registry runs on the same cores: its time is in the wall time, not in the CPU time.
set -euo pipefail
export LC_ALL=C
folder=$(cd "${1:?usage: registry.sh FOLDER [PARTS]}" && pwd)
parts=${2:-abc}
here=$(cd "$(dirname "$0")" && pwd)
if [ -z "${IMGSIZE:-}" ]; then
  cargo build --release --quiet --manifest-path "$here/../Cargo.toml"
  IMGSIZE=$here/../target/release/imgsize
fi
work=$(mktemp -d "${TMPDIR:-/tmp}/imgsize-registry.XXXXXX")
registry=
stop() {
  if [ -n "$registry" ]; then
    kill "$registry" 2>/dev/null || true
    wait "$registry" 2>/dev/null || true
  fi
  rm -rf "$work"
}
trap stop EXIT
trap 'exit 1' INT TERM HUP
export IMGSIZE_CACHE_DIR=$work/cache

step() { printf '%4ds  %s\n' "$SECONDS" "$*" >&2; }

# --- The registry

start_registry() {
  port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  cat >"$work/registry.yml" <<END
version: 0.1
log:
  level: error
  accesslog:
    disabled: false
storage:
  filesystem:
    rootdirectory: $work/registry
http:
  addr: 127.0.0.1:$port
END
  docker-registry serve "$work/registry.yml" >"$work/access.log" 2>"$work/registry.log" &
  registry=$!
  for _ in {1..50}; do
    if (: >"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then return; fi
    sleep 0.1
  done
  cat "$work/registry.log" >&2
  return 1
}

push() { # TAG SOURCE OPTION…
  local tag=$1 source=$2
  shift 2
  skopeo --tmpdir "$work" copy -q --dest-tls-verify=false "$@" "$source" "docker://127.0.0.1:$port/python:$tag"
}

manifest() { # TAG
  skopeo inspect --raw --tls-verify=false "docker://127.0.0.1:$port/python:$1"
}

# --- Measurements

# Runs a command; leaves `bytes` and `requests` (the registry's), `parts_of` (those
# for a part of a blob), `wall`, `cpu` (seconds), `memory` (MB).
measure() { # COMMAND…
  # A request is logged once it is answered.
  sleep 0.3
  local before begun ended
  before=$(wc -l <"$work/access.log")
  begun=$EPOCHREALTIME
  /usr/bin/time -f '%U %S %M' -o "$work/time" "$@" >"$work/out" 2>"$work/err" ||
    { cat "$work/err" >&2; return 1; }
  ended=$EPOCHREALTIME
  sleep 0.3
  tail -n "+$((before + 1))" "$work/access.log" >"$work/asked"
  # 127.0.0.1 - - [time] "GET /v2/… HTTP/1.1" 200 1234 "" "agent"
  read -r bytes requests parts_of < <(awk -F'"' '
    { split($3, answer, " "); bytes += answer[2]; parts += answer[1] == 206 }
    END { printf "%.0f %d %d\n", bytes, NR, parts }' "$work/asked")
  # Milliseconds, where `time` knows hundredths only.
  read -r wall cpu memory < <(tail -n 1 "$work/time" | awk -v begun="$begun" -v ended="$ended" '
    { printf "%.3f %.2f %d\n", ended - begun, $1 + $2, $3 / 1000 }')
}

report() { # TAG OPTION…
  local tag=$1
  shift
  measure "$IMGSIZE" report --json "registry:127.0.0.1:$port/python:$tag" "$@"
}

# The layers' download size.
download() { # TAG
  manifest "$1" | jq '[.layers[].size] | add'
}

share() { # PART WHOLE
  awk -v part="$1" -v whole="$2" 'BEGIN { printf "%.2f %%", 100 * part / whole }'
}

# --- a: a first look, a second one, one after a build

part_a() {
  step "a: push"
  mkdir "$work/gzip"
  tar -xf "$folder/python-gzip-oci.tar" -C "$work/gzip"
  # A build that changes the app: of its layer alone, and of all that Docker makes
  # anew then.
  python3 "$here/rebuild.py" "$work/gzip" "$work/app" 'COPY app /app'
  python3 "$here/rebuild.py" --later "$work/gzip" "$work/later" 'COPY app /app'
  push 1 "oci:$work/gzip" --preserve-digests
  push 2 "oci:$work/app" --preserve-digests
  push 3 "oci:$work/later" --preserve-digests
  step "a: measure"
  printf '\n### A first look, and a second one: %s bytes in %s gzip layers\n\n' \
    "$(download 1)" "$(manifest 1 | jq '.layers | length')"
  echo '| `imgsize report --json registry:…` | Bytes served | Requests | Wall [s] | CPU [s] | Peak memory |'
  echo '|:---|---:|---:|---:|---:|---:|'
  row() { # NAME TAG OPTION…
    local name=$1
    shift
    report "$@"
    echo "| $name | $bytes | $requests | $wall | $cpu | $memory MB |"
    cp "$work/out" "$work/report-$1.json"
  }
  row 'first run' 1
  row 'second run' 1
  row 'the app layer built again' 2
  row 'the app layer and the two after it built again' 3
  row 'all of it, `--no-cache`' 1 --no-cache
  row 'manifest and config, `--quick`' 1 --quick
}

# --- b: tables of contents

part_b() {
  step "b: make eStargz"
  python3 "$here/estargz.py" "$folder/python-oci" "$work/estargz" >&2
  push estargz "oci:$work/estargz" --preserve-digests
  rm -rf "$work/estargz"
  step "b: make zstd:chunked"
  # Not right into the registry: there skopeo takes another compression of the same
  # layer, if it knows of one.
  skopeo copy -q --dest-compress-format zstd:chunked "oci:$folder/python-oci" "oci:$work/chunked:latest"
  push chunked "oci:$work/chunked" --preserve-digests
  rm -rf "$work/chunked"
  step "b: measure"
  printf '\n### Tables of contents instead of layers\n\n'
  echo '| `imgsize report --json --no-cache registry:…` | Download size | Bytes served | Of it | Requests | Wall [s] | CPU [s] | Same as `--verify` |'
  echo '|:---|---:|---:|---:|---:|---:|---:|:---|'
  local tag
  for tag in estargz chunked; do
    row_b "$tag"
  done
  for tag in estargz chunked; do
    printf '\nLayers of %s:\n\n' "$tag"
    echo '| Layer | Download | Table vouched for | Read | Fetched | Requests |'
    echo '|---:|---:|:---|:---|---:|---:|'
    layers "$tag"
  done
}

# What must be the same, however the layers were read.
SAME='{
  categories: [.categories[] | {id, live, lost, files}],
  packages: [.packages[] | {ecosystem, name, version, live}] | sort,
  warnings
}'

row_b() { # TAG
  local tag=$1 all name
  all=$(download "$tag")
  case $tag in
  estargz) name=eStargz ;;
  chunked) name=zstd:chunked ;;
  esac
  line() { # NAME SAME
    echo "| $1 | $all | $bytes | $(share "$bytes" "$all") | $requests ($parts_of for parts) | $wall | $cpu | $2 |"
  }
  report "$tag" --no-cache --verify
  local verified
  verified=$(line "$name, \`--verify\`" '')
  jq -S "$SAME" "$work/out" >"$work/verified.json"
  report "$tag" --no-cache
  cp "$work/out" "$work/report-$tag.json"
  cp "$work/asked" "$work/asked-$tag"
  jq -S "$SAME" "$work/out" >"$work/by-table.json"
  local same=yes
  if ! diff "$work/verified.json" "$work/by-table.json" >"$work/diff"; then
    same=NO
    head -n 40 "$work/diff" >&2
  fi
  line "$name" "$same"
  echo "$verified"
}

layers() { # TAG
  local digests
  digests=$(awk '$7 ~ /blobs/ { sub(".*/", "", $7); print $7 }' "$work/asked-$1")
  manifest "$1" >"$work/manifest.json"
  jq -r --slurpfile manifest "$work/manifest.json" --arg asked "$digests" '
    .layers[] | . as $layer
    | ($manifest[0].layers[.index].annotations // {}) as $notes
    | ([$notes | keys[] | select(test("toc.digest|manifest-checksum"))] | first // "no") as $vouched
    | [.index, .download, $vouched, .read, .fetched,
       ([$asked | splits("\n") | select(. == $layer.digest)] | length)]
    | "| " + (map(tostring) | join(" | ")) + " |"' "$work/report-$1.json"
}

# --- c: an image that fits into no memory

part_c() {
  if [ -z "${MAKE_BIG:-}" ]; then
    step "c: not run, MAKE_BIG is not set"
    return
  fi
  local free
  free=$(($(df -B 1000000000 --output=avail "$work" | tail -n 1)))
  if [ "$free" -lt 50 ]; then
    echo "c: not run, $free GB free and not 50" >&2
    return 1
  fi
  step "c: make 12 GB"
  python3 "$MAKE_BIG" --files 20000 --layers 6 --bytes 12000000000 "$work/big.tar"
  # Files of noise that repeats, so that gzip leaves little of it: all 12 GB come over
  # the wire only where they are not compressed.
  step "c: push"
  push big-gzip "docker-archive:$work/big.tar" --dest-compress-format gzip --dest-compress-level 1
  push big-plain "docker-archive:$work/big.tar" --preserve-digests
  rm -f "$work/big.tar"
  printf '\n### 12 GB\n\n'
  echo '| `imgsize report --json --no-cache registry:…` | Download size | Stored | Files | Bytes served | Requests | Wall [s] | CPU [s] | Peak memory | Files opened for writing |'
  echo '|:---|---:|---:|---:|---:|---:|---:|---:|---:|:---|'
  row_c gzip
  row_c plain
}

row_c() { # COMPRESSION
  step "c: measure $1"
  report "big-$1" --no-cache
  local row
  row=$(jq -r '.totals | "\(.download) | \(.stored) | \(.files)"' "$work/out")
  row="$(manifest "big-$1" | jq '.layers | length') $1 layers | $row"
  row="$row | $bytes | $requests | $wall | $cpu | $memory MB"
  # Once more, with a file for each thread: lines of a common one may be cut in two.
  mkdir "$work/trace"
  measure strace -ff -o "$work/trace/t" -e trace=?open,?openat2,openat,?creat,memfd_create \
    "$IMGSIZE" report --json "registry:127.0.0.1:$port/python:big-$1" --no-cache
  local written
  written=$(cat "$work"/trace/t* | grep -E 'O_WRONLY|O_RDWR|O_CREAT|O_TMPFILE|^creat|^memfd' |
    grep -vF '"/dev/' || true)
  echo "| $row | $(grep -c . <<<"$written" || true) of $(cat "$work"/trace/t* | grep -cE '^(open|creat|memfd)') |"
  if [ -n "$written" ]; then
    echo "$written" >&2
  fi
  rm -rf "$work/trace"
}

start_registry
case $parts in *a*) part_a ;; esac
case $parts in *b*) part_b ;; esac
case $parts in *c*) part_c ;; esac
step "done"
