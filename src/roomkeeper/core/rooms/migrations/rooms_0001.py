"""Rooms, events, memberships, aliases, held events."""

import sqlalchemy as sa
from alembic import op

revision = "rooms_0001"
down_revision = None
branch_labels = ("rooms",)
depends_on = None

Position = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "rooms",
        sa.Column("room_id", sa.Text, primary_key=True),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("creator", sa.Text, nullable=False),
        sa.Column("created_ts", sa.BigInteger, nullable=False),
        sa.Column("is_public", sa.Boolean, nullable=False),
        sqlite_with_rowid=False,
    )
    _create_events()
    op.create_table(
        "memberships",
        sa.Column("user_id", sa.Text, primary_key=True),
        sa.Column("room_id", sa.Text, primary_key=True),
        sa.Column("membership", sa.Text, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("forgotten", sa.Boolean, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("memberships_room", "memberships", ["room_id", "membership"])
    op.create_table(
        "room_aliases",
        sa.Column("alias", sa.Text, primary_key=True),
        sa.Column("room_id", sa.Text, nullable=False),
        sa.Column("creator", sa.Text, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("room_aliases_room", "room_aliases", ["room_id"])


def _create_events() -> None:
    op.create_table(
        "events",
        sa.Column("position", Position, primary_key=True, autoincrement=False),
        sa.Column("room_id", sa.Text, nullable=False),
        sa.Column("event_id", sa.Text, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("state_key", sa.Text),
        sa.Column("sender", sa.Text, nullable=False),
        sa.Column("pdu", sa.LargeBinary, nullable=False),
        sa.Column("unsigned", sa.LargeBinary),
        sa.Column("device_id", sa.Text),
        sa.Column("transaction_id", sa.Text),
        sa.Column("redacted_by", sa.Text),
    )
    op.create_index("events_id", "events", ["room_id", "event_id"], unique=True)
    op.create_index("events_room", "events", ["room_id", "position"])
    op.create_index(
        "events_state",
        "events",
        ["room_id", "type", "state_key", "position"],
        sqlite_where=sa.text("state_key IS NOT NULL"),
        postgresql_where=sa.text("state_key IS NOT NULL"),
    )
    op.create_table(
        "held_events",
        sa.Column("event_id", sa.Text, primary_key=True),
        sa.Column("room_id", sa.Text, nullable=False),
        sa.Column("sender", sa.Text, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("pdu", sa.LargeBinary, nullable=False),
        sa.Column("device_id", sa.Text),
        sa.Column("transaction_id", sa.Text),
        sa.Column("ticket", sa.Text, nullable=False),
    )
    op.create_index("held_events_sender", "held_events", ["sender", "position"])
