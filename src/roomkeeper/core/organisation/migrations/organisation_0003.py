"""People sorted by name and by their last change; who has a role."""

from alembic import op

revision = "organisation_0003"
down_revision = "organisation_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("people_by_name", "people", ["display_name_key", "user_id"])
    op.create_index("people_by_change", "people", ["updated_ts", "user_id"])
    op.create_index("role_grants_role", "role_grants", ["role", "user_id", "department_id"])
    # The first of these has what this one had.
    op.drop_index("people_display_name", "people")
