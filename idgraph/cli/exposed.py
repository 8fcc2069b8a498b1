"""Before any incident: whose reset reaches a target, and whose reset would hurt most."""

from __future__ import annotations

from typing import Annotated

import typer

from idgraph.cli.app import (
    AsOfOption,
    JsonOption,
    PassesOption,
    ProfileOption,
    ResetOption,
    StoreOption,
    app,
    open_store,
    print_json,
    split,
)
from idgraph.shipped import DEFAULT_STORE

LISTED = 20  # identities in a rank
LISTED_OF_A_WAY = 5

NhisOption = Annotated[
    bool, typer.Option("--nhis", help="Ask about non-human identities, too, not people alone.")
]


@app.command()
def exposed(
    target: Annotated[
        str, typer.Argument(metavar="TARGET", help="An id, UPN, app id or name, in any case.")
    ],
    store: StoreOption = DEFAULT_STORE,
    as_of: AsOfOption = None,
    profile: ProfileOption = "strict",
    passes: PassesOption = None,
    nhis: NhisOption = False,
    limit: Annotated[
        int,
        typer.Option(
            "--limit", min=0, help="List so many for each way, counting all; 0 lists all."
        ),
    ] = LISTED_OF_A_WAY,
    json_: JsonOption = False,
) -> None:
    """Show whose reset reaches a target, weakest reset path first."""
    from idgraph.views.terminal.exposed import exposed as show

    answer = open_store(store).exposed(
        target,
        passes=split(passes),
        nhis=nhis,
        limit=limit or None,
        as_of=as_of,
        profile=profile,
    )
    if json_:
        print_json(answer.to_json())
    else:
        show(answer)


@app.command()
def rank(  # noqa: PLR0913, PLR0917  one parameter an option
    store: StoreOption = DEFAULT_STORE,
    as_of: AsOfOption = None,
    profile: ProfileOption = "strict",
    reset: ResetOption = None,
    passes: PassesOption = None,
    classes: Annotated[
        list[str] | None,
        typer.Option(
            "--class",
            metavar="CLASS",
            help="What counts, the weightiest first: privileged, data, secret_stores, nhis. May "
            "be given several times or with commas; by default all, in this order.",
        ),
    ] = None,
    nhis: NhisOption = False,
    limit: Annotated[
        int, typer.Option("--limit", min=0, help="List so many, ranking all; 0 lists all.")
    ] = LISTED,
    json_: JsonOption = False,
) -> None:
    """Rank identities by what their reset would open."""
    from idgraph.analysis.rank import ORDER
    from idgraph.views.terminal.exposed import rank as show

    answer = open_store(store).rank(
        classes=split(classes) or ORDER,
        reset=reset,
        passes=split(passes),
        nhis=nhis,
        limit=limit or None,
        as_of=as_of,
        profile=profile,
    )
    if json_:
        print_json(answer.to_json())
    else:
        show(answer)
