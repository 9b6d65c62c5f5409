"""Turns an OCI archive with gzip layers into a docker-archive with gzip layers.

Usage: docker_archive_gzip.py OCI_ARCHIVE OUTPUT REPO_TAG

Neither `docker save` nor skopeo can write one: both decompress. The member
names are those of go-containerregistry (crane, ko, Bazel's rules_oci), the
tools by which such archives come about.
"""

import json
import sys
import tarfile
from io import BytesIO


def main(source: str, target: str, repo_tag: str) -> None:
    with tarfile.open(source) as oci, tarfile.open(target, "w", format=tarfile.GNU_FORMAT) as out:

        def blob(digest: str):
            return oci.extractfile("blobs/" + digest.replace(":", "/"))

        def add(name: str, stream, size: int) -> None:
            member = tarfile.TarInfo(name)
            member.size = size
            member.mode = 0o644
            out.addfile(member, stream)

        index = json.load(oci.extractfile("index.json"))
        manifest = json.load(blob(index["manifests"][0]["digest"]))
        config = manifest["config"]
        add(config["digest"], blob(config["digest"]), config["size"])

        names = []
        for layer in manifest["layers"]:
            if not layer["mediaType"].endswith("+gzip"):
                sys.exit(f"{layer['digest']} is not gzip but {layer['mediaType']}")
            name = layer["digest"].removeprefix("sha256:") + ".tar.gz"
            # An image may hold the same layer twice; the archive holds it once.
            if name not in names:
                add(name, blob(layer["digest"]), layer["size"])
            names.append(name)

        listing = [{"Config": config["digest"], "RepoTags": [repo_tag], "Layers": names}]
        body = json.dumps(listing).encode()
        add("manifest.json", BytesIO(body), len(body))


main(*sys.argv[1:])
