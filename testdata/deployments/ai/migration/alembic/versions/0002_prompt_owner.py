"""prompt owner"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("prompts", sa.Column("owner", sa.String(64)))


def downgrade() -> None:
    op.drop_column("prompts", "owner")
