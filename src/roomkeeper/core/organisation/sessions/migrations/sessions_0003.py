"""Sessions that go on from others."""

import sqlalchemy as sa
from alembic import op

revision = "sessions_0003"
down_revision = "sessions_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sessions", sa.Column("predecessor", sa.Text))
