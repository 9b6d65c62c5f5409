"""Prints what is true of an image as JSON, found without imgsize.

Usage: facts.py DOCKER_ARCHIVE ROOTFS HISTORY FREEZE   (as root)

DOCKER_ARCHIVE  output of `docker save` (layers not compressed)
ROOTFS          folder with the image's merged filesystem
HISTORY         output of `docker history --no-trunc --human=false --format '{{json .}}'`
FREEZE          output of `pip freeze` inside the image
"""

import csv
import glob
import itertools
import json
import os
import stat
import sys
import tarfile


def layer_facts(archive: str) -> dict:
    """What each layer holds, and what it makes useless in the layers below."""
    merged: dict[str, tuple[int, int]] = {}  # path -> (bytes, layer)
    layers = []

    def drop(layer: dict, path: str, kind: str) -> None:
        size, _ = merged.pop(path)
        layer[kind + "_files"] += 1
        layer[kind + "_bytes"] += size

    def drop_below(layer: dict, folder: str, kind: str, number: int) -> None:
        prefix = folder + "/" if folder else ""
        for path in [p for p, (_, n) in merged.items() if n < number and p.startswith(prefix)]:
            drop(layer, path, kind)

    with tarfile.open(archive) as outer:
        manifest = json.load(outer.extractfile("manifest.json"))[0]
        config = json.load(outer.extractfile(manifest["Config"]))
        for number, name in enumerate(manifest["Layers"]):
            stream = outer.extractfile(name)
            layer = {
                "diff_id": config["rootfs"]["diff_ids"][number],
                "tar_bytes": stream.seek(0, os.SEEK_END),
                "files": 0,
                "bytes": 0,
                "hard_links": 0,
                "whiteouts": 0,
                "deleted_files": 0,
                "deleted_bytes": 0,
                "replaced_files": 0,
                "replaced_bytes": 0,
            }
            stream.seek(0)
            with tarfile.open(fileobj=stream) as inner:
                for member in inner:
                    path = member.name.removeprefix("./").strip("/")
                    folder, _, base = path.rpartition("/")
                    if base == ".wh..wh..opq":
                        layer["whiteouts"] += 1
                        drop_below(layer, folder, "deleted", number)
                    elif base.startswith(".wh."):
                        layer["whiteouts"] += 1
                        gone = (folder + "/" if folder else "") + base[4:]
                        if gone in merged:
                            drop(layer, gone, "deleted")
                        drop_below(layer, gone, "deleted", number)
                    elif not member.isdir():
                        # A link or symlink replaces a lower file as much as a file does.
                        if path in merged and merged[path][1] < number:
                            drop(layer, path, "replaced")
                        if member.isreg():
                            merged[path] = (member.size, number)
                            layer["files"] += 1
                            layer["bytes"] += member.size
                        layer["hard_links"] += member.islnk()
            layers.append(layer)
    return {
        "layers": layers,
        "layers_tar_bytes": sum(layer["tar_bytes"] for layer in layers),
        "layers_file_bytes": sum(layer["bytes"] for layer in layers),
        "surviving_file_bytes": sum(size for size, _ in merged.values()),
    }


def regular(path: str) -> os.stat_result | None:
    try:
        status = os.lstat(path)
    except OSError:
        return None
    return status if stat.S_ISREG(status.st_mode) else None


def pip_facts() -> dict:
    """Each package's bytes by its RECORD.

    A few of Debian's Python packages have one too: those bytes are also dpkg's.
    """
    packages = []
    for record in glob.glob("/usr/**/*.dist-info/RECORD", recursive=True):
        site, info = os.path.split(os.path.dirname(record))
        with open(os.path.join(site, info, "METADATA"), encoding="utf-8") as metadata:
            # The description after the first empty line may look like headers.
            lines = itertools.takewhile(str.strip, metadata)
            head = dict(line.strip().split(": ", 1) for line in lines if line.startswith(("Name: ", "Version: ")))
        package = {"name": head["Name"], "version": head["Version"], "site": site, "files": 0, "bytes": 0, "missing": 0}
        seen = set()
        with open(record, encoding="utf-8", newline="") as rows:
            for row in csv.reader(rows):
                status = regular(os.path.normpath(os.path.join(site, row[0])))
                if status is None:
                    package["missing"] += 1
                elif (status.st_dev, status.st_ino) not in seen:
                    seen.add((status.st_dev, status.st_ino))
                    package["files"] += 1
                    package["bytes"] += status.st_size
        packages.append(package)
    packages.sort(key=lambda package: (package["name"].lower(), package["site"]))
    return {"packages": packages, "total_bytes": sum(p["bytes"] for p in packages)}


def dpkg_facts() -> dict:
    """Each package's bytes by its .list; an inode goes to the first package."""
    packages = {}
    seen = set()
    lists = {os.path.basename(path).removesuffix(".list"): path for path in glob.glob("/var/lib/dpkg/info/*.list")}
    for name in sorted(lists, key=lambda name: (name.split(":")[0], name)):
        package = {"files": 0, "bytes": 0}
        with open(lists[name], encoding="utf-8") as paths:
            for path in paths.read().splitlines():
                # A list says /bin/x where the merged /usr has /usr/bin/x.
                folder, base = os.path.split(path)
                status = regular(os.path.join(os.path.realpath(folder), base))
                if status and (status.st_dev, status.st_ino) not in seen:
                    seen.add((status.st_dev, status.st_ino))
                    package["files"] += 1
                    package["bytes"] += status.st_size
        packages[name] = package
    return {"packages": packages, "total_bytes": sum(p["bytes"] for p in packages.values())}


def tree_facts() -> dict:
    """Like `find / -xdev -type f`, of which each inode counts once."""
    paths = 0
    inodes = {}
    for folder, _, names in os.walk("/"):
        for name in names:
            status = regular(os.path.join(folder, name))
            if status:
                paths += 1
                inodes[status.st_dev, status.st_ino] = status.st_size
    return {"paths": paths, "files": len(inodes), "bytes": sum(inodes.values())}


def main(archive: str, rootfs: str, history: str, freeze: str) -> None:
    with open(history, encoding="utf-8") as lines:
        steps = [json.loads(line) for line in lines]
    with open(freeze, encoding="utf-8") as lines:
        versions = lines.read().splitlines()
    facts = {
        "history": [{"size": int(step["Size"]), "created_by": step["CreatedBy"], "comment": step["Comment"]} for step in steps],
        "history_total": sum(int(step["Size"]) for step in steps),
        "pip_freeze": versions,
    }
    facts |= layer_facts(archive)
    # From here every absolute path and symlink means what it means in the image,
    # and no module of this Python can be imported any more.
    os.chroot(rootfs)
    os.chdir("/")
    facts |= {"filesystem": tree_facts(), "pip": pip_facts(), "dpkg": dpkg_facts()}
    json.dump(facts, sys.stdout, indent=1)
    print()


main(*sys.argv[1:])
