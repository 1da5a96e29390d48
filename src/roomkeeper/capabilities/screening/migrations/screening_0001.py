"""What was seen in files, policies, lists of words, cases, decisions, what is withheld, counts."""

import sqlalchemy as sa
from alembic import op

revision = "screening_0001"
down_revision = None
branch_labels = ("screening",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "screening_scores",
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("detector", sa.Text, nullable=False),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("variant", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("scores", sa.Text, nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("looked_ts", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("sha256", "detector", "version", "variant"),
    )
    op.create_table(
        "screening_policies",
        sa.Column("version", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("document", sa.Text, nullable=False),
    )
    op.create_table(
        "screening_lists",
        sa.Column("list_id", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("enabled", sa.BigInteger, nullable=False),
        sa.Column("created_ts", sa.BigInteger, nullable=False),
        sa.Column("updated_ts", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "screening_entries",
        sa.Column("list_id", sa.Text, nullable=False),
        sa.Column("pattern", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("list_id", "pattern"),
    )
    _cases()
    op.create_table(
        "screening_decisions",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("case_id", sa.Text, nullable=False),
        sa.Column("decided_by", sa.Text, nullable=False),
        sa.Column("decided_ts", sa.BigInteger, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
    )
    op.create_table(
        "screening_withheld",
        sa.Column("media_id", sa.Text, primary_key=True),
        sa.Column("case_id", sa.Text, nullable=False),
        sa.Column("since_ts", sa.BigInteger, nullable=False),
    )
    op.create_index("screening_withheld_case", "screening_withheld", ["case_id"])
    op.create_table(
        "screening_counts",
        sa.Column("hour_ts", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("count", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("hour_ts", "kind", "name"),
    )
    op.create_table(
        "screening_progress",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )


def _cases() -> None:
    op.create_table(
        "screening_cases",
        sa.Column("case_id", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("room_id", sa.Text, nullable=False),
        sa.Column("user_id", sa.Text, nullable=False),
        sa.Column("event_id", sa.Text, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sa.Column("created_ts", sa.BigInteger, nullable=False),
        sa.Column("updated_ts", sa.BigInteger, nullable=False),
        sa.Column("appealed", sa.BigInteger, nullable=False),
        sa.Column("appealable", sa.BigInteger, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
    )
    op.create_index("screening_cases_created", "screening_cases", ["created_ts", "case_id"])
    op.create_index("screening_cases_state", "screening_cases", ["state", "created_ts", "case_id"])
    op.create_index("screening_cases_user", "screening_cases", ["user_id", "created_ts", "case_id"])
    op.create_index("screening_cases_room", "screening_cases", ["room_id", "created_ts", "case_id"])
    op.create_index("screening_cases_appealable", "screening_cases", ["appealable", "updated_ts"])
    op.create_index("screening_cases_updated", "screening_cases", ["state", "updated_ts"])
    op.create_index("screening_cases_event", "screening_cases", ["event_id"])
    op.create_table(
        "screening_case_departments",
        sa.Column("department_id", sa.Text, nullable=False),
        sa.Column("case_id", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("department_id", "case_id"),
    )
    op.create_index("screening_case_departments_case", "screening_case_departments", ["case_id"])
    op.create_table(
        "screening_case_labels",
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("case_id", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("label", "case_id"),
    )
    op.create_index("screening_case_labels_case", "screening_case_labels", ["case_id"])
    op.create_table(
        "screening_case_files",
        sa.Column("case_id", sa.Text, nullable=False),
        sa.Column("media_id", sa.Text, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("similar_by", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("case_id", "media_id"),
    )
    op.create_index("screening_case_files_sha256", "screening_case_files", ["sha256"])
