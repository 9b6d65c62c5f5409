#!/bin/bash
# Makes the inputs of the cases here with the real installers: run as root in a
# container with Python 3.11, for it fills /venv and /srv/site. It makes
# nothing of what stands behind `===`, nor corrupt/ and the cases climbs, corrupt
# and unlisted.
set -eu
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore PIP_QUIET=1 LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work" /venv /srv/site' EXIT

python3 -m venv "$work/tools"
tools=$work/tools/bin
"$tools/pip" install uv==0.9.11 pip==23.0.1 setuptools==65.6.3 wheel==0.38.4

new_venv() {
  rm -rf /venv
  python3 -m venv --without-pip /venv
}
pip_in_venv() {
  "$tools/pip" --python /venv/bin/python "$@"
}

# The lines of a case for the files below some folders: databases are copied to the
# case's folder and named by `t`, of all others the size is enough.
lines() {
  local case=$1
  shift
  mkdir -p "$here/$case"
  find "$@" -type f | sort | while read -r file; do
    case $file in
      *.dist-info/METADATA | *.dist-info/RECORD | *.egg-info/PKG-INFO | *.egg-info | \
        *.egg/EGG-INFO/PKG-INFO | *.egg/EGG-INFO/*.txt | *-info/installed-files.txt | *-info/entry_points.txt | *-info/top_level.txt)
        name=${file##*-packages/}
        name=${name#/srv/site/}
        name=$(sed 's|.*/_vendor/|vendored-|; s|/|-|g' <<< "$name")
        cp "$file" "$here/$case/$name"
        echo "t ${file#/} $case/$name"
        ;;
      *) echo "f $(stat -c %s "$file") ${file#/}" ;;
    esac
  done
}

# Modules alone and as a folder, commands, a shared namespace.
new_venv
pip_in_venv install --no-deps six==1.17.0 distro==1.9.0
lines venv /venv/bin /venv/lib > "$work/venv"

new_venv
pip_in_venv install --no-deps jaraco.context==5.3.0 jaraco.functools==4.1.0
lines namespace /venv/lib > "$work/namespace"

# uv makes no bytecode; Python makes it later.
new_venv
HOME=$work "$tools/uv" --quiet --cache-dir "$work/uv" pip install \
  --python /venv/bin/python --no-deps six==1.17.0 distro==1.9.0
lines uv /venv/bin /venv/lib > "$work/uv.first"
find /venv -type f | sort > "$work/before"
python3 -m compileall -q /venv/lib
find /venv -type f | sort | comm -13 "$work/before" - | while read -r file; do
  echo "f $(stat -c %s "$file") ${file#/}"
done > "$work/uv.second"

"$tools/pip" install --no-deps --target /srv/site six==1.17.0 distro==1.9.0
lines target /srv/site > "$work/target"
rm -r /srv/site

# A package that brings another one along.
mkdir -p "$work/hello/hello/_vendor"
cat > "$work/hello/setup.py" <<'END'
from setuptools import setup

setup(name="Hello", version="1.0", packages=["hello", "hello._vendor"], include_package_data=True,
      package_data={"hello._vendor": ["*", "*/*"]})
END
touch "$work/hello/hello/__init__.py" "$work/hello/hello/_vendor/__init__.py"
"$tools/pip" install --no-deps --no-compile --target "$work/hello/hello/_vendor" six==1.17.0
"$tools/pip" wheel --no-deps --no-build-isolation --wheel-dir "$work" "$work/hello"
new_venv
pip_in_venv install --no-deps "$work"/Hello-1.0-*.whl
lines vendored /venv/lib > "$work/vendored"

# Before wheels: setuptools with pip's list, setuptools alone, distutils.
(
  cd "$work/hello"
  rm -r hello/_vendor build *.egg-info
  sed -i 's/, "hello._vendor"//' setup.py
  "$tools/python" -W ignore setup.py -q install \
    --single-version-externally-managed --root / --prefix /srv/site
)
mkdir "$work/bye"
cd "$work/bye"
echo 'print("bye")' > bye.py
cat > setup.py <<'END'
from distutils.core import setup

setup(name="bye", version="2.0", py_modules=["bye"])
END
new_venv
/venv/bin/python -W ignore setup.py -q install --prefix /srv/site
"$tools/pip" install --no-deps --no-binary :all: --no-use-pep517 --prefix /srv/site \
  distro==1.5.0 2> "$work/deprecated"
lines eggs /srv/site > "$work/eggs"

# Packages that need each other: with extras, under conditions, through a name that
# is written otherwise. `asked`, `plain` and `old` were asked for.
wheel() {
  rm -rf "$work/wheel"
  mkdir "$work/wheel"
  (
    cd "$work/wheel"
    echo "from setuptools import setup; setup(name='$1', version='1.0', py_modules=['$1'], $2)" > setup.py
    touch "$1.py"
    "$tools/pip" wheel --no-deps --no-build-isolation --wheel-dir "$work/wheels" .
  )
}
wheel asked "install_requires=['My.Lib[fast]', 'plain; sys_platform == \"win32\"', 'shared>=1']"
wheel my_lib "install_requires=['shared; python_version >= \"3.8\"', 'old; python_version < \"3\"'],
  extras_require={'fast': ['speed', 'my-lib[more]'], 'more': ['more'], 'test': ['plain']}"
for name in shared speed more plain old; do
  wheel "$name" ""
done
new_venv
pip_in_venv install --no-index --find-links "$work/wheels" asked plain old
mkdir -p "$here/needs"
lines needs /venv/lib > "$work/needs"
find /venv/lib -name INSTALLER | sort | while read -r file; do
  sed -i "s|^f 4 ${file#/}\$|t ${file#/} needs/INSTALLER|" "$work/needs"
  cp "$file" "$here/needs/INSTALLER"
done

# A folder for each package, as setuptools alone installed before wheels.
mkdir -p "$work/eggy/eggy"
cd "$work/eggy"
touch eggy/__init__.py
cat > setup.py <<'END'
from setuptools import setup

setup(name="Eggy", version="3.1", packages=["eggy"], install_requires=["six"], zip_safe=False,
      extras_require={"more": ["distro"], ":python_version<'3'": ["bye"]},
      entry_points={"console_scripts": ["eggy = eggy:main"]})
END
new_venv
pip_in_venv install --no-deps --no-compile six==1.17.0
PYTHONPATH=/venv/lib/python3.11/site-packages \
  "$tools/python" -W ignore setup.py -q install --prefix /venv > "$work/installed"
rm -rf /venv/lib/python3.11/site-packages/__pycache__
lines egg /venv/lib /venv/bin > "$work/egg"

for list in venv namespace uv.first uv.second target vendored eggs needs egg; do
  echo "# $list"
  cat "$work/$list"
done
