"""The policies of a snapshot, read into statements."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from idgraph.derive.aws.policy import Layer, Policy, parse_policy
from idgraph.derive.aws.policy.documents import Statement
from idgraph.snapshot import Snapshot
from idgraph.vocabulary import aws


@dataclass(frozen=True)
class Documents:
    """Every policy of a snapshot, each read when first asked for."""

    snapshot: Snapshot
    _parsed: dict[int, Policy] = field(default_factory=dict)

    @cached_property
    def _statements_of(self) -> dict[int, tuple[int, ...]]:
        return heads(self.snapshot, aws.HAS_STATEMENT.name)

    def policy(self, at: int) -> Policy:
        """Return a policy as it stands: the statements of its default version."""
        if at not in self._parsed:
            self._parsed[at] = self._read(at)
        return self._parsed[at]

    def versions(self, at: int) -> dict[str, Policy]:
        """Return the versions of a policy that are not its default, by name."""
        found: dict[str, list[Statement]] = defaultdict(list)
        for each in self._statements_of.get(at, ()):
            said = self.snapshot.node_properties[each]
            if said.get("default_version") is False:
                found[str(said.get("version", ""))] += self._parse(each).statements
        name = str(self.snapshot.ids[at])
        return {version: Policy(name, tuple(some)) for version, some in found.items()}

    def was_read(self, at: int) -> bool:
        """Return whether a policy's document was loaded, and every statement in it understood.

        A statement that is not understood may allow or deny: the whole document is unknown then.
        """
        said = self.snapshot.node_properties[at]
        return said.get("document_read") is True and not self.policy(at).faults

    def layer(self, policies: Iterable[int]) -> tuple[Layer, tuple[str, ...]]:
        """Return policies as a layer, and the names of those that were not loaded."""
        some = tuple(policies)
        unread = tuple(str(self.snapshot.ids[at]) for at in some if not self.was_read(at))
        return Layer(tuple(self.policy(at) for at in some if self.was_read(at))), unread

    def _read(self, at: int) -> Policy:
        parsed = [
            self._parse(each)
            for each in self._statements_of.get(at, ())
            if self.snapshot.node_properties[each].get("default_version") is not False
        ]
        return Policy(
            str(self.snapshot.ids[at]),
            tuple(statement for each in parsed for statement in each.statements),
            tuple(fault for each in parsed for fault in each.faults),
        )

    def _parse(self, at: int) -> Policy:
        """Return a statement as a policy, named after its node; a fault if not understood."""
        said = self.snapshot.node_properties[at]
        document = {
            "Version": said.get("language", ""),
            "Statement": json.loads(said.get("statement", "{}")),
        }
        return parse_policy(str(self.snapshot.ids[at]), document)


def heads(snapshot: Snapshot, kind: str) -> dict[int, tuple[int, ...]]:
    """Return where the observed edges of a kind lead, by where they start."""
    table = snapshot.edges[kind]
    found: dict[int, list[int]] = defaultdict(list)
    for tail, head in zip(table.source.tolist(), table.target.tolist(), strict=True):
        found[tail].append(head)
    return {tail: tuple(dict.fromkeys(some)) for tail, some in found.items()}
