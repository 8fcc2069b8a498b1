"""The command line: parse what was typed, ask the explorer, print the answer.

Standard output holds the answer, and with `--json` nothing but the JSON; progress, warnings and
errors go to standard error. Exit codes: 0 done, 1 the question has no answer, 2 the user can
mend it.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from idgraph.errors import AmbiguousNameError, IdGraphError
from idgraph.shipped import DEFAULT_STORE, STORE_VARIABLE

if TYPE_CHECKING:
    from idgraph.explorer import Explorer

_STOPPED = threading.Event()  # Ctrl-C was pressed
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
        except (IdGraphError, RuntimeError) as error:
            if _STOPPED.is_set():  # Ctrl-C inside a library may come out as its own error
                raise _stopped() from None
            if not isinstance(error, IdGraphError):
                raise
            _complain(str(error))
            raise typer.Exit(error.exit_code) from None
        except KeyboardInterrupt:
            raise _stopped() from None
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
ResetEventOption = Annotated[
    str | None,
    typer.Option(
        "--reset-event",
        metavar="ID",
        help="A reset that `idgraph resets` lists, by its id or ticket: it says whom and how.",
    ),
]
OptionalIdentityArgument = Annotated[
    str | None,
    typer.Argument(
        metavar="IDENTITY", help="An id, UPN, app id or name; not needed with --reset-event."
    ),
]
ResetOption = Annotated[
    str | None,
    typer.Option(
        "--reset",
        metavar="METHOD",
        help="How it was reset: password_admin, password_sspr, password_user, tap, mfa_reset, "
        "mfa_register, recovery_contact_change, secret_rotate, key_create, login_profile, "
        "federation_reset. By default, a full takeover.",
    ),
]
EngineOption = Annotated[
    str | None,
    typer.Option(
        "--engine",
        metavar="ENGINE",
        help="memory: read the whole graph; server: walk over the store. By default, by its size.",
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
    signal.signal(signal.SIGINT, _stop)
    app()


def _stop(number: int, frame: FrameType | None) -> None:
    _STOPPED.set()
    signal.default_int_handler(number, frame)


def _stopped() -> typer.Exit:
    _complain("stopped; the store is as it was before")
    return typer.Exit(INTERRUPTED)


def _complain(text: str) -> None:
    from idgraph.analysis.display import plain

    print(plain(text), file=sys.stderr)  # noqa: T201  the command line's own voice


def open_store(url: str, *, create: bool = False) -> Explorer:
    """Return the explorer of a store."""
    from idgraph import explorer

    return explorer.open(url, create=create)


def unusual(store: str) -> str | None:
    """Return a store that has to be named again in the next command."""
    return None if store == os.environ.get(STORE_VARIABLE, DEFAULT_STORE) else store


def split(passes: list[str] | None) -> tuple[str, ...]:
    """Return the guards named by an option, which may hold several with commas."""
    return tuple(part.strip() for each in passes or () for part in each.split(",") if part.strip())


def print_json(answer: Any) -> None:
    """Print an answer as JSON, and nothing else."""
    sys.stdout.write(json.dumps(answer, ensure_ascii=True, indent=2) + "\n")
    sys.stdout.flush()


@contextmanager
def progress(what: str) -> Iterator[Callable[[int, int], None]]:
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
