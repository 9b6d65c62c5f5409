#!/usr/bin/env python3
"""Makes an eStargz image of a plain one: something to measure tables of contents on.

    benches/estargz.py IN OUT [--level N]

IN is the folder of an OCI image layout with one image, its layers plain tar or gzip
(told by their first bytes). OUT becomes the layout of the same image with layers in
eStargz (containerd/stargz-snapshotter, docs/estargz.md): a gzip member for each file
that is not empty and for each 4 MiB of larger ones, the landmark of a blob that nobody
sorted, and a table of contents that the manifest vouches for. N is the level of
compression, 0 to 9, else 6. Layers are streamed, as many at a time as there are
processors. The same IN, N and zlib give the same OUT.

Needs Python 3.9 and nothing else. With IN made by, say, `skopeo copy`:

    skopeo copy docker://docker.io/library/python:3.13 oci:python:latest
    benches/estargz.py python python-estargz
"""

import argparse
import base64
import concurrent.futures
import hashlib
import json
import os
import re
import sys
import tarfile
import tempfile
import zlib
from datetime import datetime, timedelta, timezone

CHUNK = 4 << 20
PIECE = 1 << 20
TABLE = "stargz.index.json"
LANDMARK = ".no.prefetch.landmark"
# Of a layer that was eStargz before; all are made anew.
RESERVED = {TABLE, LANDMARK, ".prefetch.landmark"}
TOC_DIGEST = "containerd.io/snapshot/stargz/toc.digest"
XATTR = "SCHILY.xattr."
# Other PAX records are written again from what tarfile made of them.
KEPT_RECORDS = re.compile(r"(mtime|atime|ctime)$|SCHILY\.(?!realsize$)|LIBARCHIVE\.")
KINDS = {
    tarfile.DIRTYPE: "dir",
    tarfile.SYMTYPE: "symlink",
    tarfile.LNKTYPE: "hardlink",
    tarfile.CHRTYPE: "char",
    tarfile.BLKTYPE: "block",
    tarfile.FIFOTYPE: "fifo",
}


class Failed(Exception):
    """What is told to the user in one line."""


# ---- Reading -----------------------------------------------------------------------


class Blob:
    """The plain bytes of a stored layer; its size and digest are checked at its end."""

    def __init__(self, path, descriptor):
        self.file = open(path, "rb")
        self.descriptor = descriptor
        self.sha256 = hashlib.sha256()
        self.size = 0
        self.buffer = b""
        head = self.file.peek(4)[:4]
        self.gzip = head[:2] == b"\x1f\x8b"
        self.inflate = None
        self.inflated = False
        if head == b"\x28\xb5\x2f\xfd":
            raise Failed(f"{descriptor['digest']} is zstd: only plain tar and gzip are read")

    def raw(self):
        piece = self.file.read(PIECE)
        self.sha256.update(piece)
        self.size += len(piece)
        if not piece:
            stored = (self.size, f"sha256:{self.sha256.hexdigest()}")
            if stored != (self.descriptor["size"], self.descriptor["digest"]):
                raise Failed(f"{self.descriptor['digest']} is not what its digest says")
        return piece

    def read(self, size):
        """`size` bytes, or fewer at the end."""
        if not self.gzip:
            pieces, missing = [self.buffer], size - len(self.buffer)
            while missing > 0:
                piece = self.raw()
                if not piece:
                    break
                pieces.append(piece)
                missing -= len(piece)
            data = b"".join(pieces)
            self.buffer = data[size:]
            return data[:size]
        pieces, missing = [], size
        while missing > 0:
            if not self.buffer:
                self.buffer = self.raw()
            if not self.buffer:
                if self.inflate is not None:
                    raise Failed(f"{self.descriptor['digest']} ends within its gzip")
                break
            if self.inflate is None:
                # Zeros may follow the last member, as they do on tapes.
                if self.inflated:
                    self.buffer = self.buffer.lstrip(b"\0")
                    if not self.buffer:
                        continue
                self.inflate = zlib.decompressobj(31)
            piece = self.inflate.decompress(self.buffer, missing)
            self.buffer = self.inflate.unconsumed_tail
            if self.inflate.eof:
                self.buffer = self.inflate.unused_data
                self.inflate = None
                self.inflated = True
            pieces.append(piece)
            missing -= len(piece)
        return b"".join(pieces)


def members(blob):
    """The members of a tar with a function each that reads its content; one at a time."""
    with tarfile.open(
        fileobj=blob, mode="r|", bufsize=PIECE, encoding="utf-8", errors="surrogateescape"
    ) as tar:
        while (member := tar.next()) is not None:
            # All of them would be kept.
            tar.members = []
            content = tar.extractfile(member) if member.isreg() and member.size else None
            yield member, content
        # tarfile stops at a broken header as it does at the end.
        while rest := tar.fileobj.read(PIECE):
            if rest.strip(b"\0"):
                raise Failed("a layer goes on after its tar ends, or the tar is broken")
        while blob.read(PIECE):
            pass


