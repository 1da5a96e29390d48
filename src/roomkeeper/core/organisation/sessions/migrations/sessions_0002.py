"""Sessions of a state, of somebody and of a department, in the orders in which lists are read."""

from alembic import op

revision = "sessions_0002"
down_revision = "sessions_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("sessions_by_state", "sessions", ["state", "created_ts", "room_id"])
    op.create_index("sessions_by_waiting", "sessions", ["state", "waiting_ts", "room_id"])
    op.create_index("sessions_of_staff", "sessions", ["staff_id", "created_ts", "room_id"])
    op.create_index("sessions_of_department", "sessions", ["department_id", "created_ts", "room_id"])
    op.create_index("sessions_by_change", "sessions", ["updated_ts", "room_id"])
