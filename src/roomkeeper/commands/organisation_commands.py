"""The commands of `roomkeeper admin` about the organisation; what they do is in `organisation.py`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

Config = Annotated[
    Path | None, typer.Option("--config", "-c", help="The settings file (TOML).", envvar="ROOMKEEPER_CONFIG")
]
User = Annotated[str, typer.Argument(help="A user id.")]
Role = Annotated[str, typer.Argument(help="owner, supervisor, moderator, records_officer, …")]
In = Annotated[str, typer.Option("--in", help="The id of a department; without it: the whole organisation.")]
Reason = Annotated[str, typer.Option(help="Why, for the audit log.")]
Start = Annotated[str, typer.Option("--from", help="Where the last page ended.")]
Limit = Annotated[int, typer.Option(min=1, max=500, help="The most lines to print.")]
Departments = Annotated[list[str] | None, typer.Option("--department", help="The id of a department; can be repeated.")]
Text = str | None

departments = typer.Typer(help="Departments.", no_args_is_help=True)
people = typer.Typer(help="People of the organisation.", no_args_is_help=True)
roles = typer.Typer(help="Roles: who may do what.", no_args_is_help=True)
contacts = typer.Typer(help="Which customer is whose contact.", no_args_is_help=True)
provisioning = typer.Typer(help="Tokens with which other systems provision people (SCIM).", no_args_is_help=True)


def add_to(admin: typer.Typer) -> None:
    """Add them all."""
    admin.add_typer(departments, name="departments")
    admin.add_typer(people, name="people")
    admin.add_typer(roles, name="roles")
    admin.add_typer(contacts, name="contacts")
    admin.add_typer(provisioning, name="provisioning-token")
    admin.command("import")(import_people)


def _do(config: Path | None, name: str, *arguments: Any, **options: Any) -> None:
    from roomkeeper.commands import organisation
    from roomkeeper.commands.operator import operator_api

    with operator_api(config) as ask:
        getattr(organisation, name)(ask, *arguments, **options)


@departments.command("list")
def departments_list(config: Config = None, start: Start = "", limit: Limit = 100) -> None:
    """List departments."""
    _do(config, "list_departments", start, limit)


@departments.command("create")
def departments_create(
    name: str, config: Config = None, under: Annotated[Text, typer.Option(help="The id of the one above it.")] = None
) -> None:
    """Make a department."""
    _do(config, "create_department", name, under)


@departments.command("delete")
def departments_delete(department: str, config: Config = None) -> None:
    """Remove a department; its people stay."""
    _do(config, "delete_department", department)


@people.command("list")
def people_list(
    config: Config = None,
    search: Annotated[str, typer.Option(help="Words in name, id, user name, e-mail address or title.")] = "",
    department: Annotated[Text, typer.Option(help="Those in it and in those under it.")] = None,
    start: Start = "",
    limit: Limit = 100,
) -> None:
    """List people."""
    _do(config, "list_people", search, department, start, limit)


@people.command("create")
def people_create(
    name: Annotated[str, typer.Argument(help="The part of the user id before the colon.")],
    config: Config = None,
    display_name: Text = None,
    user_name: Text = None,
    email: Text = None,
    title: Text = None,
    kind: Annotated[str, typer.Option(help="staff, organisation or bot.")] = "staff",
    department: Departments = None,
    password_stdin: Annotated[bool, typer.Option("--password-stdin", help="Read a password from there.")] = False,
) -> None:
    """Make somebody with an account; without a password nobody can sign in until one is set."""
    from roomkeeper.commands.administration import choose_password

    password = choose_password(from_stdin=True, generate=False) if password_stdin else None
    _do(config, "create_person", name, password, _named(display_name, user_name, email, title, kind, department))


@people.command("change")
def people_change(
    user: User,
    config: Config = None,
    display_name: Text = None,
    user_name: Text = None,
    email: Text = None,
    title: Text = None,
    kind: Annotated[Text, typer.Option(help="staff, customer, organisation or bot.")] = None,
    department: Departments = None,
    reason: Reason = "",
) -> None:
    """Change somebody; departments that are named replace those that they have."""
    _do(config, "change_person", user, _named(display_name, user_name, email, title, kind, department), reason)


@people.command("depart")
def people_depart(user: User, config: Config = None, reason: Reason = "") -> None:
    """Somebody has left: their account is locked at once, and keeps what it has."""
    _do(config, "change_person", user, {"state": "departed"}, reason)


@people.command("return")
def people_return(user: User, config: Config = None, reason: Reason = "") -> None:
    """Somebody is back: they are let in again."""
    _do(config, "change_person", user, {"state": "active"}, reason)


@roles.command("list")
def roles_list(
    config: Config = None,
    user: Annotated[Text, typer.Option(help="Those of one person.")] = None,
    start: Start = "",
    limit: Limit = 100,
) -> None:
    """List the roles that were given."""
    _do(config, "list_roles", user, start, limit)


@roles.command("give")
def roles_give(user: User, role: Role, config: Config = None, department: In = "", reason: Reason = "") -> None:
    """Give somebody a role."""
    _do(config, "give_role", user, role, department, reason, take=False)


@roles.command("take")
def roles_take(user: User, role: Role, config: Config = None, department: In = "", reason: Reason = "") -> None:
    """Take a role from somebody."""
    _do(config, "give_role", user, role, department, reason, take=True)


@contacts.command("list")
def contacts_list(
    user: User, config: Config = None, past: Annotated[bool, typer.Option(help="Also those that have ended.")] = False
) -> None:
    """List somebody's contacts."""
    _do(config, "list_contacts", user, past=past)


