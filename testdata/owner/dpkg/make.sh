#!/bin/bash
# Makes the dpkg databases beside this file: dpkg itself (1.21 here) installs a
# few packages made on the spot into an empty root. `first` is the database
# after that, `second` after a package went, one came and one was replaced. `needs`
# has packages that need each other, and what apt-mark writes of who was asked for.
# Needs root, for the owners of the files.
set -euo pipefail
export LC_ALL=C SOURCE_DATE_EPOCH=1700000000
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# package NAME VERSION ARCHITECTURE [FIELD]...; the files lie in tree/ and go with it
package() {
    local name=$1 version=$2 architecture=$3
    shift 3
    mkdir -p tree/DEBIAN
    printf '%s\n' "Package: $name" "Version: $version" "Architecture: $architecture" "$@" \
        'Maintainer: Nobody <nobody@example.org>' "Description: $name" ' Made for a test.' \
        > tree/DEBIAN/control
    (cd tree && find . -path ./DEBIAN -prune -o -type f -printf '%P\0' | sort -z | xargs -0r md5sum > DEBIAN/md5sums)
    dpkg-deb --root-owner-group --build tree "${name}_${version//:/_}_$architecture.deb" > /dev/null
    rm -r tree
}
# file PATH BYTES
file() {
    mkdir -p "tree/$(dirname "$1")"
    head -c "$2" /dev/zero > "tree/$1"
}

for architecture in amd64 i386; do
    file "usr/lib/$architecture/libtool.so.1" 3000
    file usr/share/doc/libtool1/copyright 400
    package libtool1 1:1.2-3 "$architecture" 'Multi-Arch: same'
done

file bin/sh 900
file etc/shell.conf 30
ln tree/bin/sh tree/bin/rsh
ln -s sh tree/bin/ksh
mkdir tree/DEBIAN
echo /etc/shell.conf > tree/DEBIAN/conffiles
package shell 2.0 all

file usr/bin/python3.11 5000
file usr/lib/python3.11/os.py 600
package python3.11-minimal 3.11.2-6 amd64
mkdir -p tree/usr/bin
ln -s python3.11 tree/usr/bin/python3
package python3-minimal 3.11.2-1 amd64 'Depends: python3.11-minimal'

file etc/gone.conf 20
file usr/share/gone/data 700
mkdir tree/DEBIAN
echo /etc/gone.conf > tree/DEBIAN/conffiles
package gone 0.1 all

file bin/sh 800
package other-shell 3 all 'Provides: sh'

file 'usr/share/tool/with space and ünïcode' 50
package tool-data 1 all

mkdir -p root/var/lib/dpkg/{info,updates} root/usr/bin root/etc
ln -s usr/bin root/bin
: > root/var/lib/dpkg/status
touch root/var/lib/dpkg/available
install_into_root() {
    dpkg --root="$work/root" --force-not-root --force-architecture --log=/dev/null -i "$@" > /dev/null
}
dpkg --root="$work/root" --add-architecture i386

# The database, with names that every file system takes.
keep() {
    rm -rf "${here:?}/$1"
    mkdir -p "$here/$1"
    cp root/var/lib/dpkg/status "$here/$1/"
    [ ! -s root/var/lib/dpkg/diversions ] || cp root/var/lib/dpkg/diversions "$here/$1/"
    for list in root/var/lib/dpkg/info/*.list; do
        name=$(basename "$list")
        cp "$list" "$here/$1/${name//:/-}"
    done
}

install_into_root libtool1_1_1.2-3_*.deb shell_*.deb python3*.deb gone_*.deb tool-data_*.deb
keep first

dpkg --root="$work/root" --log=/dev/null -r gone tool-data > /dev/null
dpkg-divert --root "$work/root" --quiet --package other-shell --divert /bin/sh.distrib --rename --add /bin/sh
install_into_root other-shell_*.deb
keep second
(cd root && find . -type f -not -path './var/*' -printf '%P %s\n' | sort)

# What an image without dpkg has: the control file and the list of sums, taken from the package.
rm -rf "$here/distroless"
mkdir "$here/distroless"
dpkg-deb --info python3.11-minimal_*.deb control > "$here/distroless/python3.11-minimal"
dpkg-deb --info python3.11-minimal_*.deb md5sums > "$here/distroless/python3.11-minimal.md5sums"

# Packages that need each other.
package base 1 amd64 'Essential: yes' 'Priority: required' 'Pre-Depends: libc (>= 2)'
for architecture in amd64 i386; do
    package libc 2.36-9 "$architecture" 'Multi-Arch: same'
done
package tool 1 i386 'Depends: libc (>= 2), base'
package gawk 5 amd64 'Provides: awk' 'Depends: libc'
package mawk 1 amd64 'Provides: awk (= 1)' 'Depends: libc'
package script 1 all 'Depends: perl | python3:any | mawk, awk, libc (>= 2.4), absent | mawk' \
    'Recommends: tool' 'Provides: absent'
package python3 3.11 amd64 'Multi-Arch: allowed' 'Depends: script'
rm -rf root
mkdir -p root/var/lib/dpkg/{info,updates} root/var/lib/apt root/etc/apt
: > root/var/lib/dpkg/status
touch root/var/lib/dpkg/available
dpkg --root="$work/root" --add-architecture i386
install_into_root --force-depends {base,libc,tool,gawk,mawk,script,python3}_*.deb
apt-mark -o Dir="$work/root" -o Dir::State::status="$work/root/var/lib/dpkg/status" \
    -o APT::Architecture=amd64 auto libc gawk mawk script > /dev/null
rm -rf "$here/needs"
mkdir "$here/needs"
cp root/var/lib/dpkg/status root/var/lib/apt/extended_states "$here/needs/"
