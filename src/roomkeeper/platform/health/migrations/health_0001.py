"""The figures of the last days, a row for five minutes."""

import sqlalchemy as sa
from alembic import op

revision = "health_0001"
down_revision = None
branch_labels = ("health",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "health_history",
        sa.Column("ts", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("figures", sa.Text, nullable=False),
    )
