"""The subjects that a trust policy lets in, against a slow reading of it letter by letter."""

from __future__ import annotations

from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from idgraph.derive.federation.tokens import doors
from tests.idgraph.derive.federation.tokens import World, trust

ISSUER = "idp.example"
TEXTS = tuple("".join(each) for size in range(1, 4) for each in product("abc", repeat=size))


def fits(pattern, text):
    if not pattern:
        return not text
    if pattern[0] == "*":
        return any(fits(pattern[1:], text[at:]) for at in range(len(text) + 1))
    return bool(text) and pattern[0] in ("?", text[0]) and fits(pattern[1:], text[1:])


TESTS = {
    "StringEquals": str.__eq__,
    "StringLike": fits,
    "StringEqualsIgnoreCase": lambda wanted, text: wanted.lower() == text.lower(),
}
subjects = st.lists(st.text("ab*?", min_size=1, max_size=3), min_size=1, max_size=2)
operators = st.sampled_from(
    [*TESTS, "StringNotEquals", "StringNotLike", "StringNotEqualsIgnoreCase"]
)
statements = st.tuples(
    st.sampled_from(["Allow", "Allow", "Deny"]), st.dictionaries(operators, subjects, max_size=2)
)


def holds(operator, values, text):
    found = any(TESTS[operator.replace("Not", "")](each, text) for each in values)
    return found != ("Not" in operator)


def speaks(conditions, text):
    return all(holds(operator, values, text) for operator, values in conditions.items())


def lets_in(policy, text):
    some = {effect for effect, conditions in policy if speaks(conditions, text)}
    return some == {"Allow"}


@settings(max_examples=300, deadline=None)
@given(st.lists(statements, min_size=1, max_size=3))
def test_a_door_without_conditions_is_open_and_nobody_comes_in_elsewhere(policy):
    written = [
        trust(ISSUER, effect, **{each: {"sub": values} for each, values in conditions.items()})
        for effect, conditions in policy
    ]
    found = doors(World(*written, issuer=ISSUER).build.snapshot())
    for door in found:
        if not door.way.needs:
            inside = [each for each in TEXTS if fits(door.subject, each)]
            assert all(lets_in(policy, each) for each in inside), door.subject
    let_in = {each for each in TEXTS if lets_in(policy, each)}
    assert all(any(fits(door.subject, each) for door in found) for each in let_in)
