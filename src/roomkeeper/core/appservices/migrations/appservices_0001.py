"""How far each application service has come, what it has not accepted yet, its members in rooms, its room lists."""

import sqlalchemy as sa
from alembic import op

revision = "appservices_0001"
down_revision = None
branch_labels = ("appservices",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "appservices",
        sa.Column("service_id", sa.Text, primary_key=True),
        sa.Column("reached", sa.BigInteger, nullable=False),
        sa.Column("transaction_id", sa.BigInteger, nullable=False),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "appservice_transactions",
        sa.Column("service_id", sa.Text, primary_key=True),
        sa.Column("transaction_id", sa.BigInteger, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "appservice_members",
        sa.Column("service_id", sa.Text, primary_key=True),
        sa.Column("room_id", sa.Text, primary_key=True),
        sa.Column("user_id", sa.Text, primary_key=True),
        sqlite_with_rowid=False,
    )
    op.create_index("appservice_members_room", "appservice_members", ["room_id"])
    op.create_table(
        "appservice_rooms",
        sa.Column("service_id", sa.Text, primary_key=True),
        sa.Column("network_id", sa.Text, primary_key=True),
        sa.Column("room_id", sa.Text, primary_key=True),
        sqlite_with_rowid=False,
    )
    op.create_index("appservice_rooms_room", "appservice_rooms", ["room_id"])
