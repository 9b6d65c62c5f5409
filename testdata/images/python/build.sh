#!/usr/bin/env bash
# Builds a real Python image of over 1 GB with Docker, saves it in every form
# that imgsize reads, and writes down what is true of it.
#
#   build.sh OUT
#
# Needs root, dockerd (DOCKER_HOST is honoured), skopeo, umoci, debootstrap, jq,
# python3, zstd, about 15 GB of disk below OUT and Docker's data root, and the
# Debian and Python package registries. A dockerd good enough for it:
#
#   d=/tmp/imgsize-docker; mkdir -p $d
#   dockerd --iptables=false --bridge=none --host unix://$d/docker.sock \
#     --data-root $d/data --exec-root $d/exec --pidfile $d/pid >$d/log 2>&1 &
#   export DOCKER_HOST=unix://$d/docker.sock
#
# DOCKER=path picks the docker client. CONSTRAINTS=file pins packages (the
# pip-freeze.txt of an earlier run, to get that run's versions again).
#
# Written to OUT:
#   python.tar             docker save, layers not compressed
#   python.tar.gz, .zst    the same file, compressed as a whole
#   python-gzip.tar        docker-archive whose layers are gzip
#   python-oci/            OCI directory, layers not compressed
#   python-oci.tar         OCI archive, layers not compressed but, as skopeo
#                          left it, with media types that say gzip
#   python-gzip-oci.tar    OCI archive whose layers are gzip
#   python-zstd-oci.tar    OCI archive whose layers are zstd
#   facts.json             see facts.py
#   history.jsonl, pip-freeze.txt
set -euo pipefail