# ---- Writing -----------------------------------------------------------------------


class Members:
    """A file of gzip members."""

    def __init__(self, file, level):
        self.file = file
        self.level = level
        self.size = 0
        self.sha256 = hashlib.sha256()
        self.plain_sha256 = hashlib.sha256()
        self.deflate = None

    def write_raw(self, data):
        self.file.write(data)
        self.sha256.update(data)
        self.size += len(data)

    def write(self, data):
        if self.deflate is None:
            self.deflate = zlib.compressobj(self.level, zlib.DEFLATED, 31)
        self.plain_sha256.update(data)
        self.write_raw(self.deflate.compress(data))

    def cut(self):
        """Ends the member; returns where the next one begins."""
        if self.deflate is not None:
            self.write_raw(self.deflate.flush())
            self.deflate = None
        return self.size


def digest_of(data):
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def text(name):
    """A name as JSON can hold it: what is no UTF-8 becomes U+FFFD, as it does in Go."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def modtime(member):
    """RFC 3339 to the second; nothing where it is 1970 or out of bounds."""
    # Halves go up, as in Go.
    seconds = int((member.mtime + 0.5) // 1)
    try:
        time = datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(seconds=seconds)
    except OverflowError:
        return None
    return time.strftime(f"{time.year:04}-%m-%dT%H:%M:%SZ") if seconds else None


def row_of(member):
    name = text(member.name)
    row = {
        "name": name + "/" if member.isdir() and not name.endswith("/") else name,
        "type": KINDS.get(member.type, "reg"),
    }
    if row["type"] == "reg" and member.size:
        row["size"] = member.size
    if time := modtime(member):
        row["modtime"] = time
    if row["type"] in ("symlink", "hardlink"):
        row["linkName"] = text(member.linkname)
    row["mode"] = member.mode & 0o7777
    row["uid"] = member.uid
    row["gid"] = member.gid
    if member.uname:
        row["userName"] = text(member.uname)
    if member.gname:
        row["groupName"] = text(member.gname)
    if row["type"] in ("char", "block"):
        row["devMajor"] = member.devmajor
        row["devMinor"] = member.devminor
    xattrs = {
        text(key[len(XATTR) :]): base64.b64encode(
            value.encode("utf-8", "surrogateescape")
        ).decode()
        for key, value in member.pax_headers.items()
        if key.startswith(XATTR)
    }
    if xattrs:
        row["xattrs"] = xattrs
    return row


def header_of(member):
    """The header as it goes into the new tar, with its PAX records if it needs any."""
    if member.isreg():
        # Sparse files too: they are written out.
        member.type = tarfile.REGTYPE
    elif member.type in KINDS:
        member.size = 0
    else:
        raise Failed(f"{text(member.name)} is of the unknown type {member.type}")
    member.pax_headers = {
        key: value for key, value in member.pax_headers.items() if KEPT_RECORDS.match(key)
    }
    return member.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape")


def padding(size):
    return bytes(-size % tarfile.BLOCKSIZE)


def add(out, rows, member, content):
    """A member of the tar, and its rows of the table."""
    out.write(header_of(member))
    row = row_of(member)
    rows.append(row)
    whole = hashlib.sha256()
    first = row
    for start in range(0, member.size, CHUNK):
        size = min(CHUNK, member.size - start)
        chunk = content.read(size)
        if len(chunk) != size:
            raise Failed(f"a layer ends within {text(member.name)}")
        if start:
            row = {"name": first["name"], "type": "chunk", "chunkOffset": start}
            rows.append(row)
        row["offset"] = out.cut()
        if start + size < member.size:
            row["chunkSize"] = size
        row["chunkDigest"] = digest_of(chunk)
        whole.update(chunk)
        out.write(chunk)
    if member.isreg():
        first["digest"] = f"sha256:{whole.hexdigest()}"
        if member.size % tarfile.BLOCKSIZE:
            out.write(padding(member.size))


def footer(start):
    """An empty gzip member that says where the table's begins."""
    extra = b"SG\x16\0" + f"{start:016x}STARGZ".encode()
    header = b"\x1f\x8b\x08\x04\0\0\0\0\0\xff" + len(extra).to_bytes(2, "little")
    return header + extra + b"\x01\0\0\xff\xff" + bytes(8)


class Lone:
    """The content of the landmark."""

    def read(self, _size):
        return b"\x0f"


