#!/bin/bash
# Makes the inputs of the case `prefix` with rattler, the library
# that pixi is made of: run as root in a container with Python 3.11, for it fills /opt/conda.
# conda itself cannot be had here, nor its channels: the packages are made on the spot,
# and `history`, which only conda and mamba write, was written by hand to its
# documented format. It makes nothing of what stands behind `===`, nor the other cases.
set -eu
export LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work" /opt/conda' EXIT
python3 -m venv "$work/tools"
"$work/tools/bin/pip" install --quiet --disable-pip-version-check py-rattler==0.28.0
cd "$work"
cat > make.py <<'END'
import asyncio, hashlib, io, json, os, tarfile
from rattler import Channel, MatchSpec, install, solve

channel = os.path.join(os.getcwd(), "channel", "linux-64")
os.makedirs(channel)
os.makedirs(os.path.join(os.getcwd(), "channel", "noarch"))
repodata = {"info": {"subdir": "linux-64"}, "packages": {}, "packages.conda": {}}

def package(name, version, depends, files):
    files = {path: text.encode() for path, text in files.items()}
    index = {"name": name, "version": version, "build": "0", "build_number": 0,
             "depends": depends, "subdir": "linux-64", "arch": "x86_64", "platform": "linux"}
    paths = [{"_path": path, "path_type": "hardlink", "size_in_bytes": len(text),
              "sha256": hashlib.sha256(text).hexdigest()} for path, text in files.items()]
    files["info/index.json"] = json.dumps(index).encode()
    files["info/files"] = "\n".join(path["_path"] for path in paths).encode()
    files["info/paths.json"] = json.dumps({"paths": paths, "paths_version": 1}).encode()
    fn = f"{name}-{version}-0.tar.bz2"
    with tarfile.open(os.path.join(channel, fn), "w:bz2") as tar:
        for path, text in files.items():
            info = tarfile.TarInfo(path)
            info.size = len(text)
            tar.addfile(info, io.BytesIO(text))
    content = open(os.path.join(channel, fn), "rb").read()
    repodata["packages"][fn] = index | {"size": len(content),
        "md5": hashlib.md5(content).hexdigest(), "sha256": hashlib.sha256(content).hexdigest()}

site = "lib/python3.11/site-packages"
package("python", "3.11.9", [], {"bin/python3.11": "no interpreter\n" * 100})
package("greet", "2.1.0", ["python >=3.11,<3.12.0a0"], {f"{site}/greet.py": "x = 1\n" * 10})
package("hello", "1.0.0", ["greet >=2", "python"], {
    "bin/hello": "#!/bin/sh\n", f"{site}/hello/__init__.py": "y = 2\n",
    f"{site}/hello/__pycache__/__init__.cpython-311.pyc": "code",
    f"{site}/Hello-1.0.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: Hello\nVersion: 1.0.0\n",
    f"{site}/Hello-1.0.0.dist-info/INSTALLER": "conda\n",
    f"{site}/Hello-1.0.0.dist-info/RECORD": "hello/__init__.py,,\nHello-1.0.0.dist-info/METADATA,,\n"
        "Hello-1.0.0.dist-info/INSTALLER,,\nHello-1.0.0.dist-info/RECORD,,\n../../../bin/hello,,\n"})
json.dump(repodata, open(os.path.join(channel, "repodata.json"), "w"))
json.dump({"info": {"subdir": "noarch"}, "packages": {}, "packages.conda": {}},
          open(os.path.join(channel, "..", "noarch", "repodata.json"), "w"))

async def main():
    source = Channel("file://" + os.path.dirname(channel))
    for prefix, spec in [("/opt/conda", "hello"), ("/opt/conda/envs/other", "greet")]:
        specs = [MatchSpec(spec)]
        records = await solve([source], specs, platforms=["linux-64", "noarch"])
        await install(records, target_prefix=prefix, cache_dir="/opt/conda/pkgs",
                      requested_specs=[spec._match_spec for spec in specs])

asyncio.run(main())
END
"$work/tools/bin/python" make.py

mkdir -p "$here/prefix"
declare -A first=()
# As a layer has them: by name, so that the cache comes behind the prefix.
find /opt/conda -type f | sort > files
while read -r file; do
  inode=$(stat -c %i "$file")
  case $file in
    */conda-meta/*.json)
      name=$(sed 's|/opt/conda/||; s|/conda-meta/|-|; s|/|-|g; s|^conda-meta-||' <<< "$file")
      sed "s|$work|/srv|g" "$file" > "$here/prefix/$name"
      echo "t ${file#/} prefix/$name"
      ;;
    /opt/conda/lib/*.dist-info/*)
      first[$inode]=$file
      cp "$file" "$here/prefix/${file##*/}"
      echo "t ${file#/} prefix/${file##*/}"
      ;;
    *)
      if [ -n "${first[$inode]:-}" ]; then
        echo "h ${file#/} ${first[$inode]#/}"
      else
        first[$inode]=$file
        echo "f $(stat -c %s "$file") ${file#/}"
      fi
      ;;
  esac
done < files
