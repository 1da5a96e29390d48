"""Sessions are found by their two people, and somebody's by their order, however many the staff has."""

from alembic import op

revision = "sessions_0005"
down_revision = "sessions_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("sessions_of_pair", "sessions", ["customer_id", "staff_id"])
    op.drop_index("sessions_staff", "sessions")
    op.create_index("sessions_staff", "sessions", ["staff_id", "state", "room_id"])
