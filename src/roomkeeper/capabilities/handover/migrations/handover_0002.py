"""Offers of a successor are found in their order, however many those are."""

from alembic import op

revision = "handover_0002"
down_revision = "handover_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("handover_offers_successor", "handover_offers")
    op.create_index("handover_offers_successor", "handover_offers", ["successor_id", "status", "room_id"])
