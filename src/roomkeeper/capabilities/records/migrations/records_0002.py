"""Agents on desktops: what they are to watch, and how they are."""

import sqlalchemy as sa
from alembic import op

revision = "records_0002"
down_revision = "records_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "record_agent_policies",
        sa.Column("department_id", sa.Text, primary_key=True),
        sa.Column("policy", sa.Text, nullable=False),
    )
    op.create_table(
        "record_agents",
        sa.Column("user_id", sa.Text, nullable=False),
        sa.Column("device_id", sa.Text, nullable=False),
        sa.Column("report", sa.Text, nullable=False),
        sa.Column("has_problems", sa.BigInteger, nullable=False),
        sa.Column("clock_offset_ms", sa.BigInteger, nullable=False),
        sa.Column("first_ts", sa.BigInteger, nullable=False),
        sa.Column("seen_ts", sa.BigInteger, nullable=False),
        sa.Column("gone_ts", sa.BigInteger),
        sa.Column("revoked_by", sa.Text),
        sa.PrimaryKeyConstraint("user_id", "device_id"),
    )
