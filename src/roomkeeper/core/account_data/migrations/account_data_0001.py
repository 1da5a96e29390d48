"""Account data."""

import sqlalchemy as sa
from alembic import op

revision = "account_data_0001"
down_revision = None
branch_labels = ("account_data",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "account_data",
        sa.Column("user_id", sa.Text, primary_key=True),
        sa.Column("room_id", sa.Text, primary_key=True),
        sa.Column("type", sa.Text, primary_key=True),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
    )
    op.create_index("account_data_position", "account_data", ["user_id", "position"])
