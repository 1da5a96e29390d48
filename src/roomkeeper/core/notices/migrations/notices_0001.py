"""The room in which each user gets the server's notices, and the accounts that send them."""

import sqlalchemy as sa
from alembic import op

revision = "notices_0001"
down_revision = None
branch_labels = ("notices",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "server_notice_rooms",
        sa.Column("user_id", sa.Text, primary_key=True),
        sa.Column("room_id", sa.Text, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table("server_notice_accounts", sa.Column("user_id", sa.Text, primary_key=True), sqlite_with_rowid=False)
