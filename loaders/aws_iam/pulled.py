"""What a pull tells of its own calls: the file `pull.json` beside the answers.

Each element of `PullCalls` names a call (Service, Operation, Account, Region), the record kind that
its answer holds (Record), what became of it (Outcome: ok, denied, failed or skipped; Code is AWS's
own word) and how many Items came. A record kind all of whose calls are ok is whole, even without
an item; one with a call that is not ok is not, and the call is named.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from idgraph.records import Record
from loaders._fields import Fault, Item
from loaders._reading import Tally
from loaders.aws_iam.export import Call, Export, rejected
from loaders.aws_iam.sources import ACCOUNT_ID, Belongs, Level, level_of

MEMBER = "PullCalls"
PULL = "call of a pull"
OK = "ok"
_WORDS = {"denied": "was denied", "failed": "failed", "skipped": "was left out"}
_NAMED = 3  # calls that are named in words


def read(
    value: Any, place: str, export: Export, tally: Tally, kinds: Collection[str]
) -> Iterator[Record]:
    """Take note of a call; yield what could not be understood of it."""
    export.record = PULL
    item = Item(value if isinstance(value, dict) else {}, place, [])
    account, call = item.text("Account"), _call(item)
    fault = _fault(item, call, kinds)
    own = Belongs(Level.ACCOUNT, account) if ACCOUNT_ID.fullmatch(account) else None
    if export.mine is None:
        _note(call, own, export)
        return
    if not fault and _matters(call, own, export):
        export.calls.append(call)
    if export.takes(_about(call, own, export)):
        tally.records += 1
        tally.accepted += not fault
        tally.refused += bool(fault)
        yield from rejected(export, [fault] if fault else [])


def _note(call: Call, own: Belongs | None, export: Export) -> None:
    """Note whose pull it is; who only asked about an organisation was not pulled itself."""
    if export.file is None:
        return
    held = export.homes.held(export.file)
    if own is None:
        held.nameless.add(Level.ACCOUNT)
    elif level_of(call.record) is Level.ACCOUNT:
        held.owners.add(own)
        held.anchors.add(own)
    else:
        held.askers.add(own)


def _about(call: Call, own: Belongs | None, export: Export) -> Belongs | None:
    """Return the source that a call asked about: an organisation whose answers lie beside it."""
    beside = export.homes.beside(export.file) if export.file else set()
    level = level_of(call.record)
    some = sorted(each for each in beside if each.level is level)
    return own if level is Level.ACCOUNT or not some else some[0]


def _call(item: Item) -> Call:
    items = item.value.get("Items")
    return Call(
        operation=f"{item.text('Service')} {item.text('Operation')}".strip(),
        region=item.text("Region"),
        record=item.text("Record"),
        outcome=item.text("Outcome"),
        code=item.text("Code"),
        items=items if isinstance(items, int) else 0,
    )


def _fault(item: Item, call: Call, kinds: Collection[str]) -> Fault | None:
    if call.record and call.record not in kinds:
        return Fault(item.at("Record"), "names no record kind that is read here")
    if call.outcome not in (OK, *_WORDS):
        return Fault(item.at("Outcome"), "is none of ok, denied, failed and skipped")
    return item.faults[0] if item.faults else None


def _matters(call: Call, own: Belongs | None, export: Export) -> bool:
    """Return whether a call says something of the source being read.

    A call about an organisation says something of the one whose answers lie beside it; where none
    does, of the account that was to be asked.
    """
    level = level_of(call.record)
    if not call.record or export.file is None:
        return False
    if level is Level.ACCOUNT or not export.homes.has(level):
        return export.takes(own)
    return export.is_of(level) and export.mine in export.homes.beside(export.file)


def gap(calls: Sequence[Call]) -> str:
    """Return which calls did not answer, in words; "" where all did."""
    missed = [_told(each) for each in calls if each.outcome != OK]
    some = list(dict.fromkeys(missed))
    more = f" and {len(some) - _NAMED:,} more" if len(some) > _NAMED else ""
    return f"{', '.join(some[:_NAMED])}{more}" if some else ""


def items(calls: Iterable[Call]) -> int:
    """Return how many items the calls brought."""
    return sum(each.items for each in calls)


def _told(call: Call) -> str:
    where = f" in {call.region}" if call.region else ""
    code = f" ({call.code})" if call.code else ""
    return f"{call.operation}{where} {_WORDS[call.outcome]}{code}"
