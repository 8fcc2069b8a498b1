"""Time: what changed inside a window, and what is different between two moments."""

from __future__ import annotations

from typing import Annotated

import typer

from idgraph.cli.app import (
    JsonOption,
    PassesOption,
    ProfileOption,
    StoreOption,
    app,
    open_store,
    print_json,
    split,
)
from idgraph.shipped import DEFAULT_STORE


@app.command()
def changes(
    window: Annotated[
        str,
        typer.Option(
            "--window",
            metavar="FROM..TO",
            help="Times or days, both included, e.g. 2026-11-19..2026-11-20T14:00Z; either end "
            "may be left out.",
        ),
    ],
    identity: Annotated[
        str | None,
        typer.Option(
            "--identity", metavar="IDENTITY", help="Only what is about it, or was done by it."
        ),
    ] = None,
    store: StoreOption = DEFAULT_STORE,
    json_: JsonOption = False,
) -> None:
    """Show what was granted or changed in a window, and who says so."""
    from idgraph.views.terminal.changes import changes as show

    answer = open_store(store).changes(window, identity=identity)
    if json_:
        print_json(answer.to_json())
    else:
        show(answer)


@app.command()
def diff(
    before: Annotated[
        str, typer.Argument(metavar="A", help="A time, a day (its end), or the number of a load.")
    ],
    after: Annotated[
        str | None, typer.Argument(metavar="B", help="The same; now, if it is left out.")
    ] = None,
    reach: Annotated[
        str | None,
        typer.Option(
            "--reach", metavar="IDENTITY", help="What it reaches at one moment and not the other."
        ),
    ] = None,
    reset: Annotated[
        str | None, typer.Option("--reset", metavar="METHOD", help="With --reach: how it is reset.")
    ] = None,
    passes: PassesOption = None,
    store: StoreOption = DEFAULT_STORE,
    profile: ProfileOption = "strict",
    json_: JsonOption = False,
) -> None:
    """Show what is different between two moments, and why."""
    from idgraph.errors import InputError
    from idgraph.views.terminal import changes as show

    explorer = open_store(store)
    if reach is None and (reset or passes):
        raise InputError(
            "--reset or --passes", "means nothing without --reach", hint="Add --reach IDENTITY."
        )
    if reach is not None:
        answer = explorer.diff_reach(
            reach, before, after, reset=reset, passes=split(passes), profile=profile
        )
        print_json(answer.to_json()) if json_ else show.diff_reach(answer)
        return
    difference = explorer.diff(before, after, profile=profile)
    print_json(difference.to_json()) if json_ else show.diff(difference)
