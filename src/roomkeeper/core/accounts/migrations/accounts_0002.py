"""Guests, suspended and erased accounts; accepted policies; short-lived tokens: for one login, and for OpenID."""

import sqlalchemy as sa
from alembic import op

revision = "accounts_0002"
down_revision = "accounts_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("users", sa.Column("is_guest", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("users", sa.Column("is_suspended", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("users", sa.Column("erased_position", sa.BigInteger))
    op.create_table(
        "accepted_policies",
        sa.Column("user_id", sa.Text, primary_key=True),
        sa.Column("policy", sa.Text, primary_key=True),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("accepted_ts", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "short_tokens",
        sa.Column("token_hash", sa.LargeBinary, primary_key=True),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("user_id", sa.Text, nullable=False),
        sa.Column("expires_ts", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("short_tokens_user", "short_tokens", ["user_id", "purpose", "expires_ts"])
    op.create_index("short_tokens_expiry", "short_tokens", ["expires_ts"])
