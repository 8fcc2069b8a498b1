"""What survives a reset, and until when: the command `survivors`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from idgraph.cli.app import AsOfOption, JsonOption, StoreOption, app, open_store, print_json, split
from idgraph.shipped import DEFAULT_STORE


@app.command()
def survivors(  # noqa: PLR0913, PLR0917  one parameter an option
    identity: Annotated[
        str | None,
        typer.Argument(
            metavar="IDENTITY", help="An id, UPN, app id or name; not needed with --reset-event."
        ),
    ] = None,
    reset: Annotated[
        str | None,
        typer.Option(
            "--reset",
            metavar="METHOD",
            help="How it was reset: password_admin, password_sspr, password_user, tap, mfa_reset, "
            "mfa_register, recovery_contact_change, secret_rotate, key_create, login_profile or "
            "federation_reset.",
        ),
    ] = None,
    reset_event: Annotated[
        str | None,
        typer.Option(
            "--reset-event",
            metavar="ID",
            help="A reset that `idgraph resets` lists, or its ticket.",
        ),
    ] = None,
    variant: Annotated[
        str | None,
        typer.Option(
            "--variant",
            help="Of a method that can be done in several ways, e.g. azure_portal or admin_center "
            "of password_admin; by default the one that leaves most alive.",
        ),
    ] = None,
    at: Annotated[
        str | None,
        typer.Option("--at", metavar="TIME", help="When it was reset; by default now."),
    ] = None,
    killed: Annotated[
        list[str] | None,
        typer.Option(
            "--killed",
            metavar="ACTION[=TIME]",
            help="An action already taken, with its moment or as of --now. May be given several "
            "times or with commas. On Entra: disable_account, revoke_sessions, "
            "revoke_sessions_at_home, recover_at_home, reset_password, reset_ad_password_twice, "
            "remove_methods, delete_tap, restore_contacts, restore_federation, disable_devices, "
            "delete_app_passwords, remove_grants, end_app_sessions, remove_credentials, "
            "remove_federated_credentials, disable_service_principals, rotate_secrets. "
            "--actions explains these and those of other platforms.",
        ),
    ] = None,
    now: Annotated[
        str | None,
        typer.Option(
            "--now", metavar="TIME", help="From when further actions are counted; by default now."
        ),
    ] = None,
    chart: Annotated[
        Path | None,
        typer.Option("--chart", metavar="FILE.svg", help="Write the timeline to a file, too."),
    ] = None,
    actions: Annotated[
        bool, typer.Option("--actions", help="List the actions there are, and ask nothing.")
    ] = False,
    store: StoreOption = DEFAULT_STORE,
    as_of: AsOfOption = None,
    json_: JsonOption = False,
) -> None:
    """Show what outlives a reset, until when, and what ends it."""
    from idgraph.views.terminal import survivors as terminal

    if actions:
        _list_actions(json_=json_)
        return
    answer = open_store(store).survivors(
        identity,
        reset,
        reset_event=reset_event,
        at=at,
        killed=split(killed),
        variant=variant,
        now=now,
        as_of=as_of,
    )
    written = answer.timeline().write(chart) if chart else None
    if json_:
        print_json(answer.to_json())
    else:
        terminal.survivors(answer, written)


def _list_actions(*, json_: bool) -> None:
    from idgraph.analysis.survivors import actions
    from idgraph.views.terminal import survivors as terminal

    if json_:
        known = ("id", "platform", "do", "operation")
        rows = [{name: getattr(each, name) for name in known} for each in actions().values()]
        print_json({"actions": rows})
    else:
        terminal.actions()
