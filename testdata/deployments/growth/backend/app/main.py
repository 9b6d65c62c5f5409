import json
from collections import Counter
from pathlib import Path

from fastapi import FastAPI

app = FastAPI(title="Growth analytics")


@app.get("/health")
def health() -> dict:
    return {"status": "ok"}


@app.get("/api/tags")
def tags(limit: int = 10) -> list[tuple[str, int]]:
    counts: Counter[str] = Counter()
    with (Path(__file__).parent / "seed/events.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            counts.update(json.loads(line)["tags"])
    return counts.most_common(limit)
