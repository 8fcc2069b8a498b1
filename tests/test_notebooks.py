"""The notebooks run from top to bottom, on the sample and on one's own store, and stay thin."""

import ast
import json
import os
import re
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from idgraph.shipped import jupyter
from sample_data import plan, plan_incident
from tests.idgraph.commands import export, run, write

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
names = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)

TENANT = "11111111-1111-4111-8111-111111111111"
USER = "aaaaaaaa-0000-4000-8000-000000000001"
HOSTILE = "<img src=x onerror=alert(1)>\x1b[2J\u202e"

# Jupyter's own: zmq warns of event loops, nbclient of sockets that its kernel still holds.
pytestmark = pytest.mark.filterwarnings("ignore")


def codes(path):
    return [cell["source"] for cell in nbformat.read(path, 4).cells if cell.cell_type == "code"]


def executed(path, folder, monkeypatch, **environment):
    """Run a notebook in a folder, with a kernel of its own; return it with its outputs."""
    for name in ("IDGRAPH_STORE", "IDGRAPH_IDENTITY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {**environment, "TMPDIR": folder, "IPYTHONDIR": folder}.items():
        monkeypatch.setenv(name, str(value))
    notebook = nbformat.read(path, 4)
    client = NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(folder)}})
    return client.execute()


def shown(notebook):
    """Return all that the outputs of a notebook hold, as one text."""
    outputs = [out for cell in notebook.cells for out in cell.get("outputs", ())]
    assert [out for out in outputs if out.output_type == "error"] == []
    assert [out for out in outputs if out.get("name") == "stderr"] == []
    return json.dumps(outputs, ensure_ascii=False)


def rich(notebook):
    """Return all HTML that a notebook shows."""
    outputs = [out for cell in notebook.cells for out in cell.get("outputs", ())]
    return "\n".join(out.get("data", {}).get("text/html", "") for out in outputs)


TOLD = {
    "20_what_survives": (
        "It has no known approver",  # the reset
        "on-call-pass can give a Temporary Access Pass of Anton Weiss",  # the gate that gave way
        f"approval:{plan_incident.HELD_ROLE}",  # the one that held
        "What survives the reset mfa_reset of Ada Marlowe",  # the chart
        "Release Engineers is named in an access policy of nl-dev-kv",  # what changed
        "One request opens it: Anton Weiss",  # whose reset
    ),
    "30_into_aws": (
        "settlement-runner can read prod/settlement/db",  # the path
        "Sid Secrets",  # the statement that allows it
        "anybody at GitHub Actions",  # a trust policy without a subject
        "no path from Ada Marlowe to Northlight Production AWS",  # what is stopped
        "condition:StringEquals sts:ExternalId",  # the sandbox
        "Beatriz Fonseca",  # whose reset
    ),
}


@names
def test_a_notebook_runs_on_the_sample_company(path, tmp_path, monkeypatch):
    text = shown(executed(path, tmp_path, monkeypatch))

    assert "Ada Marlowe reaches" in text
    assert "Northlight Production" in text
    assert [words for words in TOLD.get(path.stem, ()) if words not in text] == []
    assert plan.CANARY[:11] not in text
    assert "\\u001b[31mred" not in text


@names
def test_a_notebook_runs_on_a_store_and_an_identity_of_ones_own(path, tmp_path, monkeypatch):
    document = export(
        ("AZTenant", {"tenantId": TENANT, "collected": True}),
        ("AZUser", {"id": USER, "displayName": HOSTILE, "tenantId": TENANT}),
    )
    store = tmp_path / "own.duckdb"
    export_file = write(tmp_path / "x.json", document)
    assert run("load", "azurehound", export_file, "--store", store).code == 0
    before = run("loads", "--store", store, "--json").out

    own = {"IDGRAPH_STORE": store, "IDGRAPH_IDENTITY": USER}
    notebook = executed(path, tmp_path, monkeypatch, **own)
    text = shown(notebook)

    assert "Ada Marlowe" not in text
    assert "<img src=x onerror" not in rich(notebook)
    assert "\\u001b[2J" not in text
    assert "\u202e" not in text
    assert run("loads", "--store", store, "--json").out == before


