"""The API: one route per agent."""

import json
from pathlib import Path

import pandas as pd
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel

from app.models import answer_with
from shared.settings import settings

app = FastAPI(title="AI platform")
DATA = Path(__file__).parent / "data"


class Question(BaseModel):
    prompt: str
    model: str = "openai"


@app.get("/health")
def health() -> dict:
    return {"status": "ok", "environment": settings.environment}


@app.get("/templates")
def templates(limit: int = 20) -> list[dict]:
    with (DATA / "templates.jsonl").open(encoding="utf-8") as lines:
        rows = [json.loads(line) for _, line in zip(range(limit), lines)]
    return pd.DataFrame(rows)[["id", "score", "text"]].to_dict("records")


@app.post("/ask")
def ask(question: Question) -> dict:
    try:
        return {"text": answer_with(question.model, question.prompt)}
    except KeyError:
        raise HTTPException(404, "no such model") from None
