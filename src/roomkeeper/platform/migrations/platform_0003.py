"""What the audit log says of somebody is found by an index."""

from alembic import op

revision = "platform_0003"
down_revision = "platform_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("audit_log_object", "audit_log", ["object", "id"])
