"""Previews of pages."""

import sqlalchemy as sa
from alembic import op

revision = "previews_0001"
down_revision = None
branch_labels = ("previews",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "previews",
        sa.Column("url_hash", sa.Text, primary_key=True),
        sa.Column("fetched_ts", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("fresh_until_ts", sa.BigInteger, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("previews_age", "previews", ["fetched_ts", "url_hash"])
