"""Gaps in the stream: positions that were handed out by a server whose database was replaced by an older backup."""

import sqlalchemy as sa
from alembic import op

revision = "platform_0002"
down_revision = "platform_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "stream_gaps",
        sa.Column("writer_slot", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("after", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("before", sa.BigInteger, nullable=False),
    )
