"""What the README tells people to type exists, and does what it says."""

import re
import shlex
from pathlib import Path

import pytest
from typer.main import get_command

import idgraph
import loaders
from idgraph.catalogue import GUARD_KINDS
from idgraph.cli import app
from idgraph.explorer import EXAMPLE_IDENTITY, explain_kinds
from tests.idgraph.commands import run

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^( *)```(\w*)\n(.*?)^\1```", README, re.MULTILINE | re.DOTALL)
SHELL = [line for _, kind, text in BLOCKS if not kind for line in text.splitlines()]
PYTHON = [
    re.sub(rf"^{indent}", "", text, flags=re.MULTILINE)
    for indent, kind, text in BLOCKS
    if kind == "python"
]
SPANS = re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", README, flags=re.DOTALL))
COMMANDS = sorted(
    {
        text.split("#")[0].strip()
        for text in (*map(str.strip, SHELL), *SPANS)
        if text.startswith("idgraph ")
    }
)


ANSWERED = frozenset(
    {
        "changes",
        "coverage",
        "diff",
        "exposed",
        "kinds",
        "path",
        "rank",
        "reach",
        "resets",
        "survivors",
        "unowned",
        "view",
    }
)


def test_the_readme_shows_the_commands_that_matter():
    shown = {command.split()[1] for command in COMMANDS}

    assert {"demo", "load", "reach", "path", "unowned", "view", "coverage", "lab"} <= shown


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_of_the_readme_exists_and_parses(command):
    _, name, *words = shlex.split(command)
    known = get_command(app)

    assert name in known.commands
    if words or not known.commands[name].params[0].required:
        with known.make_context("idgraph", [name, *words]) as whole:
            known.commands[name].make_context(name, words, parent=whole)


@pytest.mark.parametrize("option", sorted({each for each in SPANS if each.startswith("--")}))
def test_every_option_of_the_readme_exists(option):
    word, *value = option.split()
    taken = {
        opt: param
        for command in get_command(app).commands.values()
        for param in command.params
        for opt in param.opts
    }

    assert word in taken
    assert bool(value) == (not getattr(taken[word], "is_flag", False))


def test_every_loader_of_the_readme_exists_and_every_loader_is_in_it():
    said = {command.split()[2] for command in COMMANDS if command.startswith("idgraph load ")}

    assert said == {each.name for each in loaders.LOADERS}


def test_every_kind_and_guard_of_the_readme_exists():
    guards = {text.partition(":")[0] for text in SPANS if re.fullmatch(r"[a-z]+:<\w+>", text)}
    kinds = {c.split()[2] for c in COMMANDS if c.startswith("idgraph kinds ")}

    assert guards
    assert guards <= {each.name for each in GUARD_KINDS}
    assert kinds <= {row["kind"] for row in explain_kinds()}


def test_every_make_target_of_the_readme_exists():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    said = {line.split()[1] for line in (*SHELL, *SPANS) if line.startswith("make ")}

    assert {"demo", "test"} <= said <= targets


def test_every_link_and_picture_of_the_readme_is_there():
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", README)

    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_the_python_of_the_readme_runs(sample_store, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (code,) = PYTHON

    code = code.replace("idgraph.duckdb", str(sample_store))
    exec(code.replace("ada@contoso.com", EXAMPLE_IDENTITY), {})  # noqa: S102  the README's own

    assert "Ada Marlowe reaches" in capsys.readouterr().out
    assert (tmp_path / "ada.html").is_file()


def test_the_commands_of_the_readme_answer_on_the_sample(sample_store, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for command in COMMANDS:
        words = shlex.split(command)[1:]
        asked = [
            {"ada@contoso.com": EXAMPLE_IDENTITY, "my-vault": "nl-build-kv"}.get(w, w)
            for w in words
        ]
        if "--store" in asked:  # a server, which has its own tests
            continue
        if words[0] in ANSWERED:
            assert run(*asked, IDGRAPH_STORE=str(sample_store)).code == 0


def test_the_words_of_an_answer_are_those_of_the_readme(sample_store):
    table = re.findall(r"^\| `?(\w+)`? \| ", README, re.MULTILINE)
    from idgraph.analysis.walk import Verdict

    assert {each.value for each in Verdict} <= set(table)
    assert idgraph.open(sample_store).reach(EXAMPLE_IDENTITY).nhis[0].verdict in table