@names
def test_a_notebook_is_kept_without_outputs_or_the_state_of_widgets(path):
    strip = [sys.executable, "-m", "nbstripout", "--verify", str(path)]
    done = subprocess.run(strip, capture_output=True, text=True, check=False)
    document = json.loads(path.read_text(encoding="utf-8"))

    assert done.returncode == 0, done.stdout
    assert set(document["metadata"]) <= {"kernelspec", "language_info"}
    assert document["metadata"]["kernelspec"]["name"] == "python3"
    nbformat.validate(nbformat.read(path, 4))


@names
def test_a_notebook_is_thin(path):
    first, *rest = codes(path)
    trees = [ast.parse(code) for code in (first, *rest)]
    logic = (ast.FunctionDef, ast.ClassDef, ast.Lambda, ast.While, ast.Try)
    imported = {
        name.name for tree in trees for node in ast.walk(tree)
        if isinstance(node, ast.Import) for name in node.names
    }  # fmt: skip

    assert max(len(code.splitlines()) for code in rest) <= 8
    assert not any(isinstance(node, logic) for tree in trees for node in ast.walk(tree))
    assert imported == {"idgraph", "os"}
    parameters = [c for c in nbformat.read(path, 4).cells if c.metadata.get("tags")]
    assert [(c.source, c.metadata.tags) for c in parameters] == [(first, ["parameters"])]


@names
def test_a_notebook_sets_no_secret_and_names_no_machine(path):
    text = path.read_text(encoding="utf-8")

    assert not re.search(r"(password|token|secret)\w*\s*=|/home/|C:\\\\", text, re.IGNORECASE)


# In JupyterLab, started the way `idgraph lab` starts it.


@pytest.mark.slow
def test_the_notebooks_run_in_a_kernel_of_jupyterlab(sample_store, tmp_path):
    pytest.importorskip("jupyterlab")
    client = pytest.importorskip("jupyter_client")
    command, environment = jupyter(tmp_path / "books", str(sample_store))
    home = {f"JUPYTER_{each}_DIR": str(tmp_path) for each in ("RUNTIME", "DATA", "CONFIG")}
    kept = {key: text for key, text in os.environ.items() if not key.startswith("IDGRAPH_")}
    quiet = ["--no-browser", "--allow-root", "--ServerApp.ip=127.0.0.1", "--ServerApp.port=0"]
    quiet += ["--IdentityProvider.token=t", "--LabApp.extension_manager=readonly"]

    with subprocess.Popen(
        [*command, *quiet],
        env={**kept, **home, **environment, "IPYTHONDIR": str(tmp_path)},
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as server:
        try:
            url = _address(tmp_path, server)
            listed = _ask(f"{url}api/contents")["content"]
            assert {each["name"] for each in listed} == {path.name for path in NOTEBOOKS}
            kernel = _ask(f"{url}api/kernels", {"name": "python3"})["id"]
            talk = client.BlockingKernelClient(
                connection_file=str(tmp_path / f"kernel-{kernel}.json")
            )
            talk.load_connection_file()
            talk.start_channels()
            talk.wait_for_ready(timeout=60)
            for path in NOTEBOOKS:
                for code in codes(path):
                    reply = talk.execute_interactive(
                        code.replace("IDENTITY = os", f"IDENTITY = {plan.RESET_IDENTITY!r} or os"),
                        timeout=60,
                        output_hook=lambda _: None,
                    )
                    assert reply["content"]["status"] == "ok", reply["content"]
            talk.stop_channels()
        finally:
            server.terminate()
            server.wait(timeout=30)


def _address(folder, server):
    give_up = time.monotonic() + 90
    while time.monotonic() < give_up and server.poll() is None:
        for path in folder.glob("jpserver-*.json"):
            try:
                return json.loads(path.read_text())["url"]
            except ValueError:  # half written
                break
        time.sleep(0.1)
    pytest.fail("JupyterLab did not start")


def _ask(url, body=None):
    data = None if body is None else json.dumps(body).encode()
    asked = urllib.request.Request(url, data, {"Authorization": "token t"})  # noqa: S310  our own
    give_up = time.monotonic() + 30
    while True:
        try:
            with urllib.request.urlopen(asked, timeout=30) as answer:  # noqa: S310  our own
                return json.load(answer)
        except OSError:
            if time.monotonic() > give_up:
                raise
            time.sleep(0.2)
