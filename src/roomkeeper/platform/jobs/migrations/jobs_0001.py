"""Jobs."""

import sqlalchemy as sa
from alembic import op

revision = "jobs_0001"
down_revision = None
branch_labels = ("jobs",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "jobs",
        sa.Column("job_id", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("parameters", sa.LargeBinary, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("run", sa.BigInteger, nullable=False),
        sa.Column("cursor", sa.LargeBinary),
        sa.Column("done", sa.BigInteger, nullable=False),
        sa.Column("total", sa.BigInteger),
        sa.Column("unit", sa.Text, nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("started_by", sa.Text, nullable=False),
        sa.Column("created_ts", sa.BigInteger, nullable=False),
        sa.Column("started_ts", sa.BigInteger),
        sa.Column("finished_ts", sa.BigInteger),
        sa.Column("updated_ts", sa.BigInteger, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "jobs_unfinished",
        "jobs",
        ["name", "key"],
        unique=True,
        sqlite_where=sa.text("finished_ts IS NULL"),
        postgresql_where=sa.text("finished_ts IS NULL"),
    )
    op.create_index("jobs_name", "jobs", ["name", "key", "job_id"])
    op.create_index("jobs_state", "jobs", ["state", "job_id"])
    op.create_index("jobs_finished", "jobs", ["finished_ts"])
