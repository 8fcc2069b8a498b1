"""The evidence of an edge in words: the method first, then each place and whose policy it is."""

from __future__ import annotations

import pytest

from idgraph.analysis.evidence import edge_texts
from idgraph.derive.aws.methods import BY_ID
from idgraph.stores.protocol import Detail

PASSING = BY_ID["lambda-001"]
IAM = "arn:aws:iam::111122223333"


class Rows:
    """What a store says of rows; it is asked once, and for rows alone."""

    def __init__(self, **said):
        self.said = said
        self.asked = []

    def evidence(self, rows):
        self.asked.append(list(rows))
        return {row: Detail(evidence=("a.json#/x",), properties=self.said) for row in rows}


def test_the_method_comes_first_in_the_terms_of_the_platform():
    store = Rows()
    assert edge_texts(store, [[7, PASSING.row, 8]]) == [
        (
            "by lambda-001: iam:PassRole + lambda:CreateFunction + lambda:InvokeFunction",
            "a.json#/x",
        )
    ]
    assert store.asked == [[7, 8]]


@pytest.mark.parametrize(
    ("policy", "sid", "named"),
    [
        (f"{IAM}:policy/team/dev", "Fn", "policy team/dev, Sid Fn"),
        (f"{IAM}:user/x/ada#policy/own", "", "policy own of ada"),
        (f"{IAM}:role/build#trust", "Who", "trust policy of build, Sid Who"),
        ("arn:aws:s3:::logs#policy", "", "policy of logs"),
        ("arn:aws:organizations::1:policy/o-1/p-1", "", "policy o-1/p-1"),
    ],
)
def test_a_statement_is_named_by_its_policy_and_its_sid(policy, sid, named):
    store = Rows(policy=policy, sid=sid)
    assert edge_texts(store, [[7]]) == [(f"a.json#/x ({named})",)]


def test_what_is_no_statement_is_told_by_its_place_alone():
    assert edge_texts(Rows(name="ada"), [[7], []]) == [("a.json#/x",), ()]
