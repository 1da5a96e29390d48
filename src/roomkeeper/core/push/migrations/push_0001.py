"""Pushers."""

import sqlalchemy as sa
from alembic import op

revision = "push_0001"
down_revision = None
branch_labels = ("push",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "pushers",
        sa.Column("app_id", sa.Text, primary_key=True),
        sa.Column("pushkey", sa.Text, primary_key=True),
        sa.Column("user_id", sa.Text, primary_key=True),
        sa.Column("device_id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("app_display_name", sa.Text, nullable=False),
        sa.Column("device_display_name", sa.Text, nullable=False),
        sa.Column("profile_tag", sa.Text),
        sa.Column("lang", sa.Text, nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
    )
    op.create_index("pushers_user", "pushers", ["user_id", "device_id"])
