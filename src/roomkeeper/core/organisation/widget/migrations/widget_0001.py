"""Those who came from web pages with the widget."""

import sqlalchemy as sa
from alembic import op

revision = "widget_0001"
down_revision = None
branch_labels = ("widget",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "widget_visitors",
        sa.Column("user_id", sa.Text, primary_key=True),
        sa.Column("site", sa.Text, nullable=False),
        sa.Column("subject", sa.Text),
        sa.Column("created_ts", sa.BigInteger, nullable=False),
        sa.Column("wrote", sa.Boolean, nullable=False),
    )
    op.create_index("widget_visitors_person", "widget_visitors", ["site", "subject"], unique=True)
    op.create_index("widget_visitors_silent", "widget_visitors", ["wrote", "user_id"])
