"""Notes of the staff about customers."""

import sqlalchemy as sa
from alembic import op

revision = "organisation_0004"
down_revision = "organisation_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "customer_notes",
        sa.Column("note_id", sa.Text, primary_key=True),
        sa.Column("customer_id", sa.Text, nullable=False),
        sa.Column("author_id", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("created_ts", sa.BigInteger, nullable=False),
    )
    op.create_index("customer_notes_customer", "customer_notes", ["customer_id", "note_id"])
