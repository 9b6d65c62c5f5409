import os
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Settings:
    database_url: str = field(
        default_factory=lambda: os.environ.get("DATABASE_URL", "sqlite:////tmp/catalog.db")
    )
    model: str = field(default_factory=lambda: os.environ.get("MODEL", "gpt-4o-mini"))
    static_dir: Path = ROOT / "static"
    catalog: Path = ROOT / "data" / "catalog.jsonl"
    vectors: Path = ROOT / "data" / "vectors.f32"
    vector_width: int = 256


settings = Settings()
