#!/usr/bin/env python3
"""Makes the image that a build after a change of the app would give.

    rebuild.py [--later] IN OUT STEP

IN is an OCI layout with one image, OUT a new one. The layer of the first instruction that
begins with STEP gets one file more, in the first folder that it has. With --later so do
the layers after it: Docker runs these steps again. All others stay as they are. The new
layers are gzip, the blobs of the old ones are linked and not copied.
"""
import argparse
import gzip
import hashlib
import io
import json
import os
import pathlib
import shutil
import tarfile


def digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def with_one_more(blob, text):
    """A small layer with one file more, as a plain tar."""
    plain = gzip.decompress(blob) if blob[:2] == b"\x1f\x8b" else blob
    file = io.BytesIO(plain)
    with tarfile.open(fileobj=file, mode="a", format=tarfile.PAX_FORMAT) as tar:
        folder = next(info.name for info in tar if info.isdir())
        info = tarfile.TarInfo(f"{folder}/rebuilt.txt")
        info.size = len(text)
        tar.addfile(info, io.BytesIO(text))
    return file.getvalue()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--later", action="store_true", help="the layers after it, too")
    parser.add_argument("source", metavar="IN", type=pathlib.Path)
    parser.add_argument("target", metavar="OUT", type=pathlib.Path)
    parser.add_argument("step", metavar="STEP")
    args = parser.parse_args()
    old, new = args.source / "blobs/sha256", args.target / "blobs/sha256"
    shutil.copytree(args.source, args.target, copy_function=os.link)

    def read(descriptor):
        return (old / descriptor["digest"].split(":")[1]).read_bytes()

    def write(data, descriptor):
        descriptor |= {"digest": digest(data), "size": len(data)}
        (new / descriptor["digest"].split(":")[1]).write_bytes(data)

    index = json.loads((args.source / "index.json").read_bytes())
    manifest = json.loads(read(index["manifests"][0]))
    config = json.loads(read(manifest["config"]))
    steps = [step["created_by"] for step in config["history"] if not step.get("empty_layer")]
    first = next(no for no, step in enumerate(steps) if step.startswith(args.step))
    for no in range(first, len(steps) if args.later else first + 1):
        layer = manifest["layers"][no]
        plain = with_one_more(read(layer), f"{args.target.name}, layer {no}\n".encode())
        config["rootfs"]["diff_ids"][no] = digest(plain)
        write(gzip.compress(plain, 6, mtime=0), layer)
        layer["mediaType"] = "application/vnd.oci.image.layer.v1.tar+gzip"
        # A table of contents would not be in it any more.
        layer.pop("annotations", None)
    write(json.dumps(config).encode(), manifest["config"])
    write(json.dumps(manifest).encode(), index["manifests"][0])
    # Not through the link into the source.
    (args.target / "index.json").unlink()
    (args.target / "index.json").write_text(json.dumps(index))


if __name__ == "__main__":
    main()
