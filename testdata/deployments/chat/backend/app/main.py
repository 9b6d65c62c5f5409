from fastapi import FastAPI
from openai import AsyncOpenAI
from pydantic import BaseModel

app = FastAPI(title="Chatbot")


class Message(BaseModel):
    role: str
    content: str


class Chat(BaseModel):
    messages: list[Message]


@app.get("/health")
def health() -> dict:
    return {"status": "ok"}


@app.post("/api/chat")
async def chat(body: Chat) -> Message:
    answer = await AsyncOpenAI().chat.completions.create(
        model="gpt-4o-mini", messages=[message.model_dump() for message in body.messages]
    )
    return Message(role="assistant", content=answer.choices[0].message.content or "")
