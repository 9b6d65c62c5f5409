import os

from sqlmodel import Session, SQLModel, create_engine

engine = create_engine(os.environ.get("DATABASE_URL", "sqlite://"))


def create_tables() -> None:
    SQLModel.metadata.create_all(engine)


def session():
    with Session(engine) as open_session:
        yield open_session
