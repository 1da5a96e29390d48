"""Tokens for provisioning; what other systems tell of people that is of no use here."""

import sqlalchemy as sa
from alembic import op

revision = "scim_0001"
down_revision = None
branch_labels = ("scim",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "provisioning_tokens",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("token_hash", sa.LargeBinary, nullable=False),
        sa.Column("created_ts", sa.BigInteger, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("expires_ts", sa.BigInteger),
        sa.Column("last_used_ts", sa.BigInteger),
        sa.Column("last_used_ip", sa.Text),
    )
    op.create_index("provisioning_tokens_hash", "provisioning_tokens", ["token_hash"], unique=True)
    op.create_table(
        "person_details",
        sa.Column("user_id", sa.Text, primary_key=True),
        # JSON.
        sa.Column("content", sa.Text, nullable=False),
        # These without regard to case.
        sa.Column("given_name", sa.Text, nullable=False),
        sa.Column("family_name", sa.Text, nullable=False),
        sa.Column("formatted_name", sa.Text, nullable=False),
        sa.Column("employee_number", sa.Text, nullable=False),
    )
    for name in ("family_name", "employee_number"):
        op.create_index(f"person_details_{name}", "person_details", [name])
    op.create_table(
        "person_emails",
        sa.Column("email_key", sa.Text, primary_key=True),
        sa.Column("user_id", sa.Text, primary_key=True),
    )
    op.create_index("person_emails_user", "person_emails", ["user_id"])
