"""Which events relate to which."""

import sqlalchemy as sa
from alembic import op

revision = "relations_0001"
down_revision = None
branch_labels = ("relations",)
depends_on = None

Position = sa.BigInteger().with_variant(sa.Integer, "sqlite")
THREAD = sa.text("rel_type = 'm.thread'")
ANNOTATION = sa.text("rel_type = 'm.annotation'")


def upgrade() -> None:
    op.create_table(
        "event_relations",
        sa.Column("position", Position, primary_key=True, autoincrement=False),
        sa.Column("room_id", sa.Text, nullable=False),
        sa.Column("event_id", sa.Text, nullable=False),
        sa.Column("parent", sa.Text, nullable=False),
        sa.Column("rel_type", sa.Text, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("sender", sa.Text, nullable=False),
        sa.Column("key", sa.Text),
        sa.Column("origin_server_ts", sa.BigInteger, nullable=False),
    )
    op.create_index("event_relations_parent", "event_relations", ["room_id", "parent", "rel_type", "position"])
    op.create_index(
        "event_relations_threads",
        "event_relations",
        ["room_id", "position"],
        sqlite_where=THREAD,
        postgresql_where=THREAD,
    )
    op.create_index(
        "event_relations_annotations",
        "event_relations",
        ["room_id", "parent", "sender", "type", "key"],
        unique=True,
        sqlite_where=ANNOTATION,
        postgresql_where=ANNOTATION,
    )
