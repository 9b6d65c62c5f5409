#!/bin/bash
# Makes the rpm databases beside this file, and the lists of what rpm itself says of them.
#
# Needs root (rpm enters the roots that it installs into), rpm and rpmbuild 4.18 with the sqlite
# back end, sqlite3, gpg, python3, db5.3_load (Debian's db5.3-util), and in $RPM_NDB an rpm that was
# built with --enable-ndb, which Debian's is not:
#
#     apt-get source rpm && cd rpm-4.18.0 && ./configure --prefix=$PREFIX --enable-ndb && make install
#     RPM_NDB=$PREFIX/bin/rpm ./make.sh
#
# Run again it gives the same packages; installation times, and with them some bytes, differ.
set -euo pipefail
export LC_ALL=C
RPM_NDB=${RPM_NDB:-rpm}
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# --- Four packages: hard links and an epoch, documentation and ghosts, no files, a public key. ---

mkdir SPECS RPMS gnupg
cat > SPECS/tool.spec <<'SPEC'
Name: tool
Epoch: 2
Version: 1.2
Release: 3
Summary: A tool with hard links
License: CC0-1.0
BuildArch: noarch
Requires: tool-data >= 1.0
Requires: tool-data < 2.0
Provides: little-tool = 7
%description
A tool with hard links, a symbolic link and an empty file.
%install
mkdir -p %{buildroot}/usr/bin %{buildroot}/usr/lib/tool
printf 'echo tool\n' > %{buildroot}/usr/bin/tool
chmod 755 %{buildroot}/usr/bin/tool
ln %{buildroot}/usr/bin/tool %{buildroot}/usr/bin/tool-alias
ln %{buildroot}/usr/bin/tool %{buildroot}/usr/lib/tool/tool
ln -s tool %{buildroot}/usr/bin/t
: > %{buildroot}/usr/lib/tool/empty
%files
/usr/bin/t
/usr/bin/tool
/usr/bin/tool-alias
/usr/lib/tool
SPEC
cat > SPECS/tool-data.spec <<'SPEC'
Name: tool-data
Version: 1.1
Release: 1
Summary: Files for a tool
License: CC0-1.0
BuildArch: noarch
%description
Files for a tool: documentation, settings, a log that is not part of the package.
%install
mkdir -p %{buildroot}/usr/share/doc/tool-data %{buildroot}/etc %{buildroot}/var/log/tool
head -c 5000 /dev/zero | tr '\0' 'd' > %{buildroot}/usr/share/doc/tool-data/README
printf 'colour=green\n' > %{buildroot}/etc/tool.conf
printf 'x\n' > "%{buildroot}/usr/share/doc/tool-data/with space and ünïcode"
printf 'not packed\n' > %{buildroot}/var/log/tool/log
%files
%doc /usr/share/doc/tool-data
%config(noreplace) /etc/tool.conf
%dir %attr(0750, root, root) /var/log/tool
%ghost %attr(0640, root, root) /var/log/tool/log
SPEC
cat > SPECS/tool-meta.spec <<'SPEC'
Name: tool-meta
Version: 1
Release: 1
Summary: No files
License: CC0-1.0
BuildArch: noarch
Requires: tool = 2:1.2
Requires: tool-data
%description
Pulls in the tool and its data.
%files
SPEC
export SOURCE_DATE_EPOCH=1700000000
for spec in SPECS/*.spec; do
    rpmbuild -bb --quiet \
        --define "_topdir $work" --define '_buildhost build.example' \
        --define 'use_source_date_epoch_as_buildtime 1' \
        --define 'clamp_mtime_to_source_date_epoch 1' \
        --define '_build_id_links none' --define '__os_install_post %{nil}' "$spec"
done
chmod 700 gnupg
gpg --homedir gnupg --batch --quiet --passphrase '' --quick-gen-key 'Nobody <nobody@example.org>' rsa2048 sign never
gpg --homedir gnupg --armor --export > key.asc
gpgconf --homedir gnupg --kill all

# --- Roots ---

# rpm_in ROOT RPM BACKEND ARGUMENTS...
rpm_in() {
    local root=$1 program=$2 backend=$3
    shift 3
    mkdir -p "$root"
    "$program" --define "_db_backend $backend" --root "$work/$root" --dbpath /db "$@"
}

# Installs everything into a root; one package goes and comes back, to leave a hole.
install_all() {
    rpm_in "$@" --import "$work/key.asc"
    rpm_in "$@" -i --nosignature RPMS/noarch/*.rpm
    rpm_in "$@" -e tool-meta
    rpm_in "$@" -i --nosignature RPMS/noarch/tool-meta-1-1.noarch.rpm
}

# What rpm says of a database, in lines that the tests can make too: the paths are those of `rpm -ql`.
tell() {
    rpm_in "$@" -qa --qf 'package %{NAME} %{EPOCH} %{VERSION} %{RELEASE} %{ARCH} %{LONGSIZE}\n'
    rpm_in "$@" -qa --qf '[file %{=NAME} %{FILEMODES:octal} %{LONGFILESIZES} <%{FILEFLAGS:fflags}> %{FILENAMES}\n]'
    rpm_in "$@" -qa --qf '[requires %{=NAME} %{REQUIRENAME}\n]'
    rpm_in "$@" -qa --qf '[provides %{=NAME} %{PROVIDENAME}\n]'
}

install_all sqlite rpm sqlite
install_all ndb "$RPM_NDB" ndb
tell sqlite rpm sqlite | sort > "$here/expected.txt"
tell ndb "$RPM_NDB" ndb | sort | cmp - "$here/expected.txt"

mkdir -p "$here"/{sqlite,sqlite-wal,ndb,bdb,bdb-big-endian}

# --- ndb ---

cp ndb/db/Packages.db "$here/ndb/Packages.db"

# --- sqlite: 55 tables and indexes of a page each, so that small pages make a small file ---

# The page size can only be changed while the log is off.
shrink() {
    sqlite3 "$1" 'PRAGMA journal_mode = DELETE' 'PRAGMA page_size = 512' 'VACUUM' \
        'PRAGMA journal_mode = WAL' > /dev/null
    rm -f "$1-wal" "$1-shm"
}
cp -r sqlite small
shrink small/db/rpmdb.sqlite
tell small rpm sqlite | sort | cmp - "$here/expected.txt"
cp small/db/rpmdb.sqlite "$here/sqlite/rpmdb.sqlite"

# --- sqlite with a log: another reader keeps rpm from writing the log back into the database ---

rpm_in small rpm sqlite -e tool-meta
shrink small/db/rpmdb.sqlite
tell small rpm sqlite | sort > "$here/sqlite-wal/expected-without-log.txt"
coproc READER { sqlite3 small/db/rpmdb.sqlite; }
echo 'BEGIN; SELECT count(*) FROM Packages;' >&"${READER[1]}"
read -r _ <&"${READER[0]}"
rpm_in small rpm sqlite -e tool
rpm_in small rpm sqlite -i --nosignature --nodeps RPMS/noarch/tool-meta-1-1.noarch.rpm
tell small rpm sqlite | sort > "$here/sqlite-wal/expected.txt"
cp small/db/rpmdb.sqlite small/db/rpmdb.sqlite-wal "$here/sqlite-wal/"
echo '.quit' >&"${READER[1]}"
wait "$READER_PID" || true

# --- bdb, as rpm before 4.16 wrote it: number of the package -> header without its magic ---

rpmdb --define '_db_backend sqlite' --dbpath "$work/sqlite/db" --exportdb > headers
# dump PAGE_SIZE BYTE_ORDER KEY_FORMAT
dump() {
    python3 - "$@" <<'PYTHON'
import struct, sys
page, order, key = sys.argv[1:]
data = open("headers", "rb").read()
records, at = [], 0
while at < len(data):
    assert data[at:at + 8] == b"\x8e\xad\xe8\x01\0\0\0\0"
    entries, length = struct.unpack_from(">II", data, at + 8)
    end = at + 16 + 16 * entries + length
    records.append(data[at + 8:end])
    at = end
print(f"VERSION=3\nformat=bytevalue\ntype=hash\ndb_pagesize={page}\ndb_lorder={order}\nHEADER=END")
for number, record in enumerate([struct.pack(key, len(records) + 1)] + records):
    print(f" {struct.pack(key, number).hex()}\n {record.hex()}")
print("DATA=END")
PYTHON
}
rm -f "$here"/bdb/Packages "$here"/bdb-big-endian/Packages
dump 4096 1234 '<I' | db5.3_load "$here/bdb/Packages"
dump 512 4321 '>I' | db5.3_load "$here/bdb-big-endian/Packages"
for made in bdb bdb-big-endian; do
    mkdir -p "$made/db"
    cp "$here/$made/Packages" "$made/db/"
    chmod 644 "$here/$made/Packages"
done
# There are no index files beside Packages, of which rpm warns many times.
tell bdb rpm bdb_ro 2> warnings | sort | cmp - "$here/expected.txt"
tell bdb-big-endian rpm bdb_ro 2> warnings | sort | cmp - "$here/expected.txt"

# --- damaged: one package of several lies about its length; a file cut off; no database at all ---

mkdir -p "$here/corrupt"
python3 - "$here" <<'PYTHON'
import struct, sys
here = sys.argv[1]
data = bytearray(open(f"{here}/ndb/Packages.db", "rb").read())
for slot in range(32, 4096, 16):
    magic, number, first, count = struct.unpack_from("<4sIII", data, slot)
    # The name stands behind the list of languages, which is the one word C.
    if number and b"C\0tool-data\0" in data[first * 16:(first + count) * 16]:
        data[first * 16 + 16 + 7] ^= 1
        break
else:
    sys.exit("there is no package tool-data")
open(f"{here}/corrupt/Packages.db", "wb").write(data)
whole = open(f"{here}/sqlite/rpmdb.sqlite", "rb").read()
open(f"{here}/corrupt/rpmdb.sqlite", "wb").write(whole[:3000])
open(f"{here}/corrupt/Packages", "wb").write(b"this is no database\n")
PYTHON

ls -l "$here" "$here"/*/
