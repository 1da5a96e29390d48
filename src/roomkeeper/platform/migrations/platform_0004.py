"""The audit log is read by time, by actor, by permission and by object, each with an index."""

from alembic import op

revision = "platform_0004"
down_revision = "platform_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("audit_log_ts", "audit_log", ["ts", "id"])
    op.create_index("audit_log_actor", "audit_log", ["actor", "ts", "id"])
    op.create_index("audit_log_permission", "audit_log", ["permission", "ts", "id"])
    op.create_index("audit_log_object_ts", "audit_log", ["object", "ts", "id"])
