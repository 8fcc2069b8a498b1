"""Laws over the list of frameworks, and what happens to ids that are not on it."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from idgraph import frameworks as module
from idgraph.errors import IdGraphError, ModelError
from idgraph.frameworks import (
    Control,
    Framework,
    UnknownControlError,
    control,
    frameworks,
    parse,
)

FORMS = {
    "NIST-CSF": r"(GV|ID|PR|DE|RS|RC)\.[A-Z]{2}-\d{2}",
    "OWASP-NHI": r"NHI([1-9]|10):2025",
    "CSA-CCM": r"[A-Z]{3}-\d{2}",
    "CSA-MAESTRO": r"L[1-7]",
    "ATT&CK": r"T\d{4}(\.\d{3})?",
}
CONTROLS = [each for framework in frameworks() for each in framework.controls]
REFUSED = [
    (framework, id_, hint) for framework in frameworks() for id_, hint in framework.refused.items()
]
LIST = Path(module.__file__).with_name("frameworks.toml")

SMALL = """
[[framework]]
key = "X"
version = "1"
publisher = "P"
title = "T"
source = "S"
[framework.controls]
"A-1" = "First"
[framework.refused]
"A-2" = "Use X:A-1."
"""


def test_the_five_frameworks_are_listed_with_their_versions():
    versions = {framework.key: framework.version for framework in frameworks()}

    assert versions == {
        "NIST-CSF": "2.0",
        "OWASP-NHI": "2025",
        "CSA-CCM": "4.0.13",
        "CSA-MAESTRO": "2025-02",
        "ATT&CK": "17.0",
    }


@pytest.mark.parametrize("each", CONTROLS, ids=str)
def test_every_control_is_found_by_its_name_and_has_the_publishers_form(each: Control):
    assert control(str(each)) is each
    assert re.fullmatch(FORMS[each.framework], each.id)
    assert each.title == each.title.strip()
    assert not each.title.endswith(".")


def test_every_name_is_unique():
    names = [str(each) for each in CONTROLS]

    assert len(set(names)) == len(names)


def test_nothing_in_the_list_is_lost_or_changed_by_reading_it():
    written = tomllib.loads(LIST.read_text(encoding="utf-8"))["framework"]

    assert [_as_table(framework) for framework in frameworks()] == written


@pytest.mark.parametrize(("framework", "id_", "hint"), REFUSED, ids=lambda each: str(each)[:20])
def test_a_known_mistake_is_refused_and_told_what_to_write(
    framework: Framework, id_: str, hint: str
):
    with pytest.raises(UnknownControlError) as caught:
        control(f"{framework.key}:{id_}")

    assert caught.value.hint == hint


@pytest.mark.parametrize(("framework", "id_", "hint"), REFUSED, ids=lambda each: str(each)[:20])
def test_a_hint_names_only_controls_that_exist(framework: Framework, id_: str, hint: str):
    del framework, id_
    for name in re.findall(r"[A-Z][A-Z&-]+:[A-Z][A-Z0-9.:-]*[0-9]", hint):
        assert control(name)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("GV.OC-1", "GV.RR-02"),
        ("NIST-CSF:GV.OC-1", "GV.RR-02"),
        ("CSF GV.OC-1", "GV.RR-02"),
        ("NHI-03", "NHI9:2025"),
        ("OWASP-NHI:NHI-04", "NHI1:2025"),
        ("MAESTRO IAM-04", "CSA-CCM:IAM-05"),
        ("MAESTRO:IAM-04", "CSA-CCM:IAM-05"),
        ("ATT&CK:T1685.002", "T1562.008"),
        ("IAM-04", "Write CSA-CCM:IAM-04."),
        ("NHI1:2025", "Write OWASP-NHI:NHI1:2025."),
        ("OWASP-NHI:NHI1", "Did you mean OWASP-NHI:NHI1:2025?"),
        ("nist-csf:pr.aa-05", "Did you mean NIST-CSF:PR.AA-05?"),
        ("NIST-CSF:RS.MI-1", "Did you mean NIST-CSF:RS.MI-01?"),
        ("ATTACK:T1098.001", "Did you mean ATT&CK:T1098.001?"),
        ("", "A name is FRAMEWORK:ID"),
        ("?", "A name is FRAMEWORK:ID"),
    ],
)
def test_an_unknown_name_is_refused_with_a_hint(name: str, hint: str):
    with pytest.raises(UnknownControlError, match="is not on idgraph's list") as caught:
        control(name)

    assert hint in str(caught.value)
    assert isinstance(caught.value, IdGraphError)
    assert isinstance(caught.value, LookupError)


def test_a_small_list_can_be_read():
    (framework,) = parse(SMALL)

    assert framework.controls == (Control("X", "1", "A-1", "First"),)
    assert dict(framework.refused) == {"A-2": "Use X:A-1."}
    assert {framework}


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("not toml", "cannot be read"),
        ("", "cannot be read"),
        (SMALL.replace('publisher = "P"', ""), "cannot be read"),
        (SMALL.replace('publisher = "P"', 'publisher = ""'), "has no publisher"),
        (SMALL.replace('publisher = "P"', 'publisher = "P"\ncolour = "red"'), "cannot be read"),
        (SMALL.replace("First", " "), "has no id or no title"),
        (SMALL.replace('"A-1" = "First"', ""), "has no controls"),
        (SMALL.replace('"A-1" = "First"', '"A-1" = "First"\n"A-1" = "Again"'), "cannot be read"),
        (SMALL.replace('"A-2"', '"A-1"'), "both lists and refuses A-1"),
        (SMALL + SMALL, "declares a framework twice"),
    ],
)
def test_a_list_with_a_fault_is_refused(text: str, fault: str):
    with pytest.raises(ModelError, match=fault):
        parse(text)


def test_importing_the_module_reads_no_file():
    code = "import idgraph.frameworks as f; print(f.frameworks.cache_info().currsize)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "0"


def _as_table(framework: Framework) -> dict[str, object]:
    table: dict[str, object] = {
        name: getattr(framework, name)
        for name in ("key", "version", "publisher", "title", "source")
    }
    table["controls"] = {each.id: each.title for each in framework.controls}
    if framework.refused:
        table["refused"] = dict(framework.refused)
    return table
