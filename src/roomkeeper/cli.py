"""The command line: `roomkeeper serve`, `demo`, `admin`, `jobs`, `records`, `backup`, `doctor`, `config`, `db`, …"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from roomkeeper.commands import departures_commands, organisation_commands, records_commands
from roomkeeper.commands.failures import told_plainly

app = typer.Typer(
    help="Roomkeeper, a chat server for organisations that talk with customers.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
admin = typer.Typer(help="Accounts, the organisation, registration tokens, the audit log.", no_args_is_help=True)
config_commands = typer.Typer(help="Settings: show, check, example file, reference page.", no_args_is_help=True)
database = typer.Typer(help="The database.", no_args_is_help=True)
jobs_commands = typer.Typer(help="Jobs that take long: list, follow, stop.", no_args_is_help=True)
organisation_commands.add_to(admin)
app.add_typer(admin, name="admin")
app.add_typer(jobs_commands, name="jobs")
app.add_typer(departures_commands.departures, name="departures")
app.add_typer(records_commands.records, name="records")
app.add_typer(config_commands, name="config")
app.add_typer(database, name="db")

Config = Annotated[
    Path | None, typer.Option("--config", "-c", help="The settings file (TOML).", envvar="ROOMKEEPER_CONFIG")
]
User = Annotated[str, typer.Argument(help="A user id, or the name before its colon.")]
Reason = Annotated[str, typer.Option(help="Why, for the audit log.")]
Job = Annotated[str, typer.Argument(help="The id of a job.")]
FromStdin = Annotated[bool, typer.Option("--password-stdin", help="Read the password from standard input.")]
Generate = Annotated[bool, typer.Option("--generate-password", help="Make a random password and print it.")]
Start = Annotated[str, typer.Option("--from", help="Where the last page ended.")]
Limit = Annotated[int, typer.Option(min=1, max=500, help="The most lines to print.")]


def main() -> None:
    """The entry point of the command `roomkeeper`."""
    with told_plainly():
        app()


@app.command()
def serve(config: Config = None) -> None:
    """Run the server until it is stopped (Ctrl+C, SIGTERM)."""
    from roomkeeper.commands.serving import serve

    serve(config)


@app.command()
def demo(
    data_dir: Annotated[
        Path | None, typer.Option(help="Where it is kept for the next start; else nothing of it remains.")
    ] = None,
    listen: Annotated[str, typer.Option(help="host:port; else 127.0.0.1 and the first free port from 8008 on.")] = "",
    url: Annotated[str, typer.Option(help="Where browsers reach it, behind a proxy or on another machine.")] = "",
    quiet: Annotated[bool, typer.Option("--quiet", help="Nobody says anything by themselves.")] = False,
    random_password: Annotated[
        bool, typer.Option("--random-password", help="Make a password for this demo, instead of the known one.")
    ] = False,
    allow_known_password: Annotated[
        bool, typer.Option("--allow-known-password", help="Use the known one where other machines reach it.")
    ] = False,
) -> None:
    """Start an organisation in the middle of its day, to look at and to take part in; it needs no settings."""
    from roomkeeper.demo import Wish, run

    run(
        Wish(
            data_dir=data_dir,
            listen=listen,
            url=url,
            is_quiet=quiet,
            random_password=random_password,
            allow_known_password=allow_known_password,
        )
    )


@app.command()
def doctor(config: Config = None) -> None:
    """Check that everything is there which the server needs."""
    from roomkeeper.app import settings_classes
    from roomkeeper.commands.doctor import examine

    if not examine(config, settings_classes()):
        sys.exit(1)


@app.command()
def evaluate(
    folder: Annotated[Path, typer.Argument(help="A folder with enrolled/PERSON/ and submitted/PERSON/.")],
    config: Config = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """How well people are recognised in labelled files: recall and false matches by threshold."""
    from roomkeeper.commands.evaluation import evaluate

    evaluate(folder, config, as_json=as_json)


@admin.command("create-user")
def create_user(
    user: User,
    config: Config = None,
    is_admin: Annotated[bool, typer.Option("--admin", help="Make it an administrator.")] = False,
    password_stdin: FromStdin = False,
    generate_password: Generate = False,
) -> None:
    """Make an account."""
    from roomkeeper.commands import administration
    from roomkeeper.commands.operator import operator_api

    password = administration.choose_password(from_stdin=password_stdin, generate=generate_password)
    with operator_api(config) as ask:
        administration.create_user(ask, user, password, admin=is_admin)
    if generate_password:
        administration.show_password(password)


@admin.command("reset-password")
def reset_password(
    user: User,
    config: Config = None,
    keep_devices: Annotated[bool, typer.Option("--keep-devices", help="Leave the user's devices signed in.")] = False,
    password_stdin: FromStdin = False,
    generate_password: Generate = False,
) -> None:
    """Set a user's password, and sign out their devices."""
    from roomkeeper.commands import administration
    from roomkeeper.commands.operator import operator_api

    password = administration.choose_password(from_stdin=password_stdin, generate=generate_password)
    with operator_api(config) as ask:
        administration.reset_password(ask, user, password, keep_devices=keep_devices)
    if generate_password:
        administration.show_password(password)


