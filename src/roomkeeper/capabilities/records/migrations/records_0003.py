"""For searches: which words begin how (SQLite), what somebody has uploaded, and when, where and what records are."""

import sqlalchemy as sa
from alembic import op

revision = "records_0003"
down_revision = "records_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    given = sa.text("owner IS NOT NULL")
    op.create_index("records_owner", "records", ["owner"], sqlite_where=given, postgresql_where=given)
    op.drop_index("records_last", "records")
    # With this all records are gone through without being read.
    op.create_index("records_last", "records", ["last_no", "first_ts", "last_ts", "kind", "program", "record_id"])
    if op.get_bind().dialect.name != "postgresql":
        # It stores nothing: it shows the words of the index, in order.
        op.execute("CREATE VIRTUAL TABLE record_terms USING fts5vocab (record_index, instance)")
