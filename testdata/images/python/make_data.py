"""Writes the app's data files (about 30 MB, the same bytes every time).

Usage: make_data.py FOLDER

One file hardly compresses (vectors) and one compresses well (text), as in a
real image; neither is worth keeping in a repository.
"""

import json
import random
import struct
import sys
from pathlib import Path

PRODUCTS = 23_000
VECTOR_WIDTH = 256
WORDS = "small large red green steel wooden garden kitchen lamp chair table bottle set pack deluxe".split()


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    rng = random.Random(20240501)
    with open(folder / "vectors.f32", "wb") as out:
        for _ in range(PRODUCTS):
            out.write(struct.pack(f"<{VECTOR_WIDTH}f", *(rng.random() for _ in range(VECTOR_WIDTH))))
    with open(folder / "catalog.jsonl", "w", encoding="ascii", newline="\n") as out:
        for number in range(PRODUCTS):
            product = {
                "sku": f"SKU-{number:06}",
                "title": " ".join(rng.choices(WORDS, k=4)),
                "price_cents": rng.randrange(100, 100_000),
                "description": " ".join(rng.choices(WORDS, k=40)),
            }
            out.write(json.dumps(product) + "\n")


main(Path(sys.argv[1]))
