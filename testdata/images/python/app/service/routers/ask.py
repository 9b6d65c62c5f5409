from fastapi import APIRouter
from langchain_openai import ChatOpenAI
from pydantic import BaseModel

from ..config import settings

router = APIRouter(prefix="/ask", tags=["ask"])


class Question(BaseModel):
    text: str


@router.post("")
async def ask(question: Question) -> dict[str, str]:
    # Built per request so that the service starts without an API key.
    answer = await ChatOpenAI(model=settings.model).ainvoke(question.text)
    return {"answer": str(answer.content)}
