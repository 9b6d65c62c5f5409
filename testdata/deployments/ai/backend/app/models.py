"""One function per provider of models."""

import google.generativeai as genai
from langchain_anthropic import ChatAnthropic
from langchain_core.prompts import ChatPromptTemplate
from langchain_openai import ChatOpenAI

PROMPT = ChatPromptTemplate.from_messages([("system", "Answer briefly."), ("human", "{prompt}")])


def openai(prompt: str) -> str:
    return (PROMPT | ChatOpenAI(model="gpt-4o-mini")).invoke({"prompt": prompt}).content


def anthropic(prompt: str) -> str:
    return (PROMPT | ChatAnthropic(model_name="claude-3-5-haiku-latest")).invoke({"prompt": prompt}).content


def google(prompt: str) -> str:
    return genai.GenerativeModel("gemini-1.5-flash").generate_content(prompt).text


def answer_with(model: str, prompt: str) -> str:
    return {"openai": openai, "anthropic": anthropic, "google": google}[model](prompt)
