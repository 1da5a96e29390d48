"""Profile fields."""

import sqlalchemy as sa
from alembic import op

revision = "profiles_0001"
down_revision = None
branch_labels = ("profiles",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "profile_fields",
        sa.Column("user_id", sa.Text, primary_key=True),
        sa.Column("field", sa.Text, primary_key=True),
        sa.Column("value", sa.LargeBinary, nullable=False),
        sqlite_with_rowid=False,
    )
