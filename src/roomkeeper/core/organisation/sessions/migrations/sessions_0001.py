"""Sessions, links, rules that send customers somewhere, queues of departments; the accounts that make the rooms."""

import sqlalchemy as sa
from alembic import op

revision = "sessions_0001"
down_revision = None
branch_labels = ("sessions",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sessions",
        sa.Column("room_id", sa.Text, primary_key=True),
        sa.Column("customer_id", sa.Text, nullable=False),
        sa.Column("staff_id", sa.Text),
        sa.Column("department_id", sa.Text),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("created_ts", sa.BigInteger, nullable=False),
        sa.Column("updated_ts", sa.BigInteger, nullable=False),
        sa.Column("waiting_ts", sa.BigInteger, nullable=False),
        sa.Column("closed_ts", sa.BigInteger),
    )
    # A customer and somebody of the staff have one session at a time.
    under_way = sa.text("state <> 'closed' AND staff_id IS NOT NULL")
    op.create_index(
        "sessions_pair",
        "sessions",
        ["customer_id", "staff_id"],
        unique=True,
        sqlite_where=under_way,
        postgresql_where=under_way,
    )
    op.create_index("sessions_customer", "sessions", ["customer_id", "created_ts", "room_id"])
    op.create_index("sessions_staff", "sessions", ["staff_id", "state"])
    op.create_index("sessions_waiting", "sessions", ["state", "department_id", "staff_id", "waiting_ts", "room_id"])
    op.create_index("sessions_created", "sessions", ["created_ts", "room_id"])
    op.create_table(
        "session_links",
        sa.Column("code", sa.Text, primary_key=True),
        sa.Column("staff_id", sa.Text),
        sa.Column("department_id", sa.Text),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("created_ts", sa.BigInteger, nullable=False),
        sa.Column("expires_ts", sa.BigInteger),
        sa.Column("uses_allowed", sa.BigInteger),
        sa.Column("uses", sa.BigInteger, nullable=False),
    )
    op.create_index("session_links_staff", "session_links", ["staff_id", "code"])
    op.create_index("session_links_department", "session_links", ["department_id", "code"])
    op.create_table(
        "routing_rules",
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("content", sa.Text, nullable=False),
    )
    op.create_table(
        "department_queues",
        sa.Column("department_id", sa.Text, primary_key=True),
        sa.Column("strategy", sa.Text, nullable=False),
        sa.Column("last_staff_id", sa.Text, nullable=False),
    )
    op.create_table("session_accounts", sa.Column("user_id", sa.Text, primary_key=True))
