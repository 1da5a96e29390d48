"""Files that are known to be bad: by hash, by similar hash, by features and sounds."""

import sqlalchemy as sa
from alembic import op

revision = "known_media_0001"
down_revision = None
branch_labels = ("known_media",)
depends_on = None

RowId = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "known_media",
        sa.Column("id", RowId, primary_key=True, autoincrement=True),
        # What makes it the same item when it comes again.
        sa.Column("item_key", sa.Text, nullable=False, unique=True),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("sha256", sa.Text),
        sa.Column("pdq", sa.Text),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("added_ts", sa.BigInteger, nullable=False),
        sa.Column("added_by", sa.Text, nullable=False),
    )
    op.create_index("known_media_sha256", "known_media", ["sha256"])
    for name in ("known_media_features", "known_media_sounds"):
        op.create_table(
            name,
            sa.Column("item_key", sa.Text, primary_key=True),
            sa.Column("data", sa.LargeBinary, nullable=False),
        )
    # One row: counts the changes.
    op.create_table(
        "known_media_state",
        sa.Column("one", sa.Integer, primary_key=True),
        sa.Column("generation", sa.BigInteger, nullable=False),
    )
    op.execute("INSERT INTO known_media_state (one, generation) VALUES (1, 0)")
