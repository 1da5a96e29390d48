"""Tracked events, tracking plans, write keys, who does not want to be tracked, how much there was."""

import sqlalchemy as sa
from alembic import op

revision = "repair_0001"
down_revision = None
branch_labels = ("repair",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "repair_events",
        # SQLite keeps rows in the order of a key that is exactly an INTEGER: as they arrive.
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=False),
        sa.Column("user_id", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("side", sa.BigInteger, nullable=False),
        sa.Column("ts", sa.BigInteger, nullable=False),
        sa.Column("received_ts", sa.BigInteger, nullable=False),
        sa.Column("skew_ms", sa.BigInteger),
        sa.Column("correlation_id", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("properties", sa.Text, nullable=False),
        sa.Column("drift", sa.Text, nullable=False),
        sa.Column("digest", sa.BigInteger),
    )
    op.create_index("repair_events_user", "repair_events", ["user_id", "name", "ts"])
    op.create_index("repair_events_digest", "repair_events", ["digest"], unique=True)
    op.create_table(
        "repair_aliases",
        sa.Column("anonymous_id", sa.Text, primary_key=True),
        sa.Column("user_id", sa.Text, nullable=False),
        sa.Column("ts", sa.BigInteger, nullable=False),
    )
    op.create_index("repair_aliases_user", "repair_aliases", ["user_id", "ts"])
    op.create_index("repair_aliases_ts", "repair_aliases", ["ts"])
    op.create_table(
        "repair_plans",
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("plan", sa.Text, nullable=False),
        sa.Column("ts", sa.BigInteger, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("kind", "version"),
    )
    op.create_table(
        "repair_keys",
        sa.Column("key_id", sa.Text, primary_key=True),
        sa.Column("digest", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("side", sa.Text, nullable=False),
        sa.Column("per_second", sa.BigInteger, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("created_ts", sa.BigInteger, nullable=False),
        sa.Column("revoked_ts", sa.BigInteger),
        sa.Column("last_used_ts", sa.BigInteger),
    )
    op.create_table(
        "repair_untracked",
        sa.Column("user_id", sa.Text, primary_key=True),
        sa.Column("ts", sa.BigInteger, nullable=False),
    )
    op.create_table("repair_secret", sa.Column("secret", sa.LargeBinary, primary_key=True))
    op.create_table(
        "repair_volumes",
        sa.Column("ts", sa.BigInteger, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("side", sa.BigInteger, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("stored", sa.BigInteger, nullable=False),
        sa.Column("drifted", sa.BigInteger, nullable=False),
        sa.Column("replayed", sa.BigInteger, nullable=False),
        sa.Column("late", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("ts", "name", "side", "source"),
    )
