from collections.abc import Iterator

from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from .config import settings

engine = create_engine(settings.database_url)


def session() -> Iterator[Session]:
    with Session(engine) as open_session:
        yield open_session
