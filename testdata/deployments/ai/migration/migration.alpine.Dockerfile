# One shot: applies the migrations and ends
FROM imgsize-base/python:3.11-slim

WORKDIR /app

RUN --mount=type=secret,id=aptconf,target=/dev/host-apt.conf,mode=0444 \
    --mount=type=secret,id=ca,target=/dev/host-ca.crt,mode=0444 \
    export APT_CONFIG=/dev/host-apt.conf && \
    apt-get update && apt-get install -y --no-install-recommends libpq5 && \
    rm -rf /var/lib/apt/lists/*

COPY requirements.txt .
RUN --mount=type=secret,id=pipconf,target=/dev/host-pip.conf,mode=0444 \
    PIP_CONFIG_FILE=/dev/host-pip.conf \
    pip install --no-cache-dir -r requirements.txt

RUN groupadd --system app && useradd --system --gid app app
COPY --chown=app:app alembic.ini ./
COPY --chown=app:app alembic/ ./alembic/

USER app

CMD ["alembic", "upgrade", "head"]
