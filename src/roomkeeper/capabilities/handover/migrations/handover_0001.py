"""Departures, what became of each customer, and of the leaver's other rooms."""

import sqlalchemy as sa
from alembic import op

revision = "handover_0001"
down_revision = None
branch_labels = ("handover",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "departures",
        sa.Column("departure_id", sa.Text, primary_key=True),
        sa.Column("user_id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("effective_ts", sa.BigInteger, nullable=False),
        sa.Column("began_ts", sa.BigInteger),
        sa.Column("finished_ts", sa.BigInteger),
        sa.Column("plan", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("created_ts", sa.BigInteger, nullable=False),
        sa.Column("updated_ts", sa.BigInteger, nullable=False),
        sa.Column("job_id", sa.Text),
    )
    # Of one person there is one at a time that is not over.
    under_way = sa.text("state IN ('planned', 'running', 'undoing')")
    op.create_index(
        "departures_under_way",
        "departures",
        ["user_id"],
        unique=True,
        sqlite_where=under_way,
        postgresql_where=under_way,
    )
    op.create_index("departures_user", "departures", ["user_id", "created_ts"])
    op.create_index("departures_created", "departures", ["created_ts", "departure_id"])
    op.create_index("departures_due", "departures", ["state", "effective_ts"])
    op.create_table(
        "departure_departments",
        sa.Column("department_id", sa.Text, nullable=False),
        sa.Column("departure_id", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("department_id", "departure_id"),
    )
    op.create_table(
        "handover_offers",
        sa.Column("departure_id", sa.Text, nullable=False),
        sa.Column("room_id", sa.Text, nullable=False),
        sa.Column("customer_id", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("way", sa.Text, nullable=False),
        sa.Column("successor_id", sa.Text),
        sa.Column("department_id", sa.Text),
        sa.Column("new_room_id", sa.Text),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("unanswered", sa.BigInteger, nullable=False),
        sa.Column("told", sa.BigInteger, nullable=False),
        sa.Column("offered_ts", sa.BigInteger),
        sa.Column("answered_ts", sa.BigInteger),
        sa.Column("take_over_ts", sa.BigInteger),
        sa.Column("updated_ts", sa.BigInteger, nullable=False),
        sa.Column("error", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("departure_id", "room_id"),
    )
    op.create_index("handover_offers_room", "handover_offers", ["room_id"])
    op.create_index("handover_offers_customer", "handover_offers", ["customer_id", "updated_ts"])
    op.create_index("handover_offers_new_room", "handover_offers", ["new_room_id"])
    op.create_index("handover_offers_status", "handover_offers", ["departure_id", "status", "room_id"])
    op.create_index("handover_offers_successor", "handover_offers", ["successor_id", "status"])
    op.create_index("handover_offers_take_over", "handover_offers", ["status", "take_over_ts"])
    op.create_table(
        "handover_group_rooms",
        sa.Column("departure_id", sa.Text, nullable=False),
        sa.Column("room_id", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("successor_id", sa.Text),
        sa.Column("level", sa.BigInteger, nullable=False),
        sa.Column("updated_ts", sa.BigInteger, nullable=False),
        sa.Column("error", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("departure_id", "room_id"),
    )
