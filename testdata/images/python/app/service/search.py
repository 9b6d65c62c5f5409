"""Nearest products by precomputed vectors."""

from functools import cache

import numpy as np
import pandas as pd
from sklearn.neighbors import NearestNeighbors

from .config import settings


@cache
def catalog() -> pd.DataFrame:
    return pd.read_json(settings.catalog, lines=True)


@cache
def vectors() -> np.ndarray:
    return np.fromfile(settings.vectors, dtype="<f4").reshape(-1, settings.vector_width)


@cache
def index() -> NearestNeighbors:
    return NearestNeighbors(metric="cosine").fit(vectors())


def similar(row: int, count: int) -> list[dict]:
    _, rows = index().kneighbors(vectors()[row : row + 1], n_neighbors=count)
    return catalog().iloc[rows[0]].to_dict(orient="records")
