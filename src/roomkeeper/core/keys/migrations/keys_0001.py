"""Device keys, one-time and fallback keys, cross-signing, what device lists have changed, backups of room keys."""

import sqlalchemy as sa
from alembic import op

revision = "keys_0001"
down_revision = None
branch_labels = ("keys",)
depends_on = None


def upgrade() -> None:
    _lists()
    _devices()
    _cross_signing()
    _backup()


def _lists() -> None:
    op.create_table(
        "device_lists",
        sa.Column("user_id", sa.Text, primary_key=True),
        sa.Column("position", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("device_lists_position", "device_lists", ["position"])
    op.create_table(
        "device_lists_untold",
        sa.Column("user_id", sa.Text, primary_key=True),
        sqlite_with_rowid=False,
    )


def _devices() -> None:
    op.create_table(
        "device_keys",
        sa.Column("user_id", sa.Text, primary_key=True),
        sa.Column("device_id", sa.Text, primary_key=True),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "one_time_keys",
        sa.Column("user_id", sa.Text, primary_key=True),
        sa.Column("device_id", sa.Text, primary_key=True),
        sa.Column("algorithm", sa.Text, primary_key=True),
        sa.Column("key_id", sa.Text, primary_key=True),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("claimed_ts", sa.BigInteger),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "one_time_keys_unclaimed",
        "one_time_keys",
        ["user_id", "device_id", "algorithm", "position", "key_id"],
        sqlite_where=sa.text("claimed_ts IS NULL"),
        postgresql_where=sa.text("claimed_ts IS NULL"),
    )
    op.create_table(
        "fallback_keys",
        sa.Column("user_id", sa.Text, primary_key=True),
        sa.Column("device_id", sa.Text, primary_key=True),
        sa.Column("algorithm", sa.Text, primary_key=True),
        sa.Column("key_id", sa.Text, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("used", sa.Boolean, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "key_counts",
        sa.Column("user_id", sa.Text, primary_key=True),
        sa.Column("device_id", sa.Text, primary_key=True),
        sa.Column("position", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )


def _cross_signing() -> None:
    op.create_table(
        "cross_signing_keys",
        sa.Column("user_id", sa.Text, primary_key=True),
        sa.Column("usage", sa.Text, primary_key=True),
        sa.Column("public_key", sa.Text, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "key_signatures",
        sa.Column("user_id", sa.Text, primary_key=True),
        sa.Column("key_id", sa.Text, primary_key=True),
        sa.Column("signer_id", sa.Text, primary_key=True),
        sa.Column("signer_key_id", sa.Text, primary_key=True),
        sa.Column("signature", sa.Text, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("key_signatures_signer", "key_signatures", ["signer_id", "position"])


def _backup() -> None:
    op.create_table(
        "key_backups",
        sa.Column("user_id", sa.Text, primary_key=True),
        sa.Column("version", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("algorithm", sa.Text, nullable=False),
        sa.Column("auth_data", sa.LargeBinary, nullable=False),
        sa.Column("etag", sa.BigInteger, nullable=False),
        sa.Column("count", sa.BigInteger, nullable=False),
        sa.Column("deleted", sa.Boolean, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "backed_up_keys",
        sa.Column("user_id", sa.Text, primary_key=True),
        sa.Column("version", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("room_id", sa.Text, primary_key=True),
        sa.Column("session_id", sa.Text, primary_key=True),
        sa.Column("first_message_index", sa.BigInteger, nullable=False),
        sa.Column("forwarded_count", sa.BigInteger, nullable=False),
        sa.Column("is_verified", sa.Boolean, nullable=False),
        sa.Column("session_data", sa.LargeBinary, nullable=False),
    )
