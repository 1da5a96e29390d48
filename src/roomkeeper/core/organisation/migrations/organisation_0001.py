"""Departments, people, roles, contacts."""

import sqlalchemy as sa
from alembic import op

revision = "organisation_0001"
down_revision = None
branch_labels = ("organisation",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "departments",
        sa.Column("department_id", sa.Text, primary_key=True),
        sa.Column("parent_id", sa.Text),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("external_id", sa.Text),
        sa.Column("created_ts", sa.BigInteger, nullable=False),
        sa.Column("updated_ts", sa.BigInteger, nullable=False),
    )
    op.create_index("departments_external_id", "departments", ["external_id"], unique=True)
    op.create_table(
        "people",
        sa.Column("user_id", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("user_name", sa.Text),
        # The same without regard to case.
        sa.Column("user_name_key", sa.Text),
        sa.Column("display_name", sa.Text, nullable=False),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("skills", sa.Text, nullable=False),
        sa.Column("session_limit", sa.BigInteger),
        sa.Column("external_id", sa.Text),
        sa.Column("search_text", sa.Text, nullable=False),
        sa.Column("created_ts", sa.BigInteger, nullable=False),
        sa.Column("updated_ts", sa.BigInteger, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
    )
    op.create_index("people_user_name", "people", ["user_name_key"], unique=True)
    op.create_index("people_external_id", "people", ["external_id"])
    op.create_index("people_kind", "people", ["kind", "state", "user_id"])
    op.create_table(
        "department_members",
        sa.Column("department_id", sa.Text, primary_key=True),
        sa.Column("user_id", sa.Text, primary_key=True),
    )
    op.create_index("department_members_user", "department_members", ["user_id"])
    op.create_table(
        "role_grants",
        sa.Column("user_id", sa.Text, primary_key=True),
        sa.Column("role", sa.Text, primary_key=True),
        # Empty: the whole organisation.
        sa.Column("department_id", sa.Text, primary_key=True),
        sa.Column("granted_by", sa.Text, nullable=False),
        sa.Column("granted_ts", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "contacts",
        sa.Column("customer_id", sa.Text, primary_key=True),
        sa.Column("staff_id", sa.Text, primary_key=True),
        sa.Column("since_ts", sa.BigInteger, primary_key=True),
        sa.Column("until_ts", sa.BigInteger),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("end_reason", sa.Text, nullable=False),
    )
    op.create_index("contacts_staff", "contacts", ["staff_id", "customer_id", "since_ts"])
