"""What fills a store and what it holds: demo, load, loads, coverage, the notebooks."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import Annotated

import typer

from idgraph.cli.app import (
    AsOfOption,
    JsonOption,
    StoreOption,
    app,
    open_store,
    print_json,
    progress,
)
from idgraph.shipped import DEFAULT_STORE


@app.command()
def demo(
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="DIR", help="Where the view is written.")
    ] = Path("idgraph-demo"),
    json_: JsonOption = False,
) -> None:
    """Answer the main question on the sample company."""
    from idgraph.explorer import sample
    from idgraph.views import terminal

    with progress("loading the sample company") as told:
        explorer = sample(out / "northlight.duckdb", progress=told)
    answer = explorer.reach(explorer.example_identity)
    unowned = explorer.unowned()
    view = answer.view(out / "reach.html")
    if json_:
        print_json(answer.to_json())
    else:
        terminal.demo(
            answer, unowned, view, asked=explorer.example_identity, store=explorer.store.url
        )


@app.command()
def load(
    loader: Annotated[str, typer.Argument(help="What wrote the files; `idgraph loaders` lists.")],
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH...", help="Files, a folder, or a .zip.")
    ],
    store: StoreOption = DEFAULT_STORE,
    scope: Annotated[
        str | None,
        typer.Option("--scope", help="The tenant or account, where the export does not say it."),
    ] = None,
    observed_at: Annotated[
        str | None,
        typer.Option(
            "--observed-at",
            metavar="TIME",
            help="When the platform was looked at; otherwise the file's time, marked as a guess.",
        ),
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Refuse the load if any record is rejected.")
    ] = False,
    json_: JsonOption = False,
) -> None:
    """Load an export as one new moment of its source."""
    from idgraph.views import terminal

    explorer = open_store(store, create=True)
    with progress(f"loading {loader}") as told:
        answer = explorer.load(
            loader, *paths, scope=scope, observed_at=observed_at, strict=strict, progress=told
        )
    if json_:
        print_json(answer.to_json())
    else:
        terminal.loaded(answer.title, answer.summary, answer.rejected, answer.hints())


@app.command()
def loads(store: StoreOption = DEFAULT_STORE, json_: JsonOption = False) -> None:
    """List what was loaded, and when it was seen."""
    from idgraph.views import terminal

    answer = open_store(store).loads()
    if json_:
        print_json(answer.to_json())
    else:
        terminal.loads(repr(answer), answer.loads)


@app.command()
def coverage(
    store: StoreOption = DEFAULT_STORE, as_of: AsOfOption = None, json_: JsonOption = False
) -> None:
    """Show what was seen of each source, and what was not."""
    from idgraph.views import terminal

    answer = open_store(store).coverage(as_of=as_of)
    if json_:
        print_json(answer.to_json())
    else:
        terminal.coverage(
            repr(answer), answer.loaded, answer.missing, answer.notes, answer.conflicts
        )


@app.command()
def loaders(json_: JsonOption = False) -> None:
    """List what can be loaded."""
    from idgraph.explorer import loaders as known
    from idgraph.views import terminal

    if json_:
        print_json({"loaders": [{"name": name, "reads": reads} for name, reads in known()]})
    else:
        terminal.table(("loader", "reads"), known())


@app.command()
def lab(
    store: StoreOption = DEFAULT_STORE,
    folder: Annotated[
        Path, typer.Option("--folder", help="Where the notebooks are put, if not there yet.")
    ] = Path("idgraph-notebooks"),
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Put the notebooks there and say the command only.")
    ] = False,
) -> None:
    """Open JupyterLab on the notebooks, with this store."""
    from idgraph.shipped import jupyter

    command, environment = jupyter(folder, store)
    if not environment:
        typer.echo(f"no store at {store} yet: the notebooks show the sample company", err=True)
    typer.echo(shlex.join(command), err=True)
    if not dry_run:
        os.execvpe(command[0], command, {**os.environ, **environment})  # noqa: S606  our own words
