"""When an event was sent, in a column of its own: by it an event is found that was sent at about some time."""

import sqlalchemy as sa
from alembic import op

revision = "rooms_0002"
down_revision = "rooms_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("events", sa.Column("origin_server_ts", sa.BigInteger))
    if op.get_bind().dialect.name == "sqlite":
        op.execute("UPDATE events SET origin_server_ts = json_extract(CAST(pdu AS TEXT), '$.origin_server_ts')")
    else:
        op.execute(
            "UPDATE events SET origin_server_ts = (convert_from(pdu, 'UTF8')::jsonb ->> 'origin_server_ts')::bigint"
        )
    op.create_index("events_time", "events", ["room_id", "origin_server_ts"])
