"""The full-text index follows its entries by itself and knows how words begin; removals are counted. Everything is
indexed anew."""

import sqlalchemy as sa
from alembic import op

revision = "search_0002"
down_revision = "search_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("DELETE FROM search_entries")
    op.execute("DELETE FROM search_edits")
    op.add_column("search_progress", sa.Column("anew_upto", sa.BigInteger, nullable=False, server_default="0"))
    op.add_column("search_progress", sa.Column("removals", sa.BigInteger, nullable=False, server_default="0"))
    op.execute("UPDATE search_progress SET reached = 0, segmentation = 0")
    if op.get_bind().dialect.name == "postgresql":
        # What waits to go into the index is read by every search, and goes into it while others wait to write.
        op.execute("ALTER INDEX search_entries_vector SET (gin_pending_list_limit = 512)")
        return
    op.execute("DROP TABLE search_index")
    # The tokens are ours: `ascii` takes every other character for part of one, and splits at spaces alone.
    op.execute(
        "CREATE VIRTUAL TABLE search_index USING fts5 (words, scope, content='', tokenize='ascii', prefix='2 3')"
    )
    op.execute(
        "CREATE TRIGGER search_entries_added AFTER INSERT ON search_entries BEGIN"
        " INSERT INTO search_index (rowid, words, scope) VALUES (new.position, new.words,"
        " 'r' || hex(new.room_id) || ' s' || hex(new.sender) || ' k' || new.key); END"
    )
    op.execute(
        "CREATE TRIGGER search_entries_removed AFTER DELETE ON search_entries BEGIN"
        " INSERT INTO search_index (search_index, rowid, words, scope) VALUES ('delete', old.position, old.words,"
        " 'r' || hex(old.room_id) || ' s' || hex(old.sender) || ' k' || old.key); END"
    )
