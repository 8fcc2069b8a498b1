"""One call and all that follow from it, in one region: asked, cut down to what is kept, counted."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from threading import Event
from typing import Any

from idgraph.pull.calls import INTO_ITEM, Call, Part, below, follows
from idgraph.pull.keeping import Malformed, element, items, merge
from idgraph.pull.pulled import Asked, Outcome

GIVE_UP = 10  # times that a call is denied for one item after another, and never answered
_DEEPEST = 20  # levels of calls; an organisation has at most five levels of units
_NAME = re.compile(r"\{([^{}]+)\}")
_EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired"})
_DENIED = ("AccessDenied", "Unauthorized", "AuthorizationError", "NotAuthorized")
_NO_ENDPOINT = "NoEndpoint"
MALFORMED = "MalformedAnswer"
STOPPED = "Stopped"


class Stop(Exception):  # noqa: N818  it is no error of the call that raises it
    """There is no use, or no wish, to ask on; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a call is asked."""

    account: str
    partition: str
    region: str  # that is asked
    shown: str = ""  # the same, "" for what is not of a region

    @property
    def names(self) -> dict[str, str]:
        """What arguments may be made of anywhere."""
        return {"account": self.account, "partition": self.partition, "region": self.region}


@dataclass(frozen=True, slots=True)
class Found:
    """An item: the names that later calls may use, and the element of a file that it is."""

    names: Mapping[str, str]
    element: dict[str, Any]


@dataclass(slots=True)
class Tally:
    """What became of one call, as often as it was asked."""

    outcomes: Counter[tuple[Outcome, str]] = field(default_factory=Counter)
    items: Counter[str] = field(default_factory=Counter)  # by record kind

    @property
    def fault(self) -> str:
        """Why not all was answered, "" where all was."""
        faults = (code or str(what) for what, code in self.outcomes if what is not Outcome.OK)
        return next(faults, "")

    def asked(self, call: Call, place: Place) -> Iterator[Asked]:
        """Yield the lines of the report."""
        for record in call.records:
            items = self.items[record]
            for (outcome, code), calls in sorted(self.outcomes.items()) or [((Outcome.OK, ""), 0)]:
                yield Asked(
                    service=call.service,
                    operation=call.operation,
                    account=place.account,
                    region=place.shown,
                    record=record,
                    outcome=outcome,
                    code=code,
                    items=items,
                    calls=0 if outcome is Outcome.SKIPPED else calls,
                )
                items = 0


@dataclass(slots=True)
class Asking:
    """A call and those that follow from it, in one place."""

    root: Call
    place: Place
    client: Callable[[str, str], Any]  # a service, a region
    offered: Callable[[str, str], bool]
    answered: AbstractSet[str] = frozenset()  # calls that other calls need not stand in for
    stop: Event = field(default_factory=Event)
    tallies: dict[str, Tally] = field(default_factory=dict)  # by the name of the call
    files: dict[tuple[str, str], list[dict[str, Any]]] = field(default_factory=dict)
    dropped: Counter[str] = field(default_factory=Counter)

    def run(self) -> Asking:
        """Ask.

        Raises
        ------
        Stop
            The credentials are no longer good, or another call found out.
        """
        self._ask(self.root, [Found(self.place.names, {})])
        return self

    def asked(self, stopped: str = "") -> list[Asked]:
        """Return what became of the calls; `stopped` says why some were never asked."""
        lines: list[Asked] = []
        for call in (self.root, *below(self.root)):
            tally = self.tallies.get(call.name)
            if tally is None and stopped and call.when not in self.answered:
                tally = Tally(Counter({(Outcome.SKIPPED, stopped): 1}))
            if tally is not None:
                lines += tally.asked(call, self.place)
        return lines

    def _ask(self, call: Call, above: Sequence[Found], cut: str = "", depth: int = 0) -> None:
        if call.when in self.answered:
            return
        known = self.tallies.get(call.name)
        if known and not above and (not cut or (Outcome.SKIPPED, cut) in known.outcomes):
            return  # a call that follows from several, or from itself, has no more to say
        tally = self.tallies.setdefault(call.name, Tally())
        if cut:
            tally.outcomes[Outcome.SKIPPED, cut] += 1
        found: dict[str, list[Found]] = {part.member: [] for part in call.parts}
        for start in range(0, len(above), call.batch):
            some = above[start : start + call.batch]
            for arguments in call.arguments:
                self._one(call, some, arguments, tally, found)
        if depth < _DEEPEST:
            for part in call.parts:
                for each in follows(call, part):
                    cut = "" if each is call else tally.fault
                    self._ask(each, found[part.member], cut, depth + 1)

    def _one(
        self,
        call: Call,
        above: Sequence[Found],
        arguments: Mapping[str, Any],
        tally: Tally,
        found: Mapping[str, list[Found]],
    ) -> None:
        if given_up := _given_up(tally):
            tally.outcomes[Outcome.SKIPPED, given_up] += 1
            return
        if self.stop.is_set():
            tally.outcomes[Outcome.SKIPPED, STOPPED] += 1
            raise Stop(STOPPED)
        try:
            filled = {name: _filled(each, above) for name, each in arguments.items()}
            for answer in pages(self.client(call.service, self.place.region), call, filled):
                for part in call.parts:
                    for item in items(answer, part):
                        found[part.member] += self._take(call, part, item, above[0], tally)
        except (Malformed, KeyError):
            tally.outcomes[Outcome.FAILED, MALFORMED] += 1
        except faults() as fault:
            try:
                tally.outcomes[self._outcome(call, fault)] += 1
            except Stop as stop:
                tally.outcomes[Outcome.FAILED, stop.code] += 1
                raise
        else:
            tally.outcomes[Outcome.OK, ""] += 1

    def _take(
        self, call: Call, part: Part, item: Mapping[str, Any], above: Found, tally: Tally
    ) -> Iterable[Found]:
        """Take an item up; nothing comes of one that lacks what makes it one."""
        known = element(item, part, self.dropped)
        if part.needs and not known.get(part.needs):
            return ()
        if part.own and f":{self.place.account}:" not in str(known.get(part.own)):
            self.dropped[part.member] += 1
            return ()
        tally.items[part.record] += 1
        if part.put == INTO_ITEM:
            merge(above.element, known)
            return ()
        texts = {name: text for name, text in known.items() if isinstance(text, str)}
        if part.add:
            parent = {f"above.{name}": text for name, text in above.names.items()}
            names = {**parent, **above.names, **texts}
            known = {name: _text(text, names) for name, text in part.add.items()} | known
        if part.is_written:
            self.files.setdefault((call.name, part.put), []).append(known)
        return (Found({**above.names, **texts}, known),)

    def _outcome(self, call: Call, fault: Exception) -> tuple[Outcome, str]:
        """Return what a fault means here; raises Stop as `outcome_of` does."""
        outcome, code = outcome_of(call, fault)
        region = self.place.region
        if code == "EndpointConnectionError" and not self.offered(call.service, region):
            return Outcome.OK, _NO_ENDPOINT  # what a region does not offer, nobody has in it
        return outcome, code


def outcome_of(call: Call, fault: Exception) -> tuple[Outcome, str]:
    """Return what a fault means.

    Raises
    ------
    Stop
        That the credentials are no longer good.
    """
    code = code_of(fault)
    if is_expired(fault):
        raise Stop(code) from fault
    if code in call.none:
        return Outcome.OK, ""
    denied = any(word in code for word in _DENIED)
    return Outcome.DENIED if denied else Outcome.FAILED, code


def pages(client: Any, call: Call, arguments: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the answers to a call, page by page.

    Raises
    ------
    Malformed
        An answer is empty: what came was not what the service's model says.
    """
    from botocore import xform_name

    method = xform_name(call.operation)
    if client.can_paginate(method):
        asked = {**arguments, "PaginationConfig": {"PageSize": call.page} if call.page else {}}
        answers = client.get_paginator(method).paginate(**asked)
    else:
        answers = (getattr(client, method)(**each) for each in (arguments,))
    for answer in _parsed(answers, call):
        if not isinstance(answer, dict) or not answer.keys() - {"ResponseMetadata"}:
            raise Malformed(call.operation)
        yield answer


