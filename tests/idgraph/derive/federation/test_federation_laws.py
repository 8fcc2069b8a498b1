"""What holds of every rule between platforms."""

from __future__ import annotations

from pathlib import Path

import pytest

import idgraph.derive.federation as package
from idgraph.derive.federation import RULES

KINDS = {kind.name: kind for rule in RULES for kind in rule.kinds if kind.name != "MAY_LEAD_TO"}


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_every_kind_is_explained(kind):
    assert kind.derived
    assert kind.walkable
    assert kind.source
    assert kind.controls
    for text in (kind.allows, kind.verify, kind.remove, kind.logged, kind.misses or "None."):
        assert text[0].isupper() or text[0] == "`"
        assert text.endswith(".")


def test_every_module_with_a_rule_is_in_the_tuple():
    folder = Path(package.__file__).parent
    with_rule = {path.stem for path in folder.glob("*.py") if "\nRULE = " in path.read_text()}
    listed = {rule.find.__module__.rpartition(".")[2] for rule in RULES}
    assert with_rule == listed
    assert len(listed) == len(RULES)
