from contextlib import asynccontextmanager

from fastapi import FastAPI

from src.database import create_tables
from src.routes.tasks import router


@asynccontextmanager
async def lifespan(_: FastAPI):
    create_tables()
    yield


app = FastAPI(title="Todo", lifespan=lifespan)
app.include_router(router)


@app.get("/health")
def health() -> dict:
    return {"status": "healthy"}
