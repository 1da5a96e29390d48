"""Rooms' own rules of how long messages are kept; rooms that were removed, until their members have heard of it."""

import sqlalchemy as sa
from alembic import op

revision = "retention_0001"
down_revision = None
branch_labels = ("retention",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "retention_overrides",
        sa.Column("room_id", sa.Text, primary_key=True),
        sa.Column("max_age_days", sa.Integer),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "purged_rooms",
        sa.Column("user_id", sa.Text, primary_key=True),
        sa.Column("room_id", sa.Text, primary_key=True),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("ts", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("purged_rooms_position", "purged_rooms", ["user_id", "position"])
    op.create_index("purged_rooms_ts", "purged_rooms", ["ts"])
