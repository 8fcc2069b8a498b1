"""Questions to a graph: reach, path, view, owners, and what the kinds mean."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from idgraph.cli.app import (
    AsOfOption,
    EngineOption,
    IdentityArgument,
    JsonOption,
    OptionalIdentityArgument,
    PassesOption,
    ProfileOption,
    ResetEventOption,
    ResetOption,
    StoreOption,
    app,
    open_store,
    print_json,
    split,
    unusual,
)
from idgraph.shipped import DEFAULT_STORE


@app.command()
def reach(  # noqa: PLR0913, PLR0917  one parameter an option
    identity: OptionalIdentityArgument = None,
    store: StoreOption = DEFAULT_STORE,
    as_of: AsOfOption = None,
    profile: ProfileOption = "strict",
    reset: ResetOption = None,
    reset_event: ResetEventOption = None,
    passes: PassesOption = None,
    engine: EngineOption = None,
    every: Annotated[
        bool, typer.Option("--all", help="List every platform object reached, not the classes.")
    ] = False,
    with_controls: Annotated[
        bool,
        typer.Option("--controls", help="Show which single control would take most away, or open."),
    ] = False,
    with_doubts: Annotated[
        bool,
        typer.Option("--doubts", help="Show what was not seen, and how many results hang on it."),
    ] = False,
    window: Annotated[
        str | None,
        typer.Option(
            "--window",
            metavar="FROM..TO",
            help="Mark the steps that were added in this time, e.g. 2026-11-19..2026-11-20T14:00Z.",
        ),
    ] = None,
    json_: JsonOption = False,
) -> None:
    """Show what an identity reaches: NHIs, roles, secrets, data."""
    from idgraph.views import terminal
    from idgraph.views.terminal.resets import from_reset

    if identity is None and reset_event is None:
        raise typer.BadParameter("Name one, or a reset with --reset-event.", param_hint="IDENTITY")
    answer = open_store(store).reach(
        identity,
        reset=reset,
        reset_event=reset_event,
        passes=split(passes),
        as_of=as_of,
        profile=profile,
        engine=engine,
        window=window,
    )
    if json_:
        print_json(
            answer.to_json(all_objects=every, with_controls=with_controls, with_doubts=with_doubts)
        )
    elif with_controls:
        terminal.controls(answer.controls())
    elif with_doubts:
        terminal.doubts(answer.doubts())
    else:
        asked = identity or answer.identity.id
        if answer.event is not None:
            from_reset(answer.from_reset)
        terminal.reach(answer, asked=asked, every=every, store=unusual(store))


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
    reset: ResetOption = None,
    passes: PassesOption = None,
    engine: EngineOption = None,
    fail: Annotated[bool, typer.Option("--fail", help="Exit with 1 if there is no path.")] = False,
    json_: JsonOption = False,
) -> None:
    """Explain the best paths from an identity to a target."""
    from idgraph.views import terminal

    answer = open_store(store).path(
        identity,
        target,
        k=count,
        reset=reset,
        passes=split(passes),
        as_of=as_of,
        profile=profile,
        engine=engine,
    )
    if json_:
        print_json(answer.to_json())
    else:
        terminal.paths(answer)
    if fail and not answer:
        raise typer.Exit(1)


@app.command()
def view(  # noqa: PLR0913, PLR0917  one parameter an option
    identity: IdentityArgument,
    out: Annotated[
        Path | None,
        typer.Option("-o", "--out", metavar="FILE.html", help="Where the view is written."),
    ] = None,
    store: StoreOption = DEFAULT_STORE,
    as_of: AsOfOption = None,
    profile: ProfileOption = "strict",
    reset: ResetOption = None,
    passes: PassesOption = None,
    engine: EngineOption = None,
    limit: Annotated[
        int | None, typer.Option("--limit", min=2, help="Draw at most this many nodes.")
    ] = None,
) -> None:
    """Write the offline HTML view of what an identity reaches."""
    answer = open_store(store).reach(
        identity, reset=reset, passes=split(passes), as_of=as_of, profile=profile, engine=engine
    )
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
