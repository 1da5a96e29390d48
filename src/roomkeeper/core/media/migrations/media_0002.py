"""Media in encrypted rooms; blobs that are to be looked at, since something that used them is gone."""

import sqlalchemy as sa
from alembic import op

revision = "media_0002"
down_revision = "media_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("media", sa.Column("shown", sa.Boolean, nullable=False, server_default=sa.false()))
    op.create_index("media_uploader_created", "media", ["uploader", "created_ts"])
    op.create_table(
        "media_encrypted",
        sa.Column("media_id", sa.Text, primary_key=True),
        sa.Column("room_id", sa.Text, primary_key=True),
        sa.Column("position", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("media_encrypted_room", "media_encrypted", ["room_id", "media_id"])
    op.create_table(
        "media_released_blobs",
        sa.Column("sha256", sa.Text, primary_key=True),
        sqlite_with_rowid=False,
    )