@contacts.command("make")
def contacts_make(staff: User, customer: User, config: Config = None, reason: Reason = "") -> None:
    """Make somebody of the staff and a customer contacts."""
    _do(config, "set_contact", staff, customer, reason, end=False)


@contacts.command("end")
def contacts_end(staff: User, customer: User, config: Config = None, reason: Reason = "") -> None:
    """End that two people are contacts."""
    _do(config, "set_contact", staff, customer, reason, end=True)


@provisioning.command("list")
def provisioning_list(config: Config = None) -> None:
    """List the tokens, with their last use."""
    _do(config, "list_tokens")


@provisioning.command("create")
def provisioning_create(
    name: str, config: Config = None, valid_days: Annotated[int | None, typer.Option(min=1, max=36500)] = None
) -> None:
    """Make a token, and print it this once."""
    _do(config, "create_token", name, valid_days)


@provisioning.command("revoke")
def provisioning_revoke(name: str, config: Config = None) -> None:
    """Revoke a token."""
    _do(config, "revoke_token", name)


def import_people(
    file: Annotated[Path, typer.Argument(help="A CSV file whose first line names the columns.")],
    config: Config = None,
    preview: Annotated[bool, typer.Option("--preview", help="Show what it would do, and change nothing.")] = False,
    column: Annotated[list[str] | None, typer.Option(help="What a column is: 'E-Mail=email'; can be repeated.")] = None,
    create_departments: Annotated[bool, typer.Option(help="Make departments that are not there.")] = False,
) -> None:
    """Make and change people with a CSV file."""
    mapping = dict(each.rpartition("=")[::2] for each in column or ())
    _do(config, "import_people", file, {"mapping": mapping, "create_departments": create_departments}, preview=preview)


def _named(
    display_name: Text, user_name: Text, email: Text, title: Text, kind: Text, departments: list[str] | None
) -> dict[str, Any]:
    """What is said of a person."""
    said = {
        "display_name": display_name,
        "user_name": user_name,
        "email": email,
        "title": title,
        "kind": kind,
        "departments": departments or None,
    }
    return {name: value for name, value in said.items() if value is not None}
