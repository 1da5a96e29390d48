"""Stored filters."""

import sqlalchemy as sa
from alembic import op

revision = "sync_0001"
down_revision = None
branch_labels = ("sync",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "filters",
        sa.Column("user_id", sa.Text, primary_key=True),
        sa.Column("filter_id", sa.Text, primary_key=True),
        sa.Column("definition", sa.LargeBinary, nullable=False),
        sqlite_with_rowid=False,
    )
