"""Adds to a build context the bulk that its repository would hold: see FILES.

Usage: make_files.py FOLDER CONTEXT

All content comes from a seeded generator: the same bytes on every machine.
"""

import json
import random
import struct
import sys
import zlib
from pathlib import Path

folder, context = sys.argv[1], Path(sys.argv[2])
rng = random.Random(folder)
WORDS = "account answer board budget campaign channel client credit draft event invoice layer ledger market metric order plan price region report sales segment session signal source stage target team tenant ticket token total trend user value week".split()


def records(path: str, size: int) -> None:
    """A JSON lines file of about `size` bytes: compresses as text does."""
    target = context / path
    target.parent.mkdir(parents=True, exist_ok=True)
    written = 0
    with target.open("w", encoding="utf-8") as out:
        number = 0
        while written < size:
            number += 1
            line = json.dumps(
                {
                    "id": number,
                    "score": round(rng.random(), 6),
                    "tags": rng.sample(WORDS, 3),
                    "text": " ".join(rng.choices(WORDS, k=24)),
                    "vector": [round(rng.gauss(0, 1), 4) for _ in range(16)],
                }
            )
            written += out.write(line + "\n")


def picture(path: str, side: int) -> None:
    """A PNG of side x side noisy pixels: hardly compresses, as a photo does."""
    target = context / path
    target.parent.mkdir(parents=True, exist_ok=True)
    rows = b"".join(b"\0" + rng.randbytes(side * 3) for _ in range(side))

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows, 1)) + chunk(b"IEND", b"")
    target.write_bytes(png)


def modules(package: str, count: int, kind: str) -> None:
    """`count` source files that really parse: one class and its functions each."""
    for number in range(count):
        name = f"{rng.choice(WORDS)}_{number:03d}"
        target = context / package / f"{name}.{kind}"
        target.parent.mkdir(parents=True, exist_ok=True)
        lines = []
        for function in range(24):
            a, b = rng.sample(WORDS, 2)
            if kind == "py":
                lines.append(f"def {a}_{b}_{function}(rows, limit={function + 1}):\n    \"\"\"The {a} of each {b}, at most limit of them.\"\"\"\n    return [row[\"{a}\"] for row in rows if row.get(\"{b}\")][:limit]\n\n")
            else:
                lines.append(f"export function {a}{b.title()}{function}(rows: Record<string, unknown>[], limit = {function + 1}) {{\n  return rows.filter((row) => row['{b}']).map((row) => row['{a}']).slice(0, limit)\n}}\n")
        target.write_text("\n".join(lines), encoding="utf-8")


FILES = {
    "ai/backend": lambda: (
        records("app/data/templates.jsonl", 12_000_000),
        records("app/data/examples.jsonl", 9_000_000),
        modules("app/agents", 40, "py"),
        modules("app/services", 60, "py"),
        records("shared/data/taxonomy.jsonl", 4_500_000),
        modules("shared", 20, "py"),
        modules("SPEC/contracts", 10, "py"),
        records("SPEC/fixtures/recorded.jsonl", 2_500_000),
        modules("tests/unit", 30, "py"),
    ),
    "ai/auth": lambda: (modules("app/services", 30, "py"), records("shared/data/taxonomy.jsonl", 4_500_000), modules("shared", 20, "py")),
    "ai/frontend": lambda: (modules("src/lib/api", 40, "ts"), *(picture(f"public/images/hero-{n}.png", 700) for n in range(3))),
    "todo/app": lambda: (modules("src/services", 40, "py"), records("src/seed/tasks.jsonl", 1_400_000)),
    "todo/frontend": lambda: (modules("lib/api", 10, "ts"),),
    "core/backend": lambda: (modules("src/modules", 120, "ts"),),
    "core/frontend": lambda: (modules("src/lib/api", 40, "ts"), *(picture(f"public/gallery/photo-{n:02d}.png", 740) for n in range(12))),
    "chat/backend": lambda: (modules("app/tools", 12, "py"), records("app/knowledge/faq.jsonl", 900_000)),
    "growth/backend": lambda: (modules("app/reports", 20, "py"), records("app/seed/events.jsonl", 1_200_000)),
    "growth/frontend": lambda: (picture("public/hero.png", 420),),
}
FILES.get(folder, lambda: None)()
