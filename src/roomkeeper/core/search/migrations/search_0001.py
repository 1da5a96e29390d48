"""What can be searched: entries, edits, the full-text index, and how far it has come."""

import sqlalchemy as sa
from alembic import op

revision = "search_0001"
down_revision = None
branch_labels = ("search",)
depends_on = None

Position = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "search_entries",
        sa.Column("position", Position, primary_key=True, autoincrement=False),
        sa.Column("room_id", sa.Text, nullable=False),
        sa.Column("sender", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("source", sa.BigInteger, nullable=False),
        sa.Column("words", sa.Text, nullable=False),
    )
    op.create_index("search_entries_room", "search_entries", ["room_id", "position"])
    op.create_table(
        "search_edits",
        sa.Column("position", Position, primary_key=True, autoincrement=False),
        sa.Column("room_id", sa.Text, nullable=False),
        sa.Column("target_id", sa.Text, nullable=False),
    )
    op.create_index("search_edits_target", "search_edits", ["room_id", "target_id", "position"])
    progress = op.create_table(
        "search_progress",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("reached", sa.BigInteger, nullable=False),
        sa.Column("segmentation", sa.Integer, nullable=False),
    )
    op.bulk_insert(progress, [{"id": 1, "reached": 0, "segmentation": 0}])
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE search_entries ADD COLUMN vector tsvector NOT NULL")
        op.execute("CREATE INDEX search_entries_vector ON search_entries USING gin (vector)")
    else:
        # The tokens are ours: `ascii` takes every other character for part of one, and splits at spaces alone.
        op.execute("CREATE VIRTUAL TABLE search_index USING fts5 (words, scope, content='', tokenize='ascii')")
