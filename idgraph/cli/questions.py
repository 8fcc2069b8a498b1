"""Questions to a graph: reach, path, view, owners, and what the kinds mean."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from idgraph.cli.app import (
    AsOfOption,
    IdentityArgument,
    JsonOption,
    PassesOption,
    ProfileOption,
    StoreOption,
    app,
    open_store,
    print_json,
    split,
    unusual,
)
from idgraph.shipped import DEFAULT_STORE


@app.command()
def reach(
    identity: IdentityArgument,
    store: StoreOption = DEFAULT_STORE,
    as_of: AsOfOption = None,
    profile: ProfileOption = "strict",
    passes: PassesOption = None,
    every: Annotated[
        bool, typer.Option("--all", help="List every platform object reached, not the classes.")
    ] = False,
    json_: JsonOption = False,
) -> None:
    """Show what an identity reaches: NHIs, roles, secret stores, data."""
    from idgraph.views import terminal

    answer = open_store(store).reach(identity, passes=split(passes), as_of=as_of, profile=profile)
    if json_:
        print_json(answer.to_json(all_objects=every))
    else:
        terminal.reach(answer, asked=identity, every=every, store=unusual(store))


@app.command()
def path(  # noqa: PLR0913, PLR0917  one parameter an option
    identity: IdentityArgument,
    target: Annotated[
        str, typer.Argument(metavar="TARGET", help="An id, UPN, app id or name, in any case.")
    ],
    store: StoreOption = DEFAULT_STORE,
    count: Annotated[int, typer.Option("--count", "-k", min=1, max=100)] = 3,
    as_of: AsOfOption = None,
    profile: ProfileOption = "strict",
    passes: PassesOption = None,
    fail: Annotated[bool, typer.Option("--fail", help="Exit with 1 if there is no path.")] = False,
    json_: JsonOption = False,
) -> None:
    """Explain the best paths from an identity to a target."""
    from idgraph.views import terminal

    answer = open_store(store).path(
        identity, target, k=count, passes=split(passes), as_of=as_of, profile=profile
    )
    if json_:
        print_json(answer.to_json())
    else:
        terminal.paths(answer)
    if fail and not answer:
        raise typer.Exit(1)


@app.command()
def view(
    identity: IdentityArgument,
    out: Annotated[
        Path | None,
        typer.Option("-o", "--out", metavar="FILE.html", help="Where the view is written."),
    ] = None,
    store: StoreOption = DEFAULT_STORE,
    as_of: AsOfOption = None,
    profile: ProfileOption = "strict",
    passes: PassesOption = None,
    limit: Annotated[
        int | None, typer.Option("--limit", min=2, help="Draw at most this many nodes.")
    ] = None,
) -> None:
    """Write the offline HTML view of what an identity reaches."""
    answer = open_store(store).reach(identity, passes=split(passes), as_of=as_of, profile=profile)
    written = answer.view(out, limit=limit)
    typer.echo(written)


@app.command()
def unowned(
    store: StoreOption = DEFAULT_STORE,
    as_of: AsOfOption = None,
    kind: Annotated[
        list[str] | None, typer.Option("--kind", help="Only nodes of this kind.")
    ] = None,
    json_: JsonOption = False,
) -> None:
    """List the nodes without a valid named owner, and why."""
    from idgraph.views import terminal

    answer = open_store(store).unowned(as_of=as_of, kinds=kind or ())
    if json_:
        print_json(answer.to_json())
    else:
        terminal.unowned(answer)


@app.command()
def kinds(
    name: Annotated[
        str | None, typer.Argument(metavar="KIND", help="An edge kind, e.g. CAN_ADD_SECRET.")
    ] = None,
    json_: JsonOption = False,
) -> None:
    """Explain the kinds of edges: how to verify and remove each."""
    from idgraph.explorer import explain_kinds
    from idgraph.views import terminal

    rows = explain_kinds(name)
    if json_:
        print_json({"kinds": rows})
    else:
        terminal.kinds(rows, whole=name is not None)
