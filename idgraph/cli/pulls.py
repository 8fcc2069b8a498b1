"""What asks a platform itself: `idgraph pull aws`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from idgraph.cli.app import JsonOption, StoreOption, app, open_store, print_json, progress, unusual
from idgraph.errors import InputError
from idgraph.shipped import DEFAULT_STORE

if TYPE_CHECKING:
    from idgraph.answers import LoadAnswer
    from idgraph.pull import Pulled

pulls = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
app.add_typer(pulls, name="pull", help="Ask a platform itself, write the answers, load them.")


@pulls.callback()
def _pull() -> None:
    """Ask a platform itself, write the answers to files, and load them."""


@pulls.command()
def aws(
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", metavar="DIR", help="Where the account gets a folder of its own."
        ),
    ] = None,
    aws_profile: Annotated[
        str | None,
        typer.Option("--aws-profile", metavar="NAME", help="A profile of AWS's configuration."),
    ] = None,
    region: Annotated[
        list[str] | None,
        typer.Option(
            "--region", metavar="REGION", help="May be given several times; by default all enabled."
        ),
    ] = None,
    organisation: Annotated[
        bool,
        typer.Option(
            "--organisation/--no-organisation",
            help="Ask for the organisation and its IAM Identity Center, too.",
        ),
    ] = True,
    load: Annotated[
        bool, typer.Option("--load/--no-load", help="Load the answers once they are written.")
    ] = True,
    policy: Annotated[
        bool,
        typer.Option("--policy", help="Print the IAM policy that the pull needs; ask nothing."),
    ] = False,
    store: StoreOption = DEFAULT_STORE,
    json_: JsonOption = False,
) -> None:
    """Ask AWS for one account's identities, workloads and secret stores, never for a value."""
    if policy:
        from idgraph.pull import policy as needed

        print_json(needed(organisation=organisation))
        return
    if out is None:
        raise InputError("the option --out", "is missing", hint="Name a folder: -o DIR.")
    explorer = open_store(store, create=True) if load else None
    pulled = _pulled(out, aws_profile, region or [], organisation=organisation, store=store)
    answer: LoadAnswer | None = None
    if explorer is not None:
        with progress("loading aws_iam") as told:
            answer = explorer.load("aws_iam", pulled.folder, observed_at=pulled.at, progress=told)
    _show(pulled, answer, store=store, json_=json_)


def _pulled(
    out: Path, profile: str | None, regions: list[str], *, organisation: bool, store: str
) -> Pulled:
    from idgraph import pull
    from idgraph.views.terminal import pulls as terminal

    try:
        with _asking() as told:
            return pull.aws(
                out, profile=profile, regions=regions, organisation=organisation, progress=told
            )
    except pull.PullInterruptedError as stopped:
        left = stopped.pulled
        terminal.stopped(repr(left), str(left.folder), left.at, store=unusual(store))
        raise


def _show(pulled: Pulled, answer: LoadAnswer | None, *, store: str, json_: bool) -> None:
    from idgraph.views import terminal
    from idgraph.views.terminal import pulls as shown

    if json_:
        print_json({"pull": pulled.to_json(), "load": answer.to_json() if answer else None})
        return
    shown.pulled(repr(pulled), pulled.unseen, columns=pulled.UNSEEN, dropped=pulled.dropped)
    if answer is None:
        shown.to_load(str(pulled.folder), pulled.at, store=unusual(store))
    else:
        terminal.loaded(answer.title, answer.summary, answer.rejected, answer.hints())


@contextmanager
def _asking() -> Iterator[Callable[[int, int], None]]:
    """Show a bar on standard error while AWS is asked; nothing when it is not a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    screen = Console(stderr=True, markup=False)
    shown = screen.is_terminal and not screen.is_dumb_terminal
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=screen, transient=True, disable=not shown) as bar:
        asking = bar.add_task("asking AWS", total=None)
        yield lambda done, total: bar.update(asking, completed=done, total=total)
