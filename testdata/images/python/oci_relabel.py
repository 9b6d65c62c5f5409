"""Corrects the layer media types of an OCI directory with uncompressed layers.

Usage: oci_relabel.py FOLDER

skopeo (1.9 at least) leaves the layers uncompressed when asked to, and calls
them gzip all the same.
"""

import hashlib
import json
import sys
from pathlib import Path


def main(folder: Path) -> None:
    blobs = folder / "blobs" / "sha256"
    index_path = folder / "index.json"
    index = json.loads(index_path.read_bytes())
    for entry in index["manifests"]:
        old = blobs / entry["digest"].removeprefix("sha256:")
        manifest = json.loads(old.read_bytes())
        for layer in manifest["layers"]:
            layer["mediaType"] = "application/vnd.oci.image.layer.v1.tar"
        body = json.dumps(manifest, separators=(",", ":")).encode()
        digest = hashlib.sha256(body).hexdigest()
        old.unlink()
        (blobs / digest).write_bytes(body)
        entry["digest"] = f"sha256:{digest}"
        entry["size"] = len(body)
    index_path.write_text(json.dumps(index, separators=(",", ":")))


main(Path(sys.argv[1]))
