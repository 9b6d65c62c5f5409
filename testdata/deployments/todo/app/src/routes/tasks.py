from fastapi import APIRouter, Depends, HTTPException
from sqlmodel import Field, Session, SQLModel, select

from src.database import session

router = APIRouter(prefix="/api/tasks")


class Task(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    title: str
    done: bool = False


@router.get("/")
def tasks(db: Session = Depends(session)) -> list[Task]:
    return list(db.exec(select(Task)))


@router.post("/")
def add(task: Task, db: Session = Depends(session)) -> Task:
    db.add(task)
    db.commit()
    db.refresh(task)
    return task


@router.post("/{number}/done")
def done(number: int, db: Session = Depends(session)) -> Task:
    task = db.get(Task, number)
    if task is None:
        raise HTTPException(404)
    task.done = True
    db.commit()
    db.refresh(task)
    return task