@admin.command("list-users")
def list_users(
    config: Config = None,
    search: Annotated[str, typer.Option(help="A part of the user id.")] = "",
    start: Start = "",
    limit: Limit = 100,
) -> None:
    """List accounts."""
    from roomkeeper.commands import administration
    from roomkeeper.commands.operator import operator_api

    with operator_api(config) as ask:
        administration.list_users(ask, search, start, limit)


@admin.command("lock-user")
def lock_user(user: User, config: Config = None, reason: Reason = "") -> None:
    """Refuse everything that a user asks, until they are unlocked; their devices are kept."""
    _change_account(config, "lock", user, {"locked": True, "reason": reason})


@admin.command("unlock-user")
def unlock_user(user: User, config: Config = None, reason: Reason = "") -> None:
    """Let a locked user in again."""
    _change_account(config, "lock", user, {"locked": False, "reason": reason})


@admin.command("suspend-user")
def suspend_user(user: User, config: Config = None, reason: Reason = "") -> None:
    """Let a user read, leave rooms and redact their own messages, and nothing else."""
    _change_account(config, "suspend", user, {"suspended": True, "reason": reason})


@admin.command("unsuspend-user")
def unsuspend_user(user: User, config: Config = None, reason: Reason = "") -> None:
    """Let a suspended user do everything again."""
    _change_account(config, "suspend", user, {"suspended": False, "reason": reason})


@admin.command("deactivate-user")
def deactivate_user(
    user: User,
    config: Config = None,
    erase: Annotated[
        bool, typer.Option("--erase", help="Remove all that is kept of them, and hide what they wrote from newcomers.")
    ] = False,
    reason: Reason = "",
) -> None:
    """Close an account: the user is signed out everywhere and leaves all rooms."""
    _change_account(config, "deactivate", user, {"erase": erase, "reason": reason})


@admin.command("reactivate-user")
def reactivate_user(
    user: User, config: Config = None, password_stdin: FromStdin = False, generate_password: Generate = False
) -> None:
    """Open a closed account again, with a new password. The rooms that it was in must be entered anew."""
    from roomkeeper.commands import administration

    password = administration.choose_password(from_stdin=password_stdin, generate=generate_password)
    _change_account(config, "reactivate", user, {"password": password})
    if generate_password:
        administration.show_password(password)


def _change_account(config: Path | None, change: str, user: str, body: dict[str, Any]) -> None:
    from roomkeeper.commands import administration
    from roomkeeper.commands.operator import operator_api

    with operator_api(config) as ask:
        administration.change_account(ask, change, user, body)


@admin.command("list-registration-tokens")
def list_registration_tokens(config: Config = None, start: Start = "", limit: Limit = 100) -> None:
    """List registration tokens, with how often each was used."""
    from roomkeeper.commands import administration
    from roomkeeper.commands.operator import operator_api

    with operator_api(config) as ask:
        administration.list_registration_tokens(ask, start, limit)


@admin.command("delete-registration-token")
def delete_registration_token(token: Annotated[str, typer.Argument(help="The token.")], config: Config = None) -> None:
    """Revoke a registration token."""
    from roomkeeper.commands import administration
    from roomkeeper.commands.operator import operator_api

    with operator_api(config) as ask:
        administration.delete_registration_token(ask, token)


@admin.command("create-registration-token")
def create_registration_token(
    config: Config = None,
    token: Annotated[str | None, typer.Option(help="The token; a random one where this is absent.")] = None,
    uses: Annotated[int | None, typer.Option(min=1, help="How many may register with it.")] = None,
    valid_hours: Annotated[float | None, typer.Option(min=0.01, max=87600, help="Hours that it is valid.")] = None,
) -> None:
    """Make a token with which people can register."""
    from roomkeeper.commands import administration
    from roomkeeper.commands.operator import operator_api

    with operator_api(config) as ask:
        administration.create_registration_token(ask, token, uses, valid_hours)


@admin.command("audit")
def audit(config: Config = None, start: Start = "", limit: Limit = 100) -> None:
    """Show the audit log, newest first."""
    from roomkeeper.commands import administration
    from roomkeeper.commands.operator import operator_api

    with operator_api(config) as ask:
        administration.show_audit_log(ask, start, limit)


@admin.command("appservices")
def appservices_list(config: Config = None) -> None:
    """Show the application services (bridges), and whether they take what they are sent."""
    from roomkeeper.commands import appservices
    from roomkeeper.commands.operator import operator_api

    with operator_api(config) as ask:
        appservices.show(ask)