out=$(mkdir -p "${1:?usage: build.sh OUT}" && cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
base=debian:bookworm-base
image=imgsize-test/python:latest
work=$(mktemp -d "$out/work.XXXXXX")
relay=
trap 'if [ -n "$relay" ]; then kill "$relay"; fi; rm -rf "$work"' EXIT

step() { printf '%4ds  %s\n' "$SECONDS" "$*" >&2; }

# Only BuildKit can mount a file for one step, and a newer client without its
# buildx plugin has no BuildKit, while Debian's older client has it built in.
find_docker() {
  local candidate
  for candidate in ${DOCKER:-$(type -aP docker)}; do
    if DOCKER_BUILDKIT=1 "$candidate" build --help 2>/dev/null | grep -q -- --secret; then
      echo "$candidate"
      return
    fi
  done
  echo "no docker client that can build with BuildKit" >&2
  return 1
}

# How this host reaches its registries: secrets of the build, so that neither
# the repository nor the image gets to name them.
host_settings() {
  cp "${SSL_CERT_FILE:-/etc/ssl/certs/ca-certificates.crt}" "$work/ca.crt"
  {
    apt-config dump | grep -E '^Acquire::(Check-|https?::Proxy|Retries)' || true
    echo 'Acquire::https::CAInfo "/dev/host-ca.crt";'
  } >"$work/apt.conf"

  local index=${PIP_INDEX_URL:-$(python3 -m pip config get global.index-url 2>/dev/null || true)}
  if [ -z "$index" ]; then
    index=$(python3 -c 'from pip._internal.models.index import PyPI; print(PyPI.simple_url)')
  fi
  python3 "$here/pip_relay.py" "$index" "$work/pip.conf" 2>"$work/relay.log" &
  relay=$!
  local tries
  for tries in {1..50}; do
    if [ -s "$work/pip.conf" ]; then return; fi
    sleep 0.1
  done
  cat "$work/relay.log" >&2
  return 1
}

make_base() {
  local mirror
  mirror=$(apt-get indextargets --format '$(RELEASE) $(REPO_URI)' | sed -n 's/^bookworm //p' | head -n 1)
  debootstrap --variant=minbase bookworm "$work/rootfs" ${mirror:+"$mirror"} >"$work/debootstrap.log" ||
    { tail -n 20 "$work/debootstrap.log" >&2; return 1; }
  # As in Docker's own Debian images: downloaded .debs are not kept.
  echo 'DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/*.bin || true"; };' \
    >"$work/rootfs/etc/apt/apt.conf.d/docker-clean"
  rm -rf "$work"/rootfs/var/cache/apt/archives/*.deb "$work"/rootfs/var/cache/apt/*.bin \
    "$work"/rootfs/var/lib/apt/lists/* "$work"/rootfs/dev/*
  # Copied from this host by debootstrap.
  rm -f "$work/rootfs/etc/hostname" "$work/rootfs/etc/resolv.conf"
  # ADD and not `docker import`, which counts a hard link as a file of its own.
  mkdir "$work/base"
  tar -C "$work/rootfs" --numeric-owner -cf "$work/base/rootfs.tar" .
  printf '%s\n' 'FROM scratch' 'ADD rootfs.tar /' 'CMD ["bash"]' >"$work/base/Dockerfile"
  DOCKER_BUILDKIT=1 "$docker" build -q -t "$base" "$work/base" >/dev/null
  rm -rf "$work/rootfs" "$work/base"
}

build_image() {
  local context=$work/context
  mkdir "$context"
  cp -r "$here/requirements.txt" "$here/app" "$context/"
  find "$context" -name __pycache__ -prune -exec rm -rf {} +
  # Part of the context and not a secret: other versions must be another layer.
  cat "${CONSTRAINTS:-/dev/null}" >"$context/constraints.txt"
  python3 "$here/make_data.py" "$context/app/data"
  find "$context" -exec touch -d @1714521600 {} +
  # There is no bridge network to build on.
  DOCKER_BUILDKIT=1 "$docker" build --progress=plain --network=host \
    --secret id=aptconf,src="$work/apt.conf" --secret id=ca,src="$work/ca.crt" \
    --secret id=pipconf,src="$work/pip.conf" \
    -t "$image" -f "$here/Dockerfile" "$context" >"$work/build.log" 2>&1 ||
    { tail -n 40 "$work/build.log" >&2; return 1; }
}

save_image() {
  cd "$out"
  rm -rf python.tar python.tar.gz python.tar.zst python-gzip.tar python-oci python-oci.tar \
    python-gzip-oci.tar python-zstd-oci.tar
  "$docker" save -o python.tar "$image"
  # gzip knows one thread only: it runs beside all the rest.
  gzip -n -6 -k python.tar &
  local gzip=$!

  local source=docker-archive:python.tar
  skopeo copy -q --dest-oci-accept-uncompressed-layers "$source" oci:python-oci:latest
  tar --sort=name --owner=0 --group=0 --numeric-owner -C python-oci -cf python-oci.tar .
  python3 "$here/oci_relabel.py" python-oci
  skopeo copy -q --dest-compress --dest-compress-format gzip "$source" oci-archive:python-gzip-oci.tar:latest
  skopeo copy -q --dest-compress --dest-compress-format zstd "$source" oci-archive:python-zstd-oci.tar:latest
  python3 "$here/docker_archive_gzip.py" python-gzip-oci.tar python-gzip.tar "$image"
  zstd -q -T0 python.tar -o python.tar.zst
  wait "$gzip"
}

write_facts() {
  cd "$out"
  "$docker" history --no-trunc --human=false --format '{{json .}}' "$image" >history.jsonl
  "$docker" run --rm --network=none "$image" pip freeze >pip-freeze.txt
  # Not the tree of a running container, into which Docker puts files of its own.
  umoci raw unpack --image python-oci:latest "$work/rootfs" >"$work/umoci.log" 2>&1 ||
    { cat "$work/umoci.log" >&2; return 1; }
  python3 "$here/facts.py" python.tar "$work/rootfs" history.jsonl pip-freeze.txt >"$work/facts.json"
  mv "$work/facts.json" facts.json
}

docker=$(find_docker)
host_settings
if ! "$docker" image inspect "$base" >/dev/null 2>&1; then
  step "make $base"
  make_base
fi
step "build $image"
build_image
step "save it"
save_image
step "write facts"
write_facts
step "done: $(jq -r '"\(.history_total) bytes of history, \(.filesystem.bytes) in the filesystem"' "$out/facts.json")"
