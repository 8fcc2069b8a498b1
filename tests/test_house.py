"""Guards on the repository itself: what it ships, pins, excuses and says."""

import ast
import json
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCKS = ("requirements.lock", "requirements-dev.lock")

PIN = re.compile(
    r"^(?P<name>[a-z0-9][a-z0-9-]*)==(?P<version>[^ ]+)(?: ; (?P<marker>.+?))? \\$", re.MULTILINE
)
MAKE = re.compile(r"(?:^|`)make ([a-z][a-z-]*)", re.MULTILINE)
MACHINE_PATH = re.compile(
    r"(?<![\w.$)~}*-])/(?:work|root|mnt|opt|tmp|home/\w+|Users/\w+)/|\bC:\\Users\\"
)
WORKPLACE = re.compile(
    r"find-links|index-url|language model|coding assistant|co-authored-by", re.IGNORECASE
)


# What the repository holds.


def files() -> list[PurePosixPath]:
    """Return every file that belongs to the project: what git tracks or would track."""
    git = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    done = subprocess.run(git, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode == 0 and (ROOT / ".git").exists():
        names = set(done.stdout.split("\0")) - {""}
    else:  # an unpacked sdist holds the project's files and what tools left there
        names = {path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*") if path.is_file()}
        names = {
            name for name in names if not re.search(r"(^|/)(\.\w+_?cache|\.venv|__py|PKG-)", name)
        }
    return sorted(PurePosixPath(name) for name in names if (ROOT / name).is_file())


def texts() -> Iterator[tuple[PurePosixPath, str]]:
    for path in files():
        content = (ROOT / path).read_bytes()
        if b"\0" not in content:
            yield path, content.decode("utf-8")


def test_no_text_names_a_machine_or_the_way_it_was_made():
    here = PurePosixPath(Path(__file__).relative_to(ROOT).as_posix())
    found = [
        f"{path}: {match[0]}"
        for path, text in texts()
        if path != here
        for pattern in (MACHINE_PATH, WORKPLACE)
        for match in pattern.finditer(text)
    ]

    assert found == []


@pytest.mark.parametrize(
    "text", ["see /root/x", "'/home/ada/notes'", "open(/tmp/x/)", "C:\\Users\\ada"]
)
def test_a_machine_path_is_noticed(text: str):
    assert MACHINE_PATH.search(text)


@pytest.mark.parametrize(
    "text", ["/subscriptions/1/resourceGroups/x", "src/work/x", "scim/v2/Users/1", "$(ROOT)/tmp/x"]
)
def test_a_resource_path_is_no_machine_path(text: str):
    assert not MACHINE_PATH.search(text)


def test_notebooks_are_kept_without_outputs():
    kept = [
        f"{path}: cell {number}"
        for path in files()
        if path.suffix == ".ipynb"
        for number, cell in enumerate(json.loads((ROOT / path).read_text("utf-8"))["cells"])
        if cell.get("outputs") or cell.get("execution_count") is not None
    ]

    assert kept == []


# What it excuses.


def test_every_rule_that_is_switched_off_says_why():
    lines = (ROOT / "pyproject.toml").read_text(encoding="utf-8").splitlines()
    codes = [line for line in lines if re.match(r'\s+"[A-Z]{1,5}\d*",', line)]

    assert len(codes) > 10
    assert [line for line in codes if not re.search(r"# \S+( \S+)+", line)] == []


def test_every_exception_in_the_code_names_its_rule_and_says_why():
    mute = re.compile(
        r"# noqa(?!: [A-Z]+\d+(, ?[A-Z]+\d+)*\W+\S+ \S+)|# type: ignore(?!\[[\w, -]+\]\W+\S+ \S+)"
    )
    here = Path(__file__).name
    found = [
        f"{path}: {line.strip()}"
        for path, text in texts()
        if path.suffix == ".py" and path.name != here
        for line in text.splitlines()
        if mute.search(line)
    ]

    assert found == []


# What it pins.


def pins(lock: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for match in PIN.finditer((ROOT / lock).read_text(encoding="utf-8")):
        found.setdefault(match["name"], set()).add(match["version"])
    return found


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_pins_and_hashes_and_no_address(lock: str):
    text = (ROOT / lock).read_text(encoding="utf-8")
    lines = text.splitlines()

    assert [
        line for line in lines if not re.match(r"[a-z0-9]|    --hash=sha256:|    #", line)
    ] == []
    assert [line for line in lines if re.search(r"://| @ |^-|[\"' ]/|\\\\|file:", line)] == []
    assert len(PIN.findall(text)) == len([line for line in lines if re.match(r"\w", line)]) > 50
    assert text.count("--hash=sha256:") > len(PIN.findall(text))


def test_both_locks_pin_the_same_versions():
    run, develop = (pins(lock) for lock in LOCKS)

    assert {name: develop.get(name) for name in run} == run


def test_the_locks_satisfy_what_pyproject_asks_for():
    project = PYPROJECT["project"]
    groups = PYPROJECT["dependency-groups"]
    run = [*project["dependencies"], *project["optional-dependencies"]["lab"], *groups["build"]]
    develop = [*run, *(each for each in groups["dev"] if isinstance(each, str))]

    for lock, wanted in zip(LOCKS, (run, develop), strict=True):
        pinned = pins(lock)
        for requirement in map(Requirement, wanted):
            assert pinned[requirement.name], f"{requirement.name} is not in {lock}"
            assert all(map(requirement.specifier.contains, pinned[requirement.name])), requirement


def test_the_build_backend_is_the_locked_one():
    assert PYPROJECT["build-system"]["requires"] == PYPROJECT["dependency-groups"]["build"]


# What it says.


def test_every_make_command_in_the_texts_exists():
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    said = {
        f"{name}: make {target}"
        for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", ".ci/run")
        if (ROOT / name).exists()
        for target in MAKE.findall((ROOT / name).read_text(encoding="utf-8"))
        if target not in targets
    }

    assert said == set()


def test_ci_runs_the_tests_and_the_demo():
    run = MAKE.findall((ROOT / ".ci/run").read_text(encoding="utf-8"))

    assert run == ["test", "demo"]


def test_the_changelog_has_a_section_for_this_version():
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")

    assert f"\n## {PYPROJECT['project']['version']} " in changes


def test_the_package_states_the_version_that_is_built():
    import idgraph

    assert idgraph.__version__ == PYPROJECT["project"]["version"]


# What belongs to it.


def loader_files() -> set[str]:
    """Return the loader modules; a name with a leading underscore is a shared part of several."""
    return {
        path.parts[1].removesuffix(".py")
        for path in files()
        if path.parts[0] == "loaders" and path.suffix == ".py" and not path.parts[1].startswith("_")
    }


def listed_loaders(source: str) -> set[str]:
    """Return the modules that the LOADERS tuple names, however it names them."""
    tree = ast.parse(source)
    came_from = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "loaders":
            inner = (node.module or "").split(".")[1:]
            for name in node.names:
                came_from[name.asname or name.name] = inner[0] if inner else name.name

    names = set()
    for value in (node.value for node in tree.body if _assigns(node, "LOADERS")):
        for part in ast.walk(value):
            if isinstance(part, ast.Name):
                names.add(came_from.get(part.id, part.id))
            elif isinstance(part, ast.Constant) and isinstance(part.value, str):
                names.add(re.sub(r"^loaders\.|[:.].*$", "", part.value))
    return names


def _assigns(node: ast.stmt, name: str) -> bool:
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    return any(isinstance(target, ast.Name) and target.id == name for target in targets)


def test_every_loader_file_is_in_the_tuple_and_every_entry_has_a_file():
    package = ROOT / "loaders" / "__init__.py"
    listed = listed_loaders(package.read_text(encoding="utf-8")) if package.exists() else set()

    assert listed == loader_files()


@pytest.mark.parametrize(
    "source",
    [
        "from loaders import a, b\nLOADERS = (a, b)",
        "from loaders.a import LOADER\nfrom loaders.b import LOADER as B\nLOADERS = (LOADER, B)",
        "from loaders import a, b\nLOADERS: tuple[object, ...] = (a.LOADER, b.LOADER)",
        "LOADERS = ('loaders.a', 'loaders.b:LOADER')",
    ],
)
def test_a_tuple_of_loaders_can_be_read_in_any_form(source: str):
    assert listed_loaders(source) == {"a", "b"}


# What it ships.


@pytest.mark.slow
def test_a_wheel_holds_code_sample_data_and_notebooks(tmp_path: Path):
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*pip, "--wheel-dir", str(tmp_path), str(ROOT)], check=True)
    (wheel,) = tmp_path.glob("*.whl")
    held = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    moved = {
        "sample_data": "idgraph/_shipped/sample_data",
        "notebooks": "idgraph/_shipped/notebooks",
    }

    wanted = {
        f"{moved.get(top, top)}/{'/'.join(path.parts[1:])}"
        for path in files()
        if (top := path.parts[0]) in {"idgraph", "loaders", *moved}
    }
    assert held == wanted
    assert {"idgraph/py.typed", "idgraph/frameworks.toml"} <= held
    assert all(any(name.startswith(f"{folder}/") for name in held) for folder in moved.values())


@pytest.mark.slow
def test_an_sdist_holds_every_file(tmp_path: Path):
    build = [sys.executable, "-m", "hatchling", "build", "--target", "sdist"]
    subprocess.run(
        [*build, "--directory", str(tmp_path)], cwd=ROOT, check=True, capture_output=True
    )
    (sdist,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        held = {member.name.partition("/")[2] for member in archive if member.isfile()}

    assert {str(path) for path in files()} == held - {"PKG-INFO"}
