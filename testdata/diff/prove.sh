#!/usr/bin/env bash
# Proves the update cost: what `imgsize diff` says that a node with OLD pulls for NEW is what
# `skopeo copy` moves into a registry that holds OLD, counted by the registry.
# Usage: testdata/diff/prove.sh [OLD NEW], each as skopeo names an image; without them an
# image that is made here, with its next version. Needs docker-registry, skopeo, jq.
set -euo pipefail
cd "$(dirname "$0")/../.."

work=$(mktemp -d)
registry=
stop() {
  [ -z "$registry" ] || { kill "$registry" && wait "$registry" || true; }
  rm -rf "$work"
}
trap stop EXIT
export IMGSIZE_CACHE_DIR=/dev/null/cache

cargo build --quiet
imgsize=${CARGO_TARGET_DIR:-target}/debug/imgsize
old=${1:-oci:$work/old:app:1}
new=${2:-oci:$work/new:app:2}
if [ $# = 0 ]; then
  IMGSIZE_PAIR=$work cargo test --quiet --test diff -- --ignored --exact write_the_pair >/dev/null
fi

port=${PORT:-5917}
cat >"$work/registry.yml" <<CONFIG
version: 0.1
log: {accesslog: {disabled: false}, level: warn}
storage: {filesystem: {rootdirectory: $work/store}}
http: {addr: "127.0.0.1:$port"}
CONFIG
docker-registry serve "$work/registry.yml" >"$work/access.log" 2>"$work/registry.log" &
registry=$!
for _ in $(seq 50); do
  curl -sf "http://127.0.0.1:$port/v2/" >/dev/null && break
  kill -0 "$registry" || { cat "$work/registry.log"; exit 1; }
  sleep 0.2
done

host=127.0.0.1:$port
copy() { skopeo --insecure-policy copy --quiet --dest-tls-verify=false --preserve-digests "$1" "docker://$host/$2"; }
copy "$old" app:1
sleep 0.5
before=$(wc -l <"$work/access.log")
copy "$new" app:2
sleep 0.5

# Every upload that the registry finished since then, by its access log; layers alone.
config=$(skopeo inspect --raw --tls-verify=false "docker://$host/app:2" | jq -r .config.digest)
moved=0
blobs=0
for digest in $(tail -n "+$((before + 1))" "$work/access.log" |
  sed -n 's|.*"PUT /v2/app/blobs/uploads/[^ ]*digest=sha256%3A\([0-9a-f]*\).*" 201 .*|\1|p'); do
  [ "sha256:$digest" != "$config" ] || continue
  size=$(stat -c %s "$work/store/docker/registry/v2/blobs/sha256/${digest:0:2}/$digest/data")
  moved=$((moved + size))
  blobs=$((blobs + 1))
done

"$imgsize" diff --insecure --quiet --json "registry:$host/app:1" "registry:$host/app:2" >"$work/diff.json"
said=$(jq .update.download "$work/diff.json")
layers=$(jq .update.layers "$work/diff.json")
needless=$(jq .update.needless "$work/diff.json")
echo "the registry received $moved bytes in $blobs layers; imgsize says $said in $layers, $needless of them for nothing"
[ "$moved" = "$said" ] && [ "$blobs" = "$layers" ] && [ "$moved" -gt 0 ]
