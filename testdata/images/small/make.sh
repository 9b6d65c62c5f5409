#!/usr/bin/env bash
# Makes app.oci.tar, the small real image that the README's first command reads.
#
#   make.sh [OUT]        OUT is this folder by default
#
# Debian packages by dpkg, Python packages by pip, layers by umoci, the archive by
# skopeo. Needs root, apt-get, dpkg, umoci, skopeo, python3 with pip, jq, and the
# Debian and Python package registries. Run it again for other versions: the tests
# read what is there from facts.json, which other tools than imgsize work out.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
out=$(mkdir -p "${1:-$here}" && cd "${1:-$here}" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

umoci init --layout oci
umoci new --image oci:app
umoci unpack --image oci:app bundle
root=$work/bundle/rootfs

# One layer: what changed in the root since the one before.
layer() {
  umoci repack --refresh-bundle --image oci:app --history.created_by "$1" bundle
}

# The base: three small Debian packages, installed by dpkg itself.
mkdir debs && (cd debs && apt-get download -qq base-files busybox-static netbase)
mkdir -p "$root"/var/lib/dpkg/{info,updates,triggers} "$root"/{bin,tmp,proc,sys,dev}
touch "$root"/var/lib/dpkg/{status,available}
dpkg --root="$root" --log=/dev/null --force-depends --force-script-chrootless --install debs/*.deb >/dev/null
rm -rf "$root"/usr/share/doc/*/changelog* "$root"/usr/share/man
ln -s busybox "$root/bin/sh"
layer 'COPY debian-root / # buildkit'

# Python packages, and the cache that pip keeps.
site=$root/usr/local/lib/python3.11/site-packages
mkdir -p "$site" "$root/root/.cache"
python3 -m pip install --quiet --root-user-action ignore --no-deps --target "$site" \
  --cache-dir "$work/cache" six idna click
mkdir -p "$root/root/.cache/pip/wheels"
for wheel in six idna; do
  python3 -m pip download --quiet --no-deps --cache-dir "$work/cache" --dest "$root/root/.cache/pip/wheels" "$wheel"
done
layer 'RUN pip install six idna click'

# The app; then every file of it again for its new owner; then a clean-up too late.
mkdir -p "$root/app/data"
cp "$here/server.py" "$root/app/"
python3 - "$root/app/data/table.bin" <<'PY'
import random, sys
open(sys.argv[1], "wb").write(random.Random(1).randbytes(60_000))
PY
layer 'COPY app /app # buildkit'
chown -R 1000:1000 "$root/app"
layer 'RUN chown -R 1000:1000 /app'
rm -rf "$root/root/.cache"
layer 'RUN rm -rf /root/.cache'

umoci config --image oci:app --config.workingdir /app --config.cmd python3 --config.cmd server.py \
  --config.user 1000 --os linux --architecture amd64
skopeo copy --quiet oci:oci:app "oci-archive:$out/app.oci.tar:app:1.0"

# What is true of it, by tools that are not imgsize.
umoci raw unpack --image oci:app merged
jq -n \
  --argjson files "$(find merged -type f -printf '%i\n' | sort -u | wc -l)" \
  --argjson live "$(find merged -type f -printf '%i %s\n' | sort -u | awk '{s += $2} END {print s}')" \
  --argjson six "$(find merged/usr/local \( -path '*/six*' -o -path '*/__pycache__/six*' \) -type f -printf '%s\n' | awk '{s += $1} END {print s}')" \
  --argjson packages "$(dpkg-query --admindir=merged/var/lib/dpkg -W | wc -l)" \
  --argjson blobs "$(skopeo inspect --raw "oci-archive:$out/app.oci.tar:app:1.0" | jq '[.layers[].size] | add')" \
  '{files: $files, live: $live, six: $six, dpkg_packages: $packages, download: $blobs}' >"$out/facts.json"
