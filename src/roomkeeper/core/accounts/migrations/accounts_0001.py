"""Users, their devices and tokens."""

import sqlalchemy as sa
from alembic import op

revision = "accounts_0001"
down_revision = None
branch_labels = ("accounts",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "users",
        sa.Column("user_id", sa.Text, primary_key=True),
        sa.Column("password_hash", sa.Text),
        sa.Column("created_ts", sa.BigInteger, nullable=False),
        sa.Column("is_admin", sa.Boolean, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "devices",
        sa.Column("user_id", sa.Text, primary_key=True),
        sa.Column("device_id", sa.Text, primary_key=True),
        sa.Column("display_name", sa.Text),
        sa.Column("created_ts", sa.BigInteger, nullable=False),
        sa.Column("last_seen_ts", sa.BigInteger),
        sa.Column("last_seen_ip", sa.Text),
        sa.Column("last_seen_user_agent", sa.Text),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "access_tokens",
        sa.Column("token_hash", sa.LargeBinary, primary_key=True),
        sa.Column("user_id", sa.Text, nullable=False),
        sa.Column("device_id", sa.Text, nullable=False),
        sa.Column("generation", sa.BigInteger, nullable=False),
        sa.Column("expires_ts", sa.BigInteger),
        sa.Column("confirmed", sa.Boolean, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("access_tokens_device", "access_tokens", ["user_id", "device_id"])
    op.create_table(
        "refresh_tokens",
        sa.Column("token_hash", sa.LargeBinary, primary_key=True),
        sa.Column("user_id", sa.Text, nullable=False),
        sa.Column("device_id", sa.Text, nullable=False),
        sa.Column("generation", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("refresh_tokens_device", "refresh_tokens", ["user_id", "device_id"])
    op.create_table(
        "registration_tokens",
        sa.Column("token", sa.Text, primary_key=True),
        sa.Column("uses_allowed", sa.BigInteger),
        sa.Column("completed", sa.BigInteger, nullable=False),
        sa.Column("expiry_time", sa.BigInteger),
        sa.Column("created_ts", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
