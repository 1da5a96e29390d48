"""Records, their entries and what belongs to them; what the recorder must not miss; policies; the index."""

import sqlalchemy as sa
from alembic import op

revision = "records_0001"
down_revision = None
branch_labels = ("records",)
depends_on = None

Number = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    _records()
    _entries()
    _unrecorded()
    _index()
    _shares()
    _checkpoints()
    _keeping()
    op.create_table(
        "record_policies",
        sa.Column("department_id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("policy", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("department_id", "kind"),
    )


def _records() -> None:
    op.create_table(
        "records",
        sa.Column("record_id", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("program", sa.Text, nullable=False),
        sa.Column("source_key", sa.Text, nullable=False, unique=True),
        sa.Column("room_id", sa.Text),
        sa.Column("owner", sa.Text),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("consent", sa.Text, nullable=False),
        sa.Column("recording", sa.BigInteger, nullable=False),
        sa.Column("entries", sa.BigInteger, nullable=False),
        sa.Column("withheld", sa.BigInteger, nullable=False),
        sa.Column("erased", sa.BigInteger, nullable=False),
        sa.Column("head", sa.LargeBinary, nullable=False),
        sa.Column("created_ts", sa.BigInteger, nullable=False),
        sa.Column("first_ts", sa.BigInteger),
        sa.Column("last_ts", sa.BigInteger),
        sa.Column("last_no", sa.BigInteger, nullable=False),
    )
    op.create_index("records_last", "records", ["last_no"])
    op.create_table(
        "record_departments",
        sa.Column("department_id", sa.Text, nullable=False),
        sa.Column("record_id", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("department_id", "record_id"),
    )
    op.create_index("record_departments_record", "record_departments", ["record_id"])
    op.create_table(
        "record_people",
        sa.Column("person", sa.Text, nullable=False),
        sa.Column("record_id", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("person", "record_id"),
    )
    op.create_index("record_people_record", "record_people", ["record_id"])


def _entries() -> None:
    op.create_table(
        "record_entries",
        sa.Column("number", Number, primary_key=True, autoincrement=False),
        sa.Column("record_id", sa.Text, nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("ts", sa.BigInteger, nullable=False),
        sa.Column("sender", sa.Text),
        sa.Column("source", sa.Text),
        sa.Column("content", sa.LargeBinary),
        sa.Column("salt", sa.LargeBinary),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        sa.Column("state", sa.BigInteger, nullable=False),
    )
    op.create_index("record_entries_seq", "record_entries", ["record_id", "seq"], unique=True)
    # By its id an entry is found that a redaction or an edit is about; reads have none.
    given = sa.text("source IS NOT NULL")
    op.create_index(
        "record_entries_source",
        "record_entries",
        ["record_id", "source"],
        unique=True,
        sqlite_where=given,
        postgresql_where=given,
    )
    op.create_table(
        "record_media",
        sa.Column("media_id", sa.Text, nullable=False),
        sa.Column("record_id", sa.Text, nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("media_id", "record_id", "seq"),
    )
    op.create_index("record_media_entry", "record_media", ["record_id", "seq"])


def _unrecorded() -> None:
    op.create_table(
        "record_kept",
        sa.Column("position", Number, primary_key=True, autoincrement=False),
        sa.Column("pdu", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "record_reads",
        sa.Column("position", Number, primary_key=True, autoincrement=False),
        sa.Column("room_id", sa.Text, nullable=False),
        sa.Column("user_id", sa.Text, nullable=False),
        sa.Column("event_id", sa.Text, nullable=False),
        sa.Column("ts", sa.BigInteger, nullable=False),
    )
    progress = op.create_table(
        "record_progress",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("reached", sa.BigInteger, nullable=False),
        sa.Column("indexed", sa.BigInteger, nullable=False),
        sa.Column("segmentation", sa.Integer, nullable=False),
        sa.Column("removals", sa.BigInteger, nullable=False),
    )
    op.bulk_insert(progress, [{"id": 1, "reached": -1, "indexed": 0, "segmentation": 0, "removals": 0}])
    op.create_table(
        "record_told",
        sa.Column("room_id", sa.Text, nullable=False),
        sa.Column("what", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("room_id", "what"),
    )


def _shares() -> None:
    op.create_table(
        "record_shares",
        sa.Column("share_id", sa.Text, primary_key=True),
        sa.Column("record_id", sa.Text, nullable=False),
        sa.Column("first_seq", sa.BigInteger, nullable=False),
        sa.Column("last_seq", sa.BigInteger),
        sa.Column("whom", sa.Text, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("department_id", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("created_ts", sa.BigInteger, nullable=False),
        sa.Column("expires_ts", sa.BigInteger),
        sa.Column("revoked_ts", sa.BigInteger),
        sa.Column("views", sa.BigInteger, nullable=False),
    )
    op.create_index("record_shares_record", "record_shares", ["record_id", "share_id"])
    op.create_index("record_shares_who", "record_shares", ["whom", "who", "share_id"])


def _checkpoints() -> None:
    op.create_table(
        "record_checkpoints",
        sa.Column("number", Number, primary_key=True, autoincrement=False),
        sa.Column("checkpoint", sa.LargeBinary, nullable=False),
        sa.Column("signature", sa.Text, nullable=False),
        sa.Column("key_id", sa.Text, nullable=False),
        sa.Column("upto_no", sa.BigInteger, nullable=False),
        sa.Column("token", sa.LargeBinary),
    )
    op.create_table(
        "record_checkpoint_heads",
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("record_id", sa.Text, nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("head", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("number", "record_id"),
    )
    op.create_index("record_checkpoint_heads_record", "record_checkpoint_heads", ["record_id", "number"])
    op.create_table(
        "record_targets",
        sa.Column("target", sa.Text, primary_key=True),
        sa.Column("delivered", sa.BigInteger, nullable=False),
        sa.Column("error", sa.Text, nullable=False),
        sa.Column("failing_ts", sa.BigInteger),
    )


def _keeping() -> None:
    op.create_table(
        "record_uploads",
        sa.Column("user_id", sa.Text, nullable=False),
        sa.Column("upload_id", sa.Text, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("received", sa.BigInteger, nullable=False),
        sa.Column("created_ts", sa.BigInteger, nullable=False),
        sa.Column("updated_ts", sa.BigInteger, nullable=False),
        sa.Column("record_id", sa.Text),
        sa.Column("entries", sa.BigInteger, nullable=False),
        sa.Column("repeated", sa.BigInteger, nullable=False),
        sa.Column("done", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("user_id", "upload_id"),
    )
    op.create_index("record_uploads_updated", "record_uploads", ["done", "updated_ts"])
    op.create_table(
        "record_holds",
        sa.Column("hold_id", sa.Text, primary_key=True),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("created_ts", sa.BigInteger, nullable=False),
        sa.Column("released_by", sa.Text),
        sa.Column("released_ts", sa.BigInteger),
    )
    op.create_table(
        "record_erasures",
        sa.Column("erasure_id", sa.Text, primary_key=True),
        sa.Column("person", sa.Text),
        sa.Column("record_id", sa.Text),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("requested_by", sa.Text, nullable=False),
        sa.Column("requested_ts", sa.BigInteger, nullable=False),
        sa.Column("erased", sa.BigInteger, nullable=False),
        sa.Column("held", sa.BigInteger, nullable=False),
        sa.Column("finished_ts", sa.BigInteger),
    )
    op.create_table(
        "record_exports",
        sa.Column("export_id", sa.Text, primary_key=True),
        sa.Column("request", sa.Text, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("created_ts", sa.BigInteger, nullable=False),
        sa.Column("job_id", sa.Text, nullable=False),
        sa.Column("size", sa.BigInteger),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("counts", sa.Text, nullable=False),
        sa.Column("expires_ts", sa.BigInteger),
    )


def _index() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE TABLE record_words"
            ' (number BIGINT PRIMARY KEY, record_id TEXT COLLATE "C" NOT NULL, vector tsvector NOT NULL)'
        )
        op.execute(
            "CREATE INDEX record_words_vector ON record_words USING gin (vector) WITH (gin_pending_list_limit = 512)"
        )
        return
    # As in core/search: the tokens are ours, and what leaves the table leaves the index.
    op.create_table(
        "record_words",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("record_id", sa.Text, nullable=False),
        sa.Column("words", sa.Text, nullable=False),
    )
    op.execute(
        "CREATE VIRTUAL TABLE record_index USING fts5 (words, scope, content='', tokenize='ascii', prefix='2 3')"
    )
    op.execute(
        "CREATE TRIGGER record_words_added AFTER INSERT ON record_words BEGIN"
        " INSERT INTO record_index (rowid, words, scope) VALUES (new.number, new.words, 'r' || hex(new.record_id)); END"
    )
    op.execute(
        "CREATE TRIGGER record_words_removed AFTER DELETE ON record_words BEGIN"
        " INSERT INTO record_index (record_index, rowid, words, scope)"
        " VALUES ('delete', old.number, old.words, 'r' || hex(old.record_id)); END"
    )
