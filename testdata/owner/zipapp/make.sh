#!/bin/bash
# Makes the programs of the cases here; needs Python 3 with PyPI. Of tool.pex the folder
# .bootstrap is left out again: pex itself, a megabyte, the same in every pex. iniconfig
# is MIT; iniconfig.egg is made from its wheel as setuptools lays out an egg. It makes
# nothing of what stands behind `===`.
set -eu
export LC_ALL=C TZ=UTC
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv tools
tools/bin/pip install -q pex==2.105.2 shiv==1.0.8 wheel==0.48.0
tools/bin/pex --disable-cache iniconfig==2.0.0 --output-file whole.pex
python3 - "$here/tool.pex" <<'END'
import sys, zipfile
with open("whole.pex", "rb") as whole, open(sys.argv[1], "wb") as out:
    out.write(whole.readline())
    source, target = zipfile.ZipFile(whole), zipfile.ZipFile(out, "a")
    for entry in source.infolist():
        if not entry.filename.startswith(".bootstrap/"):
            target.writestr(entry, source.read(entry))
    target.close()
END
tools/bin/shiv -q -e iniconfig:IniConfig -o "$here/tool.pyz" iniconfig==2.0.0
tools/bin/pip download -q --no-deps --only-binary :all: iniconfig==2.0.0
cp iniconfig-2.0.0-py3-none-any.whl "$here/iniconfig.whl"
tools/bin/wheel unpack -d flat iniconfig-2.0.0-py3-none-any.whl
cd flat/*
mkdir EGG-INFO
cp ./*.dist-info/METADATA EGG-INFO/PKG-INFO
rm -r ./*.dist-info
python3 -m zipfile -c "$here/iniconfig.egg" EGG-INFO iniconfig
head -c 2000 "$here/iniconfig.egg" > "$here/cut.egg"
