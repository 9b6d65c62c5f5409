from faker import Faker
from fastapi.testclient import TestClient

from app.main import app


def test_health() -> None:
    assert TestClient(app).get("/health").json()["status"] == "ok"


def test_unknown_model() -> None:
    assert TestClient(app).post("/ask", json={"prompt": Faker().sentence(), "model": "none"}).status_code == 404
