"""Who watches over whom, what people agree to, what identifies them, where they are, what happens, who is asked."""

import sqlalchemy as sa
from alembic import op

revision = "safety_0001"
down_revision = None
branch_labels = ("safety",)
depends_on = None


def upgrade() -> None:
    op.create_table("safety_accounts", sa.Column("user_id", sa.Text, primary_key=True))
    _people()
    _features()
    _positions()
    _events()


def _people() -> None:
    op.create_table(
        "safety_followings",
        sa.Column("following_id", sa.Text, primary_key=True),
        sa.Column("follower", sa.Text, nullable=False),
        sa.Column("followed", sa.Text, nullable=False),
        sa.Column("relation", sa.Text, nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("asks", sa.Text, nullable=False),
        sa.Column("asked_ts", sa.BigInteger, nullable=False),
        sa.Column("answered_ts", sa.BigInteger),
        sa.Column("answered_by", sa.Text),
        sa.Column("ended_ts", sa.BigInteger),
        sa.Column("ended_by", sa.Text),
    )
    is_open = sa.text("state IN ('asked', 'confirmed')")
    op.create_index(
        "safety_followings_open",
        "safety_followings",
        ["follower", "followed"],
        unique=True,
        sqlite_where=is_open,
        postgresql_where=is_open,
    )
    op.create_index("safety_followings_follower", "safety_followings", ["follower", "following_id"])
    op.create_index("safety_followings_followed", "safety_followings", ["followed", "following_id"])
    op.create_index("safety_followings_ended", "safety_followings", ["ended_ts"])
    op.create_table(
        "safety_preferences",
        sa.Column("user_id", sa.Text, primary_key=True),
        sa.Column("location", sa.Text, nullable=False),
        sa.Column("preferences", sa.Text, nullable=False),
        sa.Column("changed_ts", sa.BigInteger, nullable=False),
        sa.Column("changed_by", sa.Text, nullable=False),
    )
    op.create_table(
        "safety_guardians",
        sa.Column("minor", sa.Text, nullable=False),
        sa.Column("guardian", sa.Text, nullable=False),
        sa.Column("declared_by", sa.Text, nullable=False),
        sa.Column("declared_ts", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("minor", "guardian"),
    )
    op.create_index("safety_guardians_guardian", "safety_guardians", ["guardian"])


def _features() -> None:
    op.create_table(
        "safety_keys",
        sa.Column("user_id", sa.Text, primary_key=True),
        sa.Column("wrapped", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "safety_features",
        sa.Column("feature_id", sa.Text, primary_key=True),
        sa.Column("user_id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("file", sa.LargeBinary),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("created_ts", sa.BigInteger, nullable=False),
    )
    op.create_index("safety_features_user", "safety_features", ["user_id", "feature_id"])


def _positions() -> None:
    op.create_table(
        "safety_positions",
        sa.Column("user_id", sa.Text, primary_key=True),
        sa.Column("latitude", sa.Float(53), nullable=False),
        sa.Column("longitude", sa.Float(53), nullable=False),
        sa.Column("accuracy", sa.Float(53), nullable=False),
        sa.Column("cell", sa.BigInteger, nullable=False),
        sa.Column("ts", sa.BigInteger, nullable=False),
        sa.Column("expires_ts", sa.BigInteger, nullable=False),
        sa.Column("mode", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("is_approximate", sa.BigInteger, nullable=False),
    )
    op.create_index("safety_positions_cell", "safety_positions", ["cell"])
    op.create_index("safety_positions_expires", "safety_positions", ["expires_ts"])
    op.create_table(
        "safety_location_rooms",
        sa.Column("user_id", sa.Text, primary_key=True),
        sa.Column("room_id", sa.Text, nullable=False, unique=True),
    )
    op.create_table(
        "safety_beacons",
        sa.Column("event_id", sa.Text, primary_key=True),
        sa.Column("room_id", sa.Text, nullable=False),
        sa.Column("user_id", sa.Text, nullable=False),
        sa.Column("ts", sa.BigInteger, nullable=False),
    )
    op.create_index("safety_beacons_room", "safety_beacons", ["room_id", "user_id"])
    op.create_index("safety_beacons_user", "safety_beacons", ["user_id"])


def _events() -> None:
    op.create_table(
        "safety_organisations",
        sa.Column("user_id", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("area", sa.Text, nullable=False),
        sa.Column("kinds", sa.Text, nullable=False),
        sa.Column("changed_by", sa.Text, nullable=False),
        sa.Column("changed_ts", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "safety_events",
        sa.Column("event_id", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("source_key", sa.Text, unique=True),
        sa.Column("raised_by", sa.Text, nullable=False),
        sa.Column("room_id", sa.Text),
        sa.Column("due_ts", sa.BigInteger),
        sa.Column("created_ts", sa.BigInteger, nullable=False),
        sa.Column("updated_ts", sa.BigInteger, nullable=False),
        sa.Column("details", sa.Text, nullable=False),
    )
    op.create_index("safety_events_state", "safety_events", ["state", "due_ts"])
    op.create_index("safety_events_created", "safety_events", ["created_ts", "event_id"])
    op.create_index("safety_events_raiser", "safety_events", ["raised_by", "created_ts"])
    op.create_index("safety_events_room", "safety_events", ["room_id"])
    op.create_table(
        "safety_feeds",
        sa.Column("feed_id", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("feed", sa.Text, nullable=False),
    )
    op.create_table(
        "safety_asked",
        sa.Column("event_id", sa.Text, nullable=False),
        sa.Column("user_id", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("place", sa.BigInteger, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("room_id", sa.Text, unique=True),
        sa.Column("found_ts", sa.BigInteger, nullable=False),
        sa.Column("asked_ts", sa.BigInteger),
        sa.Column("answered_ts", sa.BigInteger),
        sa.PrimaryKeyConstraint("event_id", "user_id"),
    )
    op.create_index("safety_asked_user", "safety_asked", ["user_id", "event_id"])
    op.create_index("safety_asked_order", "safety_asked", ["event_id", "state", "place"])
    op.create_table(
        "safety_asked_for",
        sa.Column("followed", sa.Text, nullable=False),
        sa.Column("event_id", sa.Text, nullable=False),
        sa.Column("follower", sa.Text, nullable=False),
        sa.Column("ts", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("followed", "event_id", "follower"),
    )
    op.create_index("safety_asked_for_event", "safety_asked_for", ["event_id"])
    op.create_index("safety_asked_for_follower", "safety_asked_for", ["follower"])
    op.create_table(
        "safety_strikes",
        sa.Column("event_id", sa.Text, primary_key=True),
        sa.Column("user_id", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("given_by", sa.Text, nullable=False),
        sa.Column("ts", sa.BigInteger, nullable=False),
    )
    op.create_index("safety_strikes_user", "safety_strikes", ["user_id", "ts"])