def _parsed(answers: Iterable[Any], call: Call) -> Iterator[Any]:
    """Yield answers; what botocore stumbles over as it parses is no answer."""
    waiting = iter(answers)
    while True:
        try:
            answer = next(waiting)
        except StopIteration:
            return
        except (AttributeError, LookupError, TypeError, ValueError) as fault:
            raise Malformed(call.operation) from fault
        yield answer


def faults() -> tuple[type[Exception], ...]:
    """Return what a client may raise."""
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError

    return (ClientError, BotoCoreError, ResponseParserError)


def code_of(fault: Exception) -> str:
    """Return AWS's code of a fault, or the name of what went wrong on the way."""
    response = getattr(fault, "response", None)
    code = response.get("Error", {}).get("Code") if isinstance(response, dict) else None
    return str(code) if code else type(fault).__name__


def is_expired(fault: Exception) -> bool:
    """Return whether a fault says that the credentials are no longer good."""
    from botocore.exceptions import (
        CredentialRetrievalError,
        NoCredentialsError,
        SSOError,
        TokenRetrievalError,
    )

    gone = (CredentialRetrievalError, NoCredentialsError, SSOError, TokenRetrievalError)
    return code_of(fault) in _EXPIRED or isinstance(fault, gone)


def _given_up(tally: Tally) -> str:
    """Return the code of a call that was denied so often that it is asked no more."""
    denied = {code: count for (what, code), count in tally.outcomes.items() if what == "denied"}
    if (Outcome.OK, "") in tally.outcomes or sum(denied.values()) < GIVE_UP:
        return ""
    return next(iter(denied))


def _filled(template: Any, above: Sequence[Found]) -> Any:
    """Return an argument: a text of one item, or a list with a text of each."""
    if isinstance(template, list):
        return [_text(each, one.names) for one in above for each in template]
    return _text(template, above[0].names)


def _text(template: str, names: Mapping[str, str]) -> str:
    def named(found: re.Match[str]) -> str:
        name = found.group(1)
        return f"/{names[name[1:]].lstrip('/')}" if name[0] == "/" else names[name]

    return _NAME.sub(named, template)
