from fastapi import APIRouter, Depends, HTTPException
from pydantic import BaseModel, ConfigDict
from sqlalchemy import select
from sqlalchemy.orm import Session

from ..db import session
from ..models import Product
from ..search import similar

router = APIRouter(prefix="/products", tags=["products"])


class ProductOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    sku: str
    title: str
    price_cents: int
    description: str | None


@router.get("", response_model=list[ProductOut])
def list_products(limit: int = 50, db: Session = Depends(session)):
    return db.scalars(select(Product).order_by(Product.id).limit(limit)).all()


@router.get("/{product_id}", response_model=ProductOut)
def get_product(product_id: int, db: Session = Depends(session)):
    product = db.get(Product, product_id)
    if product is None:
        raise HTTPException(status_code=404, detail="no such product")
    return product


@router.get("/similar/{row}")
def similar_products(row: int, count: int = 5) -> list[dict]:
    return similar(row, count)
