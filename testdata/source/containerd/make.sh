#!/usr/bin/env bash
# What a real containerd keeps: two small images for two platforms each, in the
# namespaces `default` and `k8s.io`, enough names for a database of several pages, and
# one platform of `half` that was never pulled. Needs root, containerd, ctr and jq.
set -euo pipefail
cd "$(dirname "$0")"

work=$(mktemp -d)
daemon=
stop() {
  [ -z "$daemon" ] || { kill "$daemon" && wait "$daemon" || true; }
  rm -rf "$work"
}
trap stop EXIT

blob() { # TYPE FILE: puts FILE into the layout; prints its descriptor
  local hex
  hex=$(sha256sum "$2" | cut -d' ' -f1)
  cp "$2" "$layout/blobs/sha256/$hex"
  jq -nc --arg type "$1" --arg digest "sha256:$hex" --argjson size "$(stat -c %s "$2")" \
    '{mediaType: $type, digest: $digest, size: $size}'
}

manifest() { # ARCHITECTURE WORDS: an image of one file; prints its descriptor
  mkdir -p "$work/root/srv" && echo "$2 on $1" >"$work/root/srv/words"
  tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -C "$work/root" -cf "$work/tar" srv
  gzip -nc "$work/tar" >"$work/layer"
  jq -nc --arg arch "$1" --arg diff "sha256:$(sha256sum "$work/tar" | cut -d' ' -f1)" \
    '{os: "linux", architecture: $arch, config: {}, rootfs: {type: "layers", diff_ids: [$diff]}}' >"$work/config"
  jq -nc --argjson config "$(blob application/vnd.oci.image.config.v1+json "$work/config")" \
    --argjson layer "$(blob application/vnd.oci.image.layer.v1.tar+gzip "$work/layer")" \
    '{schemaVersion: 2, mediaType: "application/vnd.oci.image.manifest.v1+json", config: $config, layers: [$layer]}' \
    >"$work/manifest"
  blob application/vnd.oci.image.manifest.v1+json "$work/manifest" |
    jq -c --arg arch "$1" '.platform = {os: "linux", architecture: $arch}'
}

import() { # NAMESPACE NAME WORDS: an image for two platforms
  layout=$work/layout
  mkdir -p "$layout/blobs/sha256"
  jq -nc --argjson amd "$(manifest amd64 "$3")" --argjson arm "$(manifest arm64 "$3")" \
    '{schemaVersion: 2, mediaType: "application/vnd.oci.image.index.v1+json", manifests: [$amd, $arm]}' >"$work/index"
  jq -nc --arg name "$2" --argjson index "$(blob application/vnd.oci.image.index.v1+json "$work/index")" \
    '{schemaVersion: 2, manifests: [$index + {annotations: {"io.containerd.image.name": $name}}]}' >"$layout/index.json"
  echo '{"imageLayoutVersion":"1.0.0"}' >"$layout/oci-layout"
  tar -C "$layout" -cf "$work/archive" .
  ctr -n "$1" images import --no-unpack --all-platforms "$work/archive" >/dev/null
  rm -r "$layout"
}

cat >"$work/config.toml" <<TOML
version = 2
root = "$work/lib"
state = "$work/run"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
  address = "$work/sock"
TOML
ctr() { command ctr --address "$work/sock" "$@"; }
containerd --config "$work/config.toml" >"$work/log" 2>&1 &
daemon=$!
for _ in $(seq 100); do ctr version >/dev/null 2>&1 && break; sleep 0.1; done

import k8s.io registry.example/app:1 "the first"
import k8s.io docker.io/library/tiny:latest "of Kubernetes"
import default docker.io/library/tiny:latest "of ctr"
import default docker.io/library/half:latest "one half"
for no in $(seq 24); do
  ctr -n k8s.io images tag registry.example/app:1 "registry.example/team-$no/app:1" >/dev/null
done
lib=$work/lib/io.containerd.content.v1.content/blobs/sha256
# As if another platform had never been pulled: its manifest, config and layer.
index=$(ctr -n default images ls | awk '$1 ~ /half/ {print $3}')
arm=$(jq -r '.manifests[1].digest' "$lib/${index#sha256:}")
kill "$daemon" && wait "$daemon" || true
daemon=
jq -r '.config.digest, .layers[].digest' "$lib/${arm#sha256:}" | while read -r digest; do
  rm "$lib/${digest#sha256:}"
done
rm "$lib/${arm#sha256:}"

rm -rf root
mkdir -p root/io.containerd.metadata.v1.bolt root/io.containerd.content.v1.content
cp "$work/lib/io.containerd.metadata.v1.bolt/meta.db" root/io.containerd.metadata.v1.bolt/
cp -r "$work/lib/io.containerd.content.v1.content/blobs" root/io.containerd.content.v1.content/
chmod -R u=rwX,go=rX root
