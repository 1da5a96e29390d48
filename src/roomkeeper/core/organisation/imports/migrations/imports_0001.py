"""Files of people that were uploaded, and what could not be taken of them."""

import sqlalchemy as sa
from alembic import op

revision = "imports_0001"
down_revision = None
branch_labels = ("imports",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "imports",
        sa.Column("import_id", sa.Text, primary_key=True),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("created_ts", sa.BigInteger, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("job_id", sa.Text),
        # JSON: how many were created, changed, …
        sa.Column("counts", sa.Text, nullable=False),
    )
    op.create_table(
        "import_errors",
        sa.Column("import_id", sa.Text, primary_key=True),
        sa.Column("line", sa.BigInteger, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("error", sa.Text, nullable=False),
    )
