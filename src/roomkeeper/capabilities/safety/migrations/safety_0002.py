"""Identification: what is compared of people, what is submitted, who may be in it."""

import sqlalchemy as sa
from alembic import op

revision = "safety_0002"
down_revision = "safety_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "safety_templates",
        sa.Column("feature_id", sa.Text, primary_key=True),
        sa.Column("user_id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
    )
    op.create_index("safety_templates_user", "safety_templates", ["user_id"])
    op.create_table(
        "safety_identifications",
        sa.Column("identification_id", sa.Text, primary_key=True),
        sa.Column("event_id", sa.Text, nullable=False),
        sa.Column("requested_by", sa.Text, nullable=False),
        sa.Column("media_id", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("created_ts", sa.BigInteger, nullable=False),
        sa.Column("details", sa.Text, nullable=False),
    )
    op.create_index("safety_identifications_event", "safety_identifications", ["event_id", "identification_id"])
    op.create_index("safety_identifications_state", "safety_identifications", ["state", "identification_id"])
    op.create_index("safety_identifications_by", "safety_identifications", ["requested_by", "created_ts"])
    op.create_index("safety_identifications_media", "safety_identifications", ["media_id"])
    op.create_table(
        "safety_candidates",
        sa.Column("identification_id", sa.Text, nullable=False),
        sa.Column("event_id", sa.Text, nullable=False),
        sa.Column("user_id", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("score", sa.Float(53), nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("decided_by", sa.Text),
        sa.Column("decided_ts", sa.BigInteger),
        sa.Column("reason", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("identification_id", "user_id"),
    )
    op.create_index("safety_candidates_event", "safety_candidates", ["event_id", "state"])
    op.create_index("safety_candidates_user", "safety_candidates", ["user_id"])
