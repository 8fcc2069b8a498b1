"""The command line: parse what was typed, ask the explorer, print the answer.

Standard output holds the answer, and with `--json` nothing but the JSON; progress, warnings and
errors go to standard error. Exit codes: 0 done, 1 the question has no answer, 2 the user can
mend it.
"""

from __future__ import annotations

import json
import os
import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from idgraph.errors import AmbiguousNameError, IdGraphError
from idgraph.shipped import DEFAULT_STORE, STORE_VARIABLE

if TYPE_CHECKING:
    from idgraph.explorer import Explorer

INTERRUPTED = 130  # the exit code that shells give to a command stopped by Ctrl-C


class _Commands(TyperGroup):
    """Every fault that somebody can mend is one sentence and an exit code, never a traceback."""

    def invoke(self, ctx: Any) -> Any:
        """Run a command and write out all that it said."""
        try:
            answer = super().invoke(ctx)
            sys.stdout.flush()
        except AmbiguousNameError as error:
            _complain(str(error))
            for node_id, kind, name in error.candidates:
                _complain(f"  {node_id}  {kind}  {name}")
            raise typer.Exit(error.exit_code) from None
        except IdGraphError as error:
            _complain(str(error))
            raise typer.Exit(error.exit_code) from None
        except KeyboardInterrupt:
            _complain("stopped; the store is as it was before")
            raise typer.Exit(INTERRUPTED) from None
        except BrokenPipeError:  # the reader of a pipe went away, e.g. `| head`
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit from None
        return answer


app = typer.Typer(
    name="idgraph",
    cls=_Commands,
    help="What an identity reset opens, who answers for it, and what to cut.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    add_completion=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)

StoreOption = Annotated[
    str,
    typer.Option(
        "--store",
        envvar=STORE_VARIABLE,
        metavar="URL",
        help="A .duckdb file, or neo4j://, neo4j+s://, bolt://.",
    ),
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Print the answer as JSON, and nothing else.")
]
AsOfOption = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        metavar="TIME",
        help="The graph as it was seen at this moment, e.g. 2026-11-20T14:00Z; "
        "2026-11-20 is the end of that day.",
    ),
]
ProfileOption = Annotated[
    str,
    typer.Option(
        "--profile", help="strict: what the platforms do; bloodhound: what BloodHound CE derives."
    ),
]
PassesOption = Annotated[
    list[str] | None,
    typer.Option(
        "--passes",
        metavar="GUARD",
        help="A guard the attacker passes: a kind (mfa, pim, approval, network …) or one guard "
        "(mfa:<account>). May be given several times or with commas.",
    ),
]
IdentityArgument = Annotated[
    str, typer.Argument(metavar="IDENTITY", help="An id, UPN, app id or name, in any case.")
]


@app.callback(invoke_without_command=True)
def _version(
    ctx: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    if version:
        from importlib.metadata import version as installed

        typer.echo(f"idgraph {installed('idgraph')}")
        raise typer.Exit
    if ctx.invoked_subcommand is None:
        typer.echo(ctx.get_help())


def main() -> None:
    """Run the command that was typed."""
    app()


def _complain(text: str) -> None:
    from idgraph.views.plain import plain

    print(plain(text), file=sys.stderr)  # noqa: T201  the command line's own voice


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

    with _progress("loading the sample company") as progress:
        explorer = sample(out / "northlight.duckdb", progress=progress)
    answer = explorer.reach(explorer.example_identity)
    unowned = explorer.unowned()
    view = answer.view(out / "reach.html")
    if json_:
        _print_json(answer.to_json())
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

    explorer = _open(store, create=True)
    with _progress(f"loading {loader}") as progress:
        answer = explorer.load(
            loader, *paths, scope=scope, observed_at=observed_at, strict=strict, progress=progress
        )
    if json_:
        _print_json(answer.to_json())
    else:
        terminal.loaded(answer.title, answer.summary, answer.rejected, answer.hints())


@app.command()
def loaders(json_: JsonOption = False) -> None:
    """List what can be loaded."""
    from idgraph.explorer import loaders as known
    from idgraph.views import terminal

    if json_:
        _print_json({"loaders": [{"name": name, "reads": reads} for name, reads in known()]})
    else:
        terminal.table(("loader", "reads"), known())


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

    answer = _open(store).reach(identity, passes=_split(passes), as_of=as_of, profile=profile)
    if json_:
        _print_json(answer.to_json(all_objects=every))
    else:
        terminal.reach(answer, asked=identity, every=every, store=_unusual(store))


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

    answer = _open(store).path(
        identity, target, k=count, passes=_split(passes), as_of=as_of, profile=profile
    )
    if json_:
        _print_json(answer.to_json())
    else:
        terminal.paths(answer)
    if fail and not answer:
        raise typer.Exit(1)


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

    answer = _open(store).unowned(as_of=as_of, kinds=kind or ())
    if json_:
        _print_json(answer.to_json())
    else:
        terminal.unowned(answer)


@app.command()
def loads(store: StoreOption = DEFAULT_STORE, json_: JsonOption = False) -> None:
    """List what was loaded, and when it was seen."""
    from idgraph.views import terminal

    answer = _open(store).loads()
    if json_:
        _print_json(answer.to_json())
    else:
        terminal.loads(repr(answer), answer.loads)


@app.command()
def coverage(
    store: StoreOption = DEFAULT_STORE, as_of: AsOfOption = None, json_: JsonOption = False
) -> None:
    """Show what was seen of each source, and what was not."""
    from idgraph.views import terminal

    answer = _open(store).coverage(as_of=as_of)
    if json_:
        _print_json(answer.to_json())
    else:
        terminal.coverage(
            repr(answer), answer.loaded, answer.missing, answer.notes, answer.conflicts
        )


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
    answer = _open(store).reach(identity, passes=_split(passes), as_of=as_of, profile=profile)
    written = answer.view(out, limit=limit)
    typer.echo(written)


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
        _print_json({"kinds": rows})
    else:
        terminal.kinds(rows, whole=name is not None)


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


def _open(url: str, *, create: bool = False) -> Explorer:
    from idgraph import explorer

    return explorer.open(url, create=create)


def _unusual(store: str) -> str | None:
    """Return a store that has to be named again in the next command."""
    return None if store == os.environ.get(STORE_VARIABLE, DEFAULT_STORE) else store


def _split(passes: list[str] | None) -> tuple[str, ...]:
    return tuple(part.strip() for each in passes or () for part in each.split(",") if part.strip())


def _print_json(answer: Any) -> None:
    sys.stdout.write(json.dumps(answer, ensure_ascii=True, indent=2) + "\n")
    sys.stdout.flush()


@contextmanager
def _progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """Show a bar on standard error while files are read; nothing when it is not a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    screen = Console(stderr=True, markup=False)
    shown = screen.is_terminal and not screen.is_dumb_terminal
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=screen, transient=True, disable=not shown) as bar:
        reading = bar.add_task(what, total=None)
        storing = bar.add_task("storing and deriving", total=None, visible=False)

        def told(done: int, total: int) -> None:
            after = done >= total  # all is read; what follows has no length that is known
            bar.update(reading, completed=done, total=total, visible=not after)
            bar.update(storing, visible=after)

        yield told
