"""Receipts, presence, and messages that wait for devices."""

import sqlalchemy as sa
from alembic import op

revision = "ephemeral_0001"
down_revision = None
branch_labels = ("ephemeral",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "receipts",
        sa.Column("room_id", sa.Text, primary_key=True),
        sa.Column("user_id", sa.Text, primary_key=True),
        sa.Column("type", sa.Text, primary_key=True),
        sa.Column("thread_id", sa.Text, primary_key=True),
        sa.Column("event_id", sa.Text, nullable=False),
        sa.Column("event_position", sa.BigInteger, nullable=False),
        sa.Column("ts", sa.BigInteger, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("receipts_position", "receipts", ["room_id", "position"])
    op.create_table(
        "presence",
        sa.Column("user_id", sa.Text, primary_key=True),
        sa.Column("status_msg", sa.Text),
        sa.Column("last_active_ts", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "to_device",
        sa.Column("user_id", sa.Text, primary_key=True),
        sa.Column("device_id", sa.Text, primary_key=True),
        sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("event", sa.LargeBinary, nullable=False),
    )
    op.create_index("to_device_position", "to_device", ["user_id", "device_id", "position"])
