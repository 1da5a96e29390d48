"""`roomkeeper admin …`: departments, people, roles, contacts, imports, tokens for provisioning."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from roomkeeper.commands import jobs
from roomkeeper.commands.failures import Failure
from roomkeeper.commands.operator import Ask
from roomkeeper.commands.terminal import console, print_page, table

MOST_BYTES = 64 * 1024 * 1024


def path_of(*parts: str) -> str:
    """A path of these parts, each encoded."""
    return "/" + "/".join(quote(part, safe="") for part in parts)


def list_departments(ask: Ask, start: str, limit: int) -> None:
    """Print a page of departments."""
    page = ask("GET", f"/departments?{urlencode({'from': start, 'limit': limit})}")
    lines = table("Department", "Name", "Under", "External id")
    for each in page["departments"]:
        lines.add_row(each["department_id"], each["name"], each["parent_id"] or "", each["external_id"] or "")
    print_page(lines, page)


def create_department(ask: Ask, name: str, parent: str | None) -> None:
    """Make a department, and say its id."""
    made = ask("POST", "/departments", {"name": name, "parent_id": parent})
    console.print(f"Made the department {made['name']}: {made['department_id']}", markup=False)


def delete_department(ask: Ask, department: str) -> None:
    """Remove a department."""
    ask("DELETE", path_of("departments", department))
    console.print(f"The department {department} is removed; its people stay.", markup=False)


def list_people(ask: Ask, search: str, department: str | None, start: str, limit: int) -> None:
    """Print a page of people."""
    query = {"search": search, "from": start, "limit": limit} | ({"department": department} if department else {})
    page = ask("GET", f"/people?{urlencode(query)}")
    lines = table("Person", "Kind", "State", "Name", "User name", "E-mail", "Departments")
    for each in page["people"]:
        names = (each["display_name"], each["user_name"] or "", each["email"])
        lines.add_row(each["user_id"], each["kind"], each["state"], *names, " ".join(each["departments"]))
    print_page(lines, page)


def create_person(ask: Ask, name: str, password: str | None, what: Mapping[str, Any]) -> None:
    """Make somebody with an account."""
    made = ask("POST", "/people", {"localpart": name, "password": password, **what})
    console.print(f"Made {made['user_id']} ({made['kind']}).", markup=False)


def change_person(ask: Ask, user: str, what: Mapping[str, Any], reason: str) -> None:
    """Change somebody, and say what they are now."""
    if not what:
        raise Failure("Say what is to change: see --help.")
    changed = ask("PATCH", path_of("people", user), what, reason=reason)
    departments = f", in {' '.join(changed['departments'])}" if changed["departments"] else ""
    console.print(f"{changed['user_id']} is {changed['kind']}, {changed['state']}{departments}.", markup=False)


def list_roles(ask: Ask, user: str | None, start: str, limit: int) -> None:
    """Print the roles of somebody, or a page of all that were given."""
    path = f"/roles?{urlencode({'from': start, 'limit': limit})}" if user is None else path_of("people", user, "roles")
    page = ask("GET", path)
    lines = table("Person", "Role", "In", "Given by")
    for each in page["roles"]:
        lines.add_row(each["user_id"], each["role"], each["department_id"] or "everywhere", each["granted_by"])
    print_page(lines, page)


def give_role(ask: Ask, user: str, role: str, department: str, reason: str, *, take: bool) -> None:
    """Give a role, or take it."""
    path = f"{path_of('people', user, 'roles', role)}?{urlencode({'department': department})}"
    ask("DELETE" if take else "PUT", path, reason=reason)
    where = f" in {department}" if department else ""
    console.print(f"{user} {'is no longer' if take else 'is now'} {role}{where}.", markup=False)


def list_contacts(ask: Ask, user: str, *, past: bool) -> None:
    """Print somebody's contacts."""
    page = ask("GET", f"{path_of('people', user, 'contacts')}?{urlencode({'past': str(past).lower(), 'limit': 500})}")
    lines = table("Customer", "Staff", "Reason", "Ended")
    for each in page["contacts"]:
        lines.add_row(
            each["customer_id"], each["staff_id"], each.get("reason", ""), "yes" if "until_ts" in each else ""
        )
    print_page(lines, page)


def set_contact(ask: Ask, staff: str, customer: str, reason: str, *, end: bool) -> None:
    """Make two people contacts, or end that."""
    ask("DELETE" if end else "PUT", path_of("people", staff, "contacts", customer), {"reason": reason})
    console.print(f"{staff} and {customer} are {'no longer' if end else 'now'} contacts.", markup=False)


def import_people(ask: Ask, file: Path, options: Mapping[str, Any], *, preview: bool) -> None:
    """Upload a file, show what it would do, and import it with a bar that moves."""
    try:
        content = file.read_bytes()
    except OSError as error:
        raise Failure(f"{file} cannot be read: {error.strerror}.") from None
    if len(content) > MOST_BYTES:
        raise Failure(f"{file} has more than {MOST_BYTES} bytes: split it.")
    import_id = ask("POST", "/imports", content)["import_id"]
    if preview:
        _show_preview(ask("POST", path_of("imports", import_id, "preview"), options))
        ask("DELETE", path_of("imports", import_id))
        return
    job = ask("POST", path_of("imports", import_id, "run"), options)
    jobs.show(ask, job["job_id"], follow=True)
    failed = ask("GET", path_of("imports", import_id))["counts"]["failed"]
    if failed:
        raise Failure(f"{failed} rows were not taken: `--preview` shows why.")


def _show_preview(found: Mapping[str, Any]) -> None:
    counts = ", ".join(f"{count} {what}" for what, count in found["counts"].items())
    console.print(f"{found['encoding']}, columns divided by {found['delimiter']!r}; {counts}", markup=False)
    lines = table("Column", "is")
    for column, field in found["mapping"].items():
        lines.add_row(column, field or "not taken")
    console.print(lines, markup=False)
    if found["new_departments"]:
        console.print(f"New departments: {', '.join(found['new_departments'])}", markup=False)
    for error in found["errors"]:
        console.print(f"Line {error['line']}: {error['name']}: {error['error']}", markup=False)


def list_tokens(ask: Ask) -> None:
    """Print the tokens for provisioning."""
    page = ask("GET", "/provisioning_tokens?limit=500")
    lines = table("Name", "Made by", "Last used (ms)", "From")
    for each in page["provisioning_tokens"]:
        lines.add_row(each["name"], each["created_by"], str(each["last_used_ts"] or ""), each["last_used_ip"] or "")
    print_page(lines, page)


def create_token(ask: Ask, name: str, valid_days: int | None) -> None:
    """Make a token for provisioning, and print it this once."""
    made = ask("POST", "/provisioning_tokens", {"name": name, "valid_days": valid_days})
    console.print(f"{made['token']}\nIt is shown this once. SCIM is served at /scim/v2.", markup=False)


def revoke_token(ask: Ask, name: str) -> None:
    """Revoke a token."""
    ask("DELETE", path_of("provisioning_tokens", name))
    console.print(f"Nobody gets in with the token {name} any more.", markup=False)
