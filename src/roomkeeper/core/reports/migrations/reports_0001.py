"""Reports of content, rooms and users."""

import sqlalchemy as sa
from alembic import op

revision = "reports_0001"
down_revision = None
branch_labels = ("reports",)
depends_on = None

RowId = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "reports",
        sa.Column("id", RowId, primary_key=True, autoincrement=True),
        sa.Column("received_ts", sa.BigInteger, nullable=False),
        sa.Column("reporter", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("room_id", sa.Text),
        sa.Column("event_id", sa.Text),
        sa.Column("user_id", sa.Text),
        sa.Column("reason", sa.Text, nullable=False),
    )
    op.create_index("reports_reporter", "reports", ["reporter", "received_ts"])
