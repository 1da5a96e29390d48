"""Up to which position a room's messages were removed (by retention): what is older there has had a successor."""

import sqlalchemy as sa
from alembic import op

revision = "rooms_0003"
down_revision = "rooms_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("rooms", sa.Column("pruned_upto", sa.BigInteger, nullable=False, server_default="0"))
