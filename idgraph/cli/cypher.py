"""Named Cypher: what can be asked of a store in Neo4j beside idgraph's own questions."""

from __future__ import annotations

from typing import Annotated

import typer

from idgraph.cli.app import JsonOption, StoreOption, app, open_store, print_json
from idgraph.errors import InputError
from idgraph.shipped import DEFAULT_STORE


@app.command()
def cypher(
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="A query; without one, all are listed.")
    ] = None,
    run: Annotated[
        bool, typer.Option("--run", help="Ask the store, in a transaction that cannot write.")
    ] = False,
    parameters: Annotated[
        list[str] | None,
        typer.Option("--parameter", "-p", metavar="KEY=VALUE", help="A parameter of the query."),
    ] = None,
    store: StoreOption = DEFAULT_STORE,
    json_: JsonOption = False,
) -> None:
    """List, print or run named Cypher queries on Neo4j."""
    given = dict(map(_pair, parameters or ()))
    if name is None:
        _refuse_without_name(run=run, given=given)
        _list(json_=json_)
    elif run:
        _ask(name, given, store, json_=json_)
    else:
        _print(name, given, json_=json_)


def _pair(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not (key and equals):
        raise InputError(
            f"the parameter {text!r}", "is not of the form KEY=VALUE", hint="Write -p group=ID."
        )
    return key, value


def _refuse_without_name(*, run: bool, given: dict[str, str]) -> None:
    if run or given:
        raise InputError(
            "the query to run", "is not named", hint="List the queries: idgraph cypher."
        )


def _list(*, json_: bool) -> None:
    from idgraph.stores.neo4j.library import queries
    from idgraph.views.terminal import cypher as terminal

    if json_:
        print_json({"queries": [each.to_json() for each in queries()]})
    else:
        terminal.queries([(each.name, each.question, each.asks) for each in queries()])


def _print(name: str, given: dict[str, str], *, json_: bool) -> None:
    from idgraph.stores.neo4j.library import query

    wanted = query(name)
    if given:
        raise InputError(
            "a parameter", "is of no use to a query that is only printed", hint="Add --run."
        )
    if json_:
        print_json(wanted.to_json())
    else:
        typer.echo(wanted.text, nl=False)


def _ask(name: str, given: dict[str, str], store: str, *, json_: bool) -> None:
    from idgraph.views.terminal import cypher as terminal

    frame = open_store(store).cypher(name, **given)
    rows = frame.astype(object).where(frame.notna(), None)
    if json_:
        print_json({"query": name, "rows": rows.to_dict("records")})
    else:
        terminal.rows(list(frame.columns), rows.to_numpy().tolist())
