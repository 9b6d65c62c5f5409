"""add a product description

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("products", sa.Column("description", sa.Text, nullable=True))


def downgrade() -> None:
    op.drop_column("products", "description")