def convert(blobs, descriptor, target, level):
    """A layer as eStargz: its new descriptor, and the digest of its plain bytes."""
    blob = Blob(blob_path(blobs, descriptor["digest"]), descriptor)
    with blob.file, tempfile.NamedTemporaryFile(dir=target, delete=False) as file:
        try:
            out = Members(file, level)
            rows = []
            landmark = tarfile.TarInfo(LANDMARK)
            landmark.size = 1
            add(out, rows, landmark, Lone())
            for member, content in members(blob):
                if member.name not in RESERVED:
                    add(out, rows, member, content)

            start = out.cut()
            # Laid out as Go does it.
            table = json.dumps({"version": 1, "entries": rows}, indent="\t", ensure_ascii=False)
            table = table.encode()
            header = tarfile.TarInfo(TABLE)
            header.size = len(table)
            out.write(header.tobuf(tarfile.PAX_FORMAT))
            out.write(table + padding(len(table)) + bytes(2 * tarfile.BLOCKSIZE))
            out.cut()
            out.write_raw(footer(start))
            digest = f"sha256:{out.sha256.hexdigest()}"
            file.flush()
            os.chmod(file.name, 0o644)
            os.replace(file.name, blob_path(target, digest))
        except BaseException as error:
            os.unlink(file.name)
            if isinstance(error, (tarfile.TarError, zlib.error)):
                raise Failed(f"{descriptor['digest']}: {error}") from error
            raise
    docker = ".docker." in descriptor["mediaType"]
    converted = dict(
        descriptor,
        mediaType="application/vnd.docker.image.rootfs.diff.tar.gzip"
        if docker
        else "application/vnd.oci.image.layer.v1.tar+gzip",
        digest=digest,
        size=out.size,
        annotations={**(descriptor.get("annotations") or {}), TOC_DIGEST: digest_of(table)},
    )
    return converted, f"sha256:{out.plain_sha256.hexdigest()}"


# ---- The layout --------------------------------------------------------------------


def blob_path(blobs, digest):
    if not re.fullmatch("sha256:[0-9a-f]{64}", digest):
        raise Failed(f"{digest} is no digest that can be read")
    return os.path.join(blobs, digest.removeprefix("sha256:"))


def read_json(blobs, digest):
    with open(blob_path(blobs, digest), "rb") as file:
        data = file.read()
    if digest_of(data) != digest:
        raise Failed(f"{digest} is not what its digest says")
    return json.loads(data)


def write_json(blobs, descriptor, value):
    """Writes a blob; returns the descriptor for it."""
    data = json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()
    digest = digest_of(data)
    with open(blob_path(blobs, digest), "wb") as file:
        file.write(data)
    return dict(descriptor, digest=digest, size=len(data))


def image_of(blobs, index):
    """The descriptor and the manifest of the one image, through indexes of one image."""
    while True:
        # An attestation of BuildKit is no image.
        images = [
            one
            for one in index.get("manifests", [])
            if (one.get("platform") or {}).get("os") != "unknown"
        ]
        if len(images) != 1:
            raise Failed(f"there are {len(images)} images, not one")
        manifest = read_json(blobs, images[0]["digest"])
        if "layers" in manifest:
            return images[0], manifest
        index = manifest


def run(source, target, level):
    blobs = os.path.join(source, "blobs", "sha256")
    with open(os.path.join(source, "index.json"), "rb") as file:
        descriptor, manifest = image_of(blobs, json.load(file))
    config = read_json(blobs, manifest["config"]["digest"])
    layers = manifest["layers"]
    if len(config["rootfs"]["diff_ids"]) != len(layers):
        raise Failed("the config does not have as many layers as the manifest")

    if os.path.isdir(target) and os.listdir(target):
        raise Failed(f"{target} is there already")
    new_blobs = os.path.join(target, "blobs", "sha256")
    os.makedirs(new_blobs)
    done = {}
    with concurrent.futures.ProcessPoolExecutor(os.cpu_count()) as pool:
        distinct = {layer["digest"]: layer for layer in layers}
        # The largest first: the others fit in beside it.
        jobs = {
            digest: pool.submit(convert, blobs, layer, new_blobs, level)
            for digest, layer in sorted(distinct.items(), key=lambda item: -item[1]["size"])
        }
        try:
            for digest, job in jobs.items():
                done[digest] = job.result()
                new = done[digest][0]
                print(f"{digest[7:19]} -> {new['digest'][7:19]}  {new['size']:>13,} bytes")
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise

    config["rootfs"]["diff_ids"] = [done[layer["digest"]][1] for layer in layers]
    manifest["config"] = write_json(new_blobs, manifest["config"], config)
    manifest["layers"] = [done[layer["digest"]][0] for layer in layers]
    descriptor = write_json(new_blobs, descriptor, manifest)
    with open(os.path.join(target, "oci-layout"), "w", encoding="utf-8") as file:
        file.write('{"imageLayoutVersion":"1.0.0"}')
    with open(os.path.join(target, "index.json"), "w", encoding="utf-8") as file:
        json.dump({"schemaVersion": 2, "manifests": [descriptor]}, file, separators=(",", ":"))


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("source", metavar="IN")
    parser.add_argument("target", metavar="OUT")
    parser.add_argument(
        "--level", type=int, choices=range(10), default=6, metavar="N", help="0 to 9, else 6"
    )
    arguments = parser.parse_args()
    try:
        run(arguments.source, arguments.target, arguments.level)
    except (Failed, OSError, KeyError, json.JSONDecodeError) as error:
        what = f"a field {error} is missing" if isinstance(error, KeyError) else error
        sys.exit(f"estargz.py: {what}")


if __name__ == "__main__":
    main()
