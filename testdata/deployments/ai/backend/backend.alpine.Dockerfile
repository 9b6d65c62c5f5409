# ---------- Stage 1: builder ----------
FROM imgsize-base/python:3.11-slim AS builder

WORKDIR /build

# Build dependencies stay in this stage
RUN --mount=type=secret,id=aptconf,target=/dev/host-apt.conf,mode=0444 \
    --mount=type=secret,id=ca,target=/dev/host-ca.crt,mode=0444 \
    export APT_CONFIG=/dev/host-apt.conf && \
    apt-get update && apt-get install -y --no-install-recommends \
    gcc \
    g++ \
    libc6-dev \
    libpq-dev \
    libffi-dev \
    libssl-dev

COPY requirements.txt .
RUN --mount=type=secret,id=pipconf,target=/dev/host-pip.conf,mode=0444 \
    PIP_CONFIG_FILE=/dev/host-pip.conf \
    pip install --no-cache-dir --prefix=/install -r requirements.txt

# ---------- Stage 2: runtime ----------
FROM imgsize-base/python:3.11-slim

WORKDIR /app

# System dependencies
RUN --mount=type=secret,id=aptconf,target=/dev/host-apt.conf,mode=0444 \
    --mount=type=secret,id=ca,target=/dev/host-ca.crt,mode=0444 \
    export APT_CONFIG=/dev/host-apt.conf && \
    apt-get update && apt-get install -y --no-install-recommends \
    libpq5 \
    libstdc++6 \
    curl && \
    rm -rf /var/lib/apt/lists/*

# Python packages
COPY --from=builder /install /usr/local

# Shared libs
COPY shared/ /app/shared/

# Application code
COPY . /app/

# Clean up tests and caches of the packages
RUN find /usr/local/lib/python3.11/site-packages -type d \( -name tests -o -name test \) -prune -exec rm -rf {} + && \
    find /usr/local/lib/python3.11 -type d -name __pycache__ -prune -exec rm -rf {} + && \
    rm -rf /root/.cache /tmp/*

# Not needed at runtime: migrations have a service of their own
RUN rm -rf /app/SPEC /app/alembic /app/alembic.ini /app/tests

RUN groupadd --system app && useradd --system --gid app --home-dir /app app
RUN chown -R app:app /app

USER app

ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONPATH=/app

EXPOSE 8000

HEALTHCHECK --interval=30s --timeout=5s CMD curl -f http://localhost:8000/health || exit 1

CMD ["uvicorn", "app.main:app", "--host", "0.0.0.0", "--port", "8000"]
