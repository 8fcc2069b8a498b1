"""Policies as they speak of one subject, or of all the subjects that fit a pattern.

A condition on the subject that holds for every one of them, or for none, is settled here; what is
left goes to the policy evaluator, which finds the subject unknown.
"""

from __future__ import annotations

from dataclasses import replace

from idgraph.derive.aws.policy import Condition, Context, Effect, Layer, Policy, Statement
from idgraph.derive.aws.policy.conditions import holds
from idgraph.derive.aws.policy.truth import NO, YES, Truth, unknown
from idgraph.derive.federation.patterns import Begun, covers, is_pattern, overlap


class BySubject:
    """The statements of a trust policy by how the subjects begin that they name.

    A policy that names thousands of subjects is asked about each, and few statements speak of it.
    """

    def __init__(self, layer: Layer, key: str) -> None:
        self.layer = layer
        self.statements = list(layer.statements())
        named = [_named(each, key.lower()) for each in self.statements]
        self._always = {number for number, some in enumerate(named) if some is None}
        self._by = Begun((text, number) for number, some in enumerate(named) for text in some or ())

    def about(self, subject: str) -> Layer:
        """Return the statements that may speak of a subject, in their order."""
        found = sorted(self._always.union(self._by.near(subject)))
        kept = tuple(self.statements[number] for number in found)
        return replace(self.layer, policies=(Policy("", kept),))


def _named(statement: Statement, key: str) -> tuple[str, ...] | None:
    """Return the subjects that a statement is for, None where it may be for any."""
    for each in statement.conditions:
        plain = each.operator in {"StringEquals", "StringLike"}
        if plain and each.key.lower() == key and not any("${" in value for value in each.values):
            return each.values
    return None


def narrowed(layer: Layer, key: str, subject: str) -> Layer:
    """Return policies as they speak of the subjects that fit a pattern; `key` is the subject's."""
    if not is_pattern(subject):
        return layer
    policies = tuple(
        Policy(
            each.name,
            tuple(
                left
                for statement in each.statements
                if (left := _settled(statement, key.lower(), subject)) is not None
            ),
        )
        for each in layer.policies
    )
    return replace(layer, policies=policies)


def _settled(statement: Statement, key: str, subject: str) -> Statement | None:
    left = []
    for each in statement.conditions:
        truth = YES if each.key.lower() != key else _of_all(each, subject, statement)
        if truth.no:
            return None
        if each.key.lower() != key or not truth.yes:
            left.append(each)
    return replace(statement, conditions=tuple(left))


def _of_all(condition: Condition, subject: str, statement: Statement) -> Truth:
    """Return whether a condition holds for every subject that fits a pattern, or for none.

    Of some of them, an Allow that names them more closely speaks for itself: it is no way in for
    the others.
    """
    if condition.operator == "Null":
        return holds(condition, Context({condition.key.lower(): (subject,)}), variables=False)
    negated = "Not" in condition.operator
    if any(_takes_in(condition, each, subject) for each in condition.values):
        return NO if negated else YES
    if statement.variables and any("${" in each for each in condition.values):
        return unknown(condition)
    touched = [each for each in condition.values if _touches(condition, each, subject)]
    if not touched:
        return YES if negated else NO
    closer = statement.effect is Effect.ALLOW and not negated
    if closer and all(covers(subject, each) for each in touched):
        return NO
    return unknown(condition)


def _takes_in(condition: Condition, value: str, subject: str) -> bool:
    return has_wildcards(condition) and covers(value, subject)


def _touches(condition: Condition, value: str, subject: str) -> bool:
    if "IgnoreCase" in condition.operator:
        return overlap(value.lower(), subject.lower())
    return overlap(value, subject)


def has_wildcards(condition: Condition) -> bool:
    """Return whether `*` and `?` are wildcards in the values of a condition."""
    return condition.operator.startswith(("StringLike", "StringNotLike", "Arn"))
