"""Answers to idempotent requests."""

import sqlalchemy as sa
from alembic import op

revision = "transactions_0001"
down_revision = None
branch_labels = ("transactions",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "transactions",
        sa.Column("user_id", sa.Text, primary_key=True),
        sa.Column("device_id", sa.Text, primary_key=True),
        sa.Column("path", sa.LargeBinary, primary_key=True),
        sa.Column("answer", sa.LargeBinary, nullable=False),
        sa.Column("ts", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("transactions_ts", "transactions", ["ts"])
