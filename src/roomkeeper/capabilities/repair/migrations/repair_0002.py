"""Reports of trouble, incidents, operations and their runs."""

import sqlalchemy as sa
from alembic import op

revision = "repair_0002"
down_revision = "repair_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table("repair_accounts", sa.Column("user_id", sa.Text, primary_key=True))
    _reports()
    _operations()


def _reports() -> None:
    op.create_table(
        "repair_reports",
        sa.Column("report_id", sa.Text, primary_key=True),
        sa.Column("user_id", sa.Text, nullable=False),
        sa.Column("reported_by", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("room_id", sa.Text, nullable=False),
        sa.Column("incident_id", sa.Text, nullable=False),
        sa.Column("operation_id", sa.Text, nullable=False),
        sa.Column("deviation", sa.Text, nullable=False),
        sa.Column("reopened", sa.BigInteger, nullable=False),
        sa.Column("due_ts", sa.BigInteger),
        sa.Column("created_ts", sa.BigInteger, nullable=False),
        sa.Column("answered_ts", sa.BigInteger),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
    )
    op.create_index("repair_reports_user", "repair_reports", ["user_id", "report_id"])
    op.create_index("repair_reports_by", "repair_reports", ["reported_by", "created_ts"])
    op.create_index("repair_reports_state", "repair_reports", ["state", "report_id"])
    op.create_index("repair_reports_kind", "repair_reports", ["kind", "created_ts"])
    op.create_index("repair_reports_incident", "repair_reports", ["incident_id", "report_id"])
    op.create_index("repair_reports_room", "repair_reports", ["room_id", "report_id"])
    op.create_index("repair_reports_created", "repair_reports", ["created_ts"])
    op.create_table(
        "repair_collected",
        sa.Column("report_id", sa.Text, nullable=False),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("ts", sa.BigInteger, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("report_id", "what"),
    )
    op.create_table(
        "repair_attached",
        sa.Column("report_id", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("report_id", "name"),
    )
    op.create_table(
        "repair_incidents",
        sa.Column("incident_id", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("deviation", sa.Text, nullable=False),
        sa.Column("is_open", sa.BigInteger, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
    )
    op.create_index("repair_incidents_kind", "repair_incidents", ["kind", "is_open"])


def _operations() -> None:
    op.create_table(
        "repair_operations",
        sa.Column("operation_id", sa.Text, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("is_current", sa.BigInteger, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("operation_id", "version"),
    )
    op.create_index("repair_operations_kind", "repair_operations", ["kind", "is_current"])
    op.create_table(
        "repair_runs",
        sa.Column("run_id", sa.Text, primary_key=True),
        sa.Column("report_id", sa.Text, nullable=False),
        sa.Column("operation_id", sa.Text, nullable=False),
        sa.Column("operation_version", sa.BigInteger, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("created_ts", sa.BigInteger, nullable=False),
        sa.Column("ended_ts", sa.BigInteger),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
    )
    op.create_index("repair_runs_report", "repair_runs", ["report_id", "run_id"])
    op.create_index("repair_runs_operation", "repair_runs", ["operation_id", "created_ts"])
    op.create_table(
        "repair_switches",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("is_off", sa.BigInteger, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("changed_by", sa.Text, nullable=False),
        sa.Column("changed_ts", sa.BigInteger, nullable=False),
    )
