"""What the Python API promises: every question is one call, and every answer can be shown."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import idgraph
from idgraph.errors import (
    AmbiguousNameError,
    IdGraphError,
    InputError,
    StoreError,
    TooLargeToDrawError,
    UnknownNameError,
)
from idgraph.explorer import (
    EXAMPLE_IDENTITY,
    SAMPLE_FILES,
    SAMPLE_SEEN_AT,
    SAMPLE_SEEN_BEFORE,
    explain_kinds,
    sample,
)
from idgraph.shipped import jupyter, shipped
from sample_data import plan
from tests.idgraph.commands import export, write

TENANT = "11111111-1111-4111-8111-111111111111"
USER = "aaaaaaaa-0000-4000-8000-000000000001"
APP = "bbbbbbbb-0000-4000-8000-000000000001"
SAMPLE_LOADS = len(SAMPLE_FILES) + 4  # AWS's folder is of five sources
LATER, LATEST = "2026-11-10T00:00:00Z", "2026-11-20T00:00:00Z"


@pytest.fixture(scope="module")
def explorer(sample_store):
    return idgraph.open(sample_store)


@pytest.fixture(scope="module")
def answer(explorer):
    return explorer.reach(EXAMPLE_IDENTITY)


def small(path, *, enabled=True, owner=True):
    """Write an export of a user who may own an application."""
    user = {"id": USER, "displayName": "Ada", "tenantId": TENANT, "accountEnabled": enabled}
    owned = [{"appId": APP, "owner": {"id": USER, "@odata.type": "#microsoft.graph.user"}}]
    document = export(
        ("AZTenant", {"tenantId": TENANT, "collected": True}),
        ("AZUser", user),
        ("AZApp", {"id": APP, "appId": APP, "displayName": "Robot", "tenantId": TENANT}),
        ("AZAppOwner", {"appId": APP, "owners": owned if owner else []}),
    )
    return write(path, document)


# Opening.


def test_importing_idgraph_loads_nothing_heavy():
    program = "import idgraph, sys; print(*sorted({m.partition('.')[0] for m in sys.modules}))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    heavy = {"pandas", "numpy", "scipy", "duckdb", "networkx", "rich", "typer", "pyvis", "neo4j"}
    assert heavy.isdisjoint(done.stdout.split())


def test_asking_for_help_loads_nothing_heavy():
    program = "import idgraph.cli, sys; print(*{m.partition('.')[0] for m in sys.modules})"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert {"pandas", "numpy", "scipy", "duckdb", "networkx"}.isdisjoint(done.stdout.split())


def test_a_store_is_opened_by_path_by_environment_or_by_default(
    sample_store, tmp_path, monkeypatch
):
    monkeypatch.setenv("IDGRAPH_STORE", str(sample_store))
    assert len(idgraph.open().loads().loads) == SAMPLE_LOADS
    assert len(idgraph.open(str(sample_store)).loads().loads) == SAMPLE_LOADS

    monkeypatch.delenv("IDGRAPH_STORE")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StoreError, match=r"idgraph\.duckdb"):
        idgraph.open()


def test_opening_makes_no_file(tmp_path):
    with pytest.raises(StoreError, match="idgraph load"):
        idgraph.open(tmp_path / "none.duckdb")

    idgraph.open(tmp_path / "new.duckdb", create=True)
    assert list(tmp_path.iterdir()) == []


def test_the_sample_is_made_in_a_place_of_its_own(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    explorer = idgraph.sample()

    assert Path(explorer.store.url).is_relative_to(tmp_path)
    assert explorer.reach(explorer.example_identity).identity.name == "Ada Marlowe"
    seen = dict.fromkeys(load.observed_at for load in explorer.loads().loads)
    assert list(seen) == list(dict.fromkeys(each.seen_at for each in SAMPLE_FILES))
    assert not any(load.observed_is_guess for load in explorer.loads().loads)


def test_the_sample_replaces_what_it_wrote_before(tmp_path):
    path = tmp_path / "northlight.duckdb"

    assert len(sample(path).loads().loads) == len(sample(path).loads().loads) == SAMPLE_LOADS


def test_an_explorer_says_what_it_is_of(explorer, sample_store):
    assert str(sample_store) in repr(explorer)
    assert f"{SAMPLE_LOADS} loads" in repr(explorer)
    assert "\n" not in repr(explorer)


# Asking.


def test_a_graph_is_read_once_for_many_questions(explorer):
    assert explorer.graph() is explorer.graph()
    assert explorer.reach(EXAMPLE_IDENTITY).graph is explorer.graph()


def test_a_newer_load_is_seen_by_the_next_question_and_refused_by_an_old_answer(tmp_path):
    explorer = idgraph.open(tmp_path / "s.duckdb", create=True)
    explorer.load("azurehound", small(tmp_path / "a.json"), observed_at=LATER)
    old = explorer.reach(USER)
    assert old.counts["nhis"]["reached"] == 1

    explorer.load("azurehound", small(tmp_path / "b.json", owner=False), observed_at=LATEST)

    assert explorer.reach(USER).nhis == ()
    assert explorer.reach(USER, as_of=LATER).counts["nhis"]["reached"] == 1
    with pytest.raises(StoreError, match="Ask again"):
        _ = old.nhis  # the evidence of its edges is gone from the head


def test_an_empty_store_says_so(tmp_path):
    explorer = idgraph.open(tmp_path / "s.duckdb", create=True)
    bad = write(tmp_path / "x.json", export(("AZUser", {"id": 7})))
    with pytest.raises(InputError):
        explorer.load("azurehound", bad)

    with pytest.raises(StoreError, match="idgraph load azurehound"):
        explorer.reach("x")


@pytest.mark.parametrize(
    ("as_of", "meant"),
    [
        (None, LATEST),
        ("2026-11-10", "2026-11-10T23:59:59Z"),
        (" 2026-11-10 ", "2026-11-10T23:59:59Z"),
        ("2026-11-12T01:00:00+01:00", "2026-11-12T00:00:00Z"),
        ("2026-11-12T01:00", "2026-11-12T01:00:00Z"),
        ("20261112T010000Z", "2026-11-12T01:00:00Z"),
    ],
)
def test_a_moment_is_meant_in_utc_and_a_day_to_its_end(tmp_path_factory, as_of, meant):
    explorer = _two_moments(tmp_path_factory)
    provenance = explorer.reach(USER, as_of=as_of).provenance

    assert provenance.as_of == meant
    assert provenance.loads == ((2,) if as_of is None else (1,))


_KEPT = {}


def _two_moments(tmp_path_factory):
    if not _KEPT:
        folder = tmp_path_factory.mktemp("moments")
        explorer = idgraph.open(folder / "s.duckdb", create=True)
        explorer.load("azurehound", small(folder / "a.json"), observed_at=LATER)
        explorer.load(
            "azurehound", small(folder / "b.json", enabled=False, owner=False), observed_at=LATEST
        )
        _KEPT["explorer"] = explorer
    return _KEPT["explorer"]


def test_every_question_can_be_asked_of_a_moment(tmp_path_factory):
    explorer = _two_moments(tmp_path_factory)

    def codes(as_of):
        return {
            node.id: [reason.code.value for reason in node.reasons]
            for node in explorer.unowned(as_of=as_of).unowned
        }

    assert codes(None) == {APP: ["NO_OWNER"]}
    assert codes(LATER) == {}
    assert explorer.path(USER, APP, as_of=LATER)
    assert not explorer.path(USER, APP)
    assert explorer.owners(as_of=LATER).unowned == {}
    assert set(explorer.owners().unowned) == {APP}
    assert explorer.coverage(as_of=LATER).loaded
    assert len(explorer.graph(as_of=LATER).source) > len(explorer.graph().source)


@pytest.mark.parametrize("as_of", ["yesterday", "", "2026-13-01", "2026-11-10T25:00Z", "1"])
def test_a_text_that_is_no_time_is_refused(explorer, as_of):
    with pytest.raises(InputError, match="is not a time"):
        explorer.reach(EXAMPLE_IDENTITY, as_of=as_of)


def test_a_moment_before_everything_is_said_to_be_so(explorer):
    for ask in (explorer.unowned, explorer.coverage, explorer.graph):
        with pytest.raises(StoreError, match=f"first seen at {SAMPLE_SEEN_BEFORE}"):
            ask(as_of="2020-01-01")


def test_unknown_and_ambiguous_names_are_errors_of_the_right_kind(explorer):
    with pytest.raises(LookupError) as unknown:
        explorer.reach("Ada Marlow")
    with pytest.raises(AmbiguousNameError) as ambiguous:
        explorer.reach(plan.AMBIGUOUS_NAME)
    with pytest.raises(UnknownNameError):
        explorer.unowned(kinds=["EntraUsr"])

    assert unknown.value.hint == "Did you mean Ada Marlowe?"
    assert {each[0] for each in ambiguous.value.candidates} == {p.id for p in plan.roster.WEI}


def test_unowned_can_be_narrowed_to_kinds_in_any_case(explorer):
    every, groups = explorer.unowned(), explorer.unowned(kinds=["entragroup"])

    assert {node.kind for node in groups.unowned} == {"EntraGroup"}
    assert set(groups.unowned) < set(every.unowned)


def test_a_strict_load_stores_nothing_when_a_record_is_rejected(tmp_path):
    explorer = idgraph.open(tmp_path / "s.duckdb", create=True)
    user = ("AZUser", {"id": USER, "tenantId": TENANT})
    path = write(tmp_path / "x.json", export(user, ("AZUser", {"id": 7})))

    with pytest.raises(InputError, match="1 rejected record") as refused:
        explorer.load("azurehound", path, strict=True)

    assert refused.value.place == "x.json#/data/1/data/id"
    assert explorer.loads().loads == ()
    assert explorer.load("azurehound", path).rejected[0][0] == "x.json#/data/1/data/id"


def test_a_load_tells_its_progress_to_the_end(tmp_path):
    told = []
    explorer = idgraph.open(tmp_path / "s.duckdb", create=True)
    path = small(tmp_path / "a.json")

    explorer.load("azurehound", path, progress=lambda done, total: told.append((done, total)))

    assert told == sorted(told)
    assert told[-1] == (path.stat().st_size, path.stat().st_size)


# Answers.


def test_every_answer_is_one_line_a_table_and_safe_html(explorer, answer):
    answers = {
        "loads": explorer.loads(),
        "coverage": explorer.coverage(),
        "unowned": explorer.unowned(),
        "path": explorer.path(EXAMPLE_IDENTITY, "nlcalibration"),
        "reach": answer,
    }

    for each in answers.values():
        assert "\n" not in repr(each)
        assert len(each.to_frame()) > 0
        json.dumps(each.to_json())
        bundle = each._repr_mimebundle_()
        assert "\n" not in bundle["text/plain"].strip() or each is answer
        assert "<script>alert" not in bundle["text/html"]


def test_a_load_can_be_shown(tmp_path):
    explorer = idgraph.open(tmp_path / "s.duckdb", create=True)
    again = ("AZUser", {"id": 7, "displayName": "<b>x"})
    user = ("AZUser", {"id": USER, "tenantId": TENANT})
    path = write(tmp_path / "<b>.json", export(user, again))

    answer = explorer.load("azurehound", path)

    assert repr(answer).startswith(f"load 1 of azurehound:{TENANT}: 1 record accepted")
    assert "<b>" not in answer._repr_mimebundle_()["text/html"].replace("&lt;b&gt;", "")
    assert any("--observed-at" in each for each in answer.hints())


def test_an_answer_says_where_it_comes_from(answer, sample_store):
    said = answer.provenance

    newest = tuple(range(2, SAMPLE_LOADS + 1))  # the first is an earlier moment of a source
    assert (said.store, said.loads, said.profile) == (str(sample_store), newest, "strict")
    assert said.as_of == SAMPLE_SEEN_AT
    assert said.rules_version
    assert any("AZUser: 320" in each for each in said.loaded)
    assert any("conditional access" in each for each in said.missing)


def test_the_path_to_an_object_can_be_asked_of_an_answer(answer):
    assert [step.target for step in answer.path_to("Northlight Production")][-1] == plan.CHAIN[-1]
    assert answer.path_to("Ingrid Halvorsen") == ()


def test_a_view_is_named_after_the_identity(answer, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    assert answer.view() == Path("reach-ada-marlowe.html")
    assert answer.view("deep/x.html") == Path("deep/x.html")
    assert "Ada Marlowe" in Path("deep/x.html").read_text(encoding="utf-8")
    with pytest.raises(TooLargeToDrawError):
        answer.view("y.html", limit=100_000)
    assert not Path("y.html").exists()


def test_a_hostile_name_makes_a_harmless_file_name(explorer, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    hostile = [f"hostile-{at:02}@{plan.roster.ids.DOMAIN}" for at in (1, 3, 5, 6, 10)]

    names = [explorer.reach(each).view().name for each in hostile]

    assert names[0] == "reach-script-alert-1-script.html"
    assert all(name.replace("-", "").replace(".", "").isalnum() for name in names)
    assert max(map(len, names)) < 80


def test_a_view_shows_who_owns_what_as_of_its_moment(tmp_path_factory, tmp_path):
    explorer = _two_moments(tmp_path_factory)

    now = explorer.reach(APP).view(tmp_path / "now.html").read_text(encoding="utf-8")
    then = explorer.reach(APP, as_of=LATER).view(tmp_path / "then.html").read_text("utf-8")

    assert "NO_OWNER" in now or "no owner" in now.lower()
    assert "NO_OWNER" not in then


# What else the top floor offers.


def test_every_kind_that_can_be_walked_is_explained():
    rows = explain_kinds()

    assert len(rows) > 30
    assert all(row["allows"] and row["verify"] and row["remove"] for row in rows)
    assert [row["kind"] for row in explain_kinds("can_add_secret")] == ["CAN_ADD_SECRET"]
    with pytest.raises(UnknownNameError):
        explain_kinds("NOTHING")


def test_kinds_are_a_table(explorer):
    frame = explorer.kinds(["CAN_ADD_SECRET", "RUNS_AS"])

    assert isinstance(frame, pd.DataFrame)
    assert list(frame["kind"]) == ["CAN_ADD_SECRET", "RUNS_AS"]
    assert len(explorer.kinds()) > 30


def test_jupyter_hands_the_store_over_by_its_whole_path(sample_store, tmp_path, monkeypatch):
    pytest.importorskip("jupyterlab")
    monkeypatch.chdir(sample_store.parent)

    command, environment = jupyter(tmp_path / "books", sample_store.name)

    assert command[:3] == [sys.executable, "-m", "jupyterlab"]
    assert environment == {"IDGRAPH_STORE": str(sample_store.resolve())}
    assert os.listdir(tmp_path / "books")  # noqa: PTH208  names are enough


def test_a_shared_store_is_handed_over_as_it_is(tmp_path):
    pytest.importorskip("jupyterlab")

    assert jupyter(tmp_path, "neo4j://host")[1] == {"IDGRAPH_STORE": "neo4j://host"}


def test_without_jupyterlab_the_extra_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr("idgraph.shipped.find_spec", lambda _: None)

    with pytest.raises(IdGraphError, match=r"pip install 'idgraph\[lab\]'"):
        jupyter(tmp_path, None)


def test_what_ships_is_found():
    assert (shipped("sample_data") / "northlight" / "azurehound.json").is_file()
    assert list(shipped("notebooks").glob("*.ipynb"))
    with pytest.raises(StoreError):
        shipped("nothing")
