"""People by their e-mail address and name, without regard to case."""

import sqlalchemy as sa
from alembic import op

revision = "organisation_0002"
down_revision = "organisation_0001"
branch_labels = None
depends_on = None

PEOPLE = sa.table(
    "people",
    *(sa.column(name, sa.Text) for name in ("user_id", "email", "display_name", "email_key", "display_name_key")),
)
PAGE = 1000


def upgrade() -> None:
    for name in ("email_key", "display_name_key"):
        op.add_column("people", sa.Column(name, sa.Text, nullable=False, server_default=""))
    _fill()
    op.create_index("people_email", "people", ["email_key"])
    op.create_index("people_display_name", "people", ["display_name_key"])
    # Those whom another system provisions, in order; with all that their lists ask, so that no row is looked at.
    op.create_index(
        "people_provisioned",
        "people",
        ["user_id", "kind", "user_name_key"],
        sqlite_where=sa.text("user_name_key IS NOT NULL AND kind <> 'customer'"),
        postgresql_where=sa.text("user_name_key IS NOT NULL AND kind <> 'customer'"),
    )


def _fill() -> None:
    connection, after = op.get_bind(), ""
    while True:
        query = sa.select(PEOPLE.c.user_id, PEOPLE.c.email, PEOPLE.c.display_name)
        rows = connection.execute(query.where(PEOPLE.c.user_id > after).order_by(PEOPLE.c.user_id).limit(PAGE)).all()
        for user_id, email, display_name in rows:
            values = {"email_key": email.casefold(), "display_name_key": display_name.casefold()}
            connection.execute(sa.update(PEOPLE).where(PEOPLE.c.user_id == user_id).values(**values))
        if len(rows) < PAGE:
            return
        after = rows[-1][0]
