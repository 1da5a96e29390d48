"""Media, what refers to them, thumbnails."""

import sqlalchemy as sa
from alembic import op

revision = "media_0001"
down_revision = None
branch_labels = ("media",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "media",
        sa.Column("media_id", sa.Text, primary_key=True),
        sa.Column("uploader", sa.Text, nullable=False),
        sa.Column("created_ts", sa.BigInteger, nullable=False),
        sa.Column("expires_ts", sa.BigInteger),
        sa.Column("uploaded_ts", sa.BigInteger),
        sa.Column("sha256", sa.Text),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("claimed_type", sa.Text, nullable=False),
        sa.Column("sniffed_type", sa.Text),
        sa.Column("content_type", sa.Text, nullable=False),
        sa.Column("file_name", sa.Text),
        sqlite_with_rowid=False,
    )
    op.create_index("media_uploader", "media", ["uploader", "size"])
    op.create_index("media_sha256", "media", ["sha256"])
    pending = sa.text("sha256 IS NULL")
    op.create_index(
        "media_pending", "media", ["uploader", "expires_ts"], sqlite_where=pending, postgresql_where=pending
    )
    op.create_table(
        "media_references",
        sa.Column("media_id", sa.Text, primary_key=True),
        sa.Column("room_id", sa.Text, primary_key=True),
        sa.Column("event_id", sa.Text, primary_key=True),
        sa.Column("sender", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("granted", sa.Boolean, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("media_references_event", "media_references", ["room_id", "event_id"])
    op.create_table(
        "media_profiles",
        sa.Column("media_id", sa.Text, primary_key=True),
        sa.Column("user_id", sa.Text, primary_key=True),
        sa.Column("field", sa.Text, primary_key=True),
        sa.Column("granted", sa.Boolean, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("media_profiles_user", "media_profiles", ["user_id", "field"])
    op.create_table(
        "media_thumbnails",
        sa.Column("sha256", sa.Text, primary_key=True),
        sa.Column("width", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("height", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("method", sa.Text, primary_key=True),
        sa.Column("animated", sa.Boolean, primary_key=True),
        sa.Column("blob", sa.Text, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("content_type", sa.Text, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("media_thumbnails_blob", "media_thumbnails", ["blob"])