@admin.command("retry-appservice")
def appservices_retry(
    service: Annotated[str, typer.Argument(help="The id of an application service.")], config: Config = None
) -> None:
    """Send now what waits for an application service, instead of at its next turn."""
    from roomkeeper.commands import appservices
    from roomkeeper.commands.operator import operator_api

    with operator_api(config) as ask:
        appservices.retry(ask, service)


@admin.command("check-appservice")
def appservices_check(
    file: Annotated[Path, typer.Argument(help="A registration file (YAML).")], config: Config = None
) -> None:
    """Check the registration file of an application service before it is put into the settings."""
    from roomkeeper.commands import appservices

    appservices.check(config, file)


@jobs_commands.command("list")
def jobs_list(
    config: Config = None,
    state: Annotated[str, typer.Option(help="Only jobs in that state: running, failed, …")] = "",
    start: Start = "",
    limit: Limit = 100,
) -> None:
    """List jobs, the newest first."""
    from roomkeeper.commands import jobs
    from roomkeeper.commands.operator import operator_api

    with operator_api(config) as ask:
        jobs.list_jobs(ask, state, start, limit)


@jobs_commands.command("show")
def jobs_show(
    job: Job,
    config: Config = None,
    follow: Annotated[bool, typer.Option(help="Wait until it has ended, and show how far it is.")] = True,
) -> None:
    """Show a job, and follow it to its end."""
    from roomkeeper.commands import jobs
    from roomkeeper.commands.operator import operator_api

    with operator_api(config) as ask:
        jobs.show(ask, job, follow=follow)


@jobs_commands.command("cancel")
def jobs_cancel(job: Job, config: Config = None) -> None:
    """Stop a job for good. What it has done stays done."""
    from roomkeeper.commands import jobs
    from roomkeeper.commands.operator import operator_api

    with operator_api(config) as ask:
        jobs.change(ask, job, "cancel")


@jobs_commands.command("pause")
def jobs_pause(job: Job, config: Config = None) -> None:
    """Stop a job until it is resumed."""
    from roomkeeper.commands import jobs
    from roomkeeper.commands.operator import operator_api

    with operator_api(config) as ask:
        jobs.change(ask, job, "pause")


@jobs_commands.command("resume")
def jobs_resume(job: Job, config: Config = None) -> None:
    """Let a job that was paused, or has failed, go on where it stopped."""
    from roomkeeper.commands import jobs
    from roomkeeper.commands.operator import operator_api

    with operator_api(config) as ask:
        jobs.change(ask, job, "resume")


@app.command()
def backup(
    target: Annotated[Path, typer.Argument(help="The folder to make; it must not exist.")], config: Config = None
) -> None:
    """Back up everything, while the server runs or not."""
    from roomkeeper.commands.backup import backup

    backup(config, target)


@app.command()
def restore(
    source: Annotated[Path, typer.Argument(help="The folder that `roomkeeper backup` has made.")],
    config: Config = None,
    force_empty: Annotated[
        bool, typer.Option("--force-empty", help="Put aside what is in the data directory, if there is anything.")
    ] = False,
) -> None:
    """Make the data directory anew from a backup. The server must not run."""
    from roomkeeper.commands.backup import restore

    restore(config, source, force_empty=force_empty)


@config_commands.command("show")
def config_show(config: Config = None) -> None:
    """Show every setting, its value, and where that comes from. Secrets are hidden."""
    from roomkeeper.app import settings_classes
    from roomkeeper.commands import configuration

    configuration.show(config, settings_classes())


@config_commands.command("check")
def config_check(config: Config = None) -> None:
    """Check the settings."""
    from roomkeeper.app import settings_classes
    from roomkeeper.commands import configuration

    configuration.check(config, settings_classes())
    typer.echo("All settings can be used.")


@config_commands.command("example")
def config_example() -> None:
    """Print an example settings file."""
    from roomkeeper.app import settings_classes
    from roomkeeper.commands import configuration

    typer.echo(configuration.example(settings_classes()), nl=False)


@config_commands.command("reference")
def config_reference() -> None:
    """Print the reference page of all settings (Markdown)."""
    from roomkeeper.app import settings_classes
    from roomkeeper.commands import configuration

    typer.echo(configuration.reference(settings_classes()), nl=False)


@config_commands.command("api")
def config_api() -> None:
    """Print the reference page of the administration's endpoints (Markdown)."""
    from roomkeeper.commands.api_reference import described, page

    typer.echo(page(described()), nl=False)


@database.command("upgrade")
def db_upgrade(config: Config = None) -> None:
    """Bring the schema of the database up to date. The server must not run."""
    from roomkeeper.commands.databases import upgrade

    typer.echo(upgrade(config))
