"""The user directory, and the rooms whose members everybody finds."""

import sqlalchemy as sa
from alembic import op

revision = "directory_0001"
down_revision = None
branch_labels = ("directory",)
depends_on = None

# Ranges of words are compared character by character on both databases.
Word = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "directory_users",
        sa.Column("user_id", sa.Text, primary_key=True),
        sa.Column("display_name", sa.Text),
        sa.Column("avatar_url", sa.Text),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "directory_words",
        sa.Column("word", Word, primary_key=True),
        sa.Column("user_id", sa.Text, primary_key=True),
        sqlite_with_rowid=False,
    )
    op.create_index("directory_words_user", "directory_words", ["user_id"])
    op.create_table("directory_open_rooms", sa.Column("room_id", sa.Text, primary_key=True), sqlite_with_rowid=False)
    progress = op.create_table(
        "directory_progress",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("reached", sa.BigInteger, nullable=False),
        sa.Column("segmentation", sa.Integer, nullable=False),
    )
    op.bulk_insert(progress, [{"id": 1, "reached": 0, "segmentation": 0}])
