"""Sign-up, sign-in and tokens."""

import io
from datetime import UTC, datetime, timedelta

import pyotp
import qrcode
from fastapi import FastAPI, HTTPException, Response
from jose import jwt
from passlib.context import CryptContext
from pydantic import BaseModel, EmailStr

from shared.settings import settings

app = FastAPI(title="Auth")
hashes = CryptContext(schemes=["bcrypt"])
users: dict[str, str] = {}


class Credentials(BaseModel):
    email: EmailStr
    password: str


@app.get("/health")
def health() -> dict:
    return {"status": "ok"}


@app.post("/users")
def sign_up(credentials: Credentials) -> dict:
    users[credentials.email] = hashes.hash(credentials.password)
    return {"email": credentials.email}


@app.post("/tokens")
def sign_in(credentials: Credentials) -> dict:
    known = users.get(credentials.email)
    if known is None or not hashes.verify(credentials.password, known):
        raise HTTPException(401)
    expiry = datetime.now(UTC) + timedelta(hours=1)
    return {"token": jwt.encode({"sub": credentials.email, "exp": expiry}, settings.jwt_secret)}


@app.get("/totp/{email}")
def totp(email: str) -> Response:
    image = io.BytesIO()
    qrcode.make(pyotp.TOTP(pyotp.random_base32()).provisioning_uri(email, "AI platform")).save(image)
    return Response(image.getvalue(), media_type="image/png")
