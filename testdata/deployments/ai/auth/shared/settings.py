from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    environment: str = "local"
    database_url: str = "postgresql+psycopg2://ai:ai@postgres:5432/ai"
    redis_url: str = "redis://redis:6379/0"
    jwt_secret: str = "change-me"


settings = Settings()
