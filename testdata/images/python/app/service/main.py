from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from .config import settings
from .routers import ask, products

app = FastAPI(title="Catalog")
app.include_router(products.router)
app.include_router(ask.router)
app.mount("/static", StaticFiles(directory=settings.static_dir, html=True), name="static")


@app.get("/health")
def health() -> dict[str, str]:
    return {"status": "ok"}
