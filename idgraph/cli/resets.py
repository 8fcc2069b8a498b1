"""The resets that logs and tickets tell of."""

from __future__ import annotations

from typing import Annotated

import typer

from idgraph.cli.app import AsOfOption, JsonOption, StoreOption, app, open_store, print_json
from idgraph.shipped import DEFAULT_STORE


@app.command()
def resets(
    identity: Annotated[
        str | None,
        typer.Option("--identity", metavar="IDENTITY", help="Only the resets of this identity."),
    ] = None,
    window: Annotated[
        str | None,
        typer.Option(
            "--window",
            metavar="FROM..TO",
            help="Only what happened in this time, e.g. 2026-11-19..2026-11-20T14:00Z; either "
            "end may be left out.",
        ),
    ] = None,
    store: StoreOption = DEFAULT_STORE,
    as_of: AsOfOption = None,
    json_: JsonOption = False,
) -> None:
    """List the resets, and what is wrong with each."""
    from idgraph.views.terminal.resets import resets as show

    answer = open_store(store).resets(window=window, identity=identity, as_of=as_of)
    if json_:
        print_json(answer.to_json())
    else:
        show(answer)
