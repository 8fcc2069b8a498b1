"""A pull of one AWS account: ask every call, write the answers, say what was not seen.

The answers are files first, in the form that the loader `aws_iam` reads, so that what was seen
can be looked at, kept and loaded again. What could not be asked stands in `pull.json` beside
them. Nothing is ever asked that could change the account or hand out a secret's value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import Any

from idgraph.errors import did_you_mean
from idgraph.pull import folder as files
from idgraph.pull.asking import MALFORMED, Asking, Place, Stop, faults, outcome_of
from idgraph.pull.calls import Call, below, calls, named
from idgraph.pull.credential_report import GET, credential_report
from idgraph.pull.pulled import Asked, Outcome, Pulled, PullError, PullInterruptedError
from idgraph.pull.session import WORKERS, Aws, Caller, caller, connect, enabled, expired

Progress = Callable[[int, int], None]

INTERRUPTED = "Interrupted"
NOT_ASKED_FOR = "NotAskedFor"
OTHER_REGIONS = "other regions"
_REGIONS = named("ec2.DescribeRegions")


def aws(
    out: str | Path,
    *,
    profile: str | None = None,
    regions: Sequence[str] = (),
    organisation: bool = True,
    session: Any | None = None,
    progress: Progress | None = None,
) -> Pulled:
    """Ask AWS for what idgraph reads of an account, and write the answers to `out/<account>`.

    Parameters
    ----------
    out
        The folder in which the account gets a folder of its own.
    profile
        A profile of AWS's configuration; by default what boto3 finds.
    regions
        The regions to ask; by default all that are enabled.
    organisation
        Whether to ask for the organisation and its IAM Identity Center, too.
    session
        A session of boto3 to ask with, instead of a profile.
    progress
        Is told the calls done, and how many there are.

    Raises
    ------
    PullError
        boto3 is missing, AWS lets nobody in, or the folder holds an older pull. Credentials that
        expire on the way leave what was written: `pulled` of the error says where.
    PullInterruptedError
        Ctrl-C; what was written stays, and `pulled` says where.
    """
    reached = connect(profile, session)
    pulling = _begun(reached, Path(out), regions, organisation=organisation)
    try:
        pulling.run(progress)
    except Stop as stop:
        error = expired(stop.code)
        error.pulled = pulling.finished(stop.code)
        error.hint = f"{error.hint} Until then: idgraph load aws_iam {pulling.folder}"
        raise error from None
    except KeyboardInterrupt:
        raise PullInterruptedError(pulling.finished(INTERRUPTED)) from None
    return pulling.finished()


@dataclass(slots=True, kw_only=True)
class _Pulling:
    """A pull under way."""

    who: Caller
    at: str
    regions: tuple[str, ...]
    folder: Path
    aws: Aws
    organisation: bool
    lines: list[Asked]  # what became of the calls that are asked before all others
    answered: set[str] = field(default_factory=set)  # calls that others only stand in for
    stop: Event = field(default_factory=Event)
    jobs: list[Asking] = field(default_factory=list)
    files: dict[str, Path] = field(default_factory=dict)  # by name
    dropped: int = 0

    def run(self, progress: Progress | None) -> None:
        """Ask every call; raises Stop or KeyboardInterrupt when it has to end early."""
        self.jobs = list(self._jobs())
        self._report(INTERRUPTED)  # should the machine fail, the files say that they are not all
        self._report_of_credentials()
        with ThreadPoolExecutor(WORKERS) as pool:
            waiting = {pool.submit(job.run): job for job in self.jobs}
            try:
                for done, future in enumerate(as_completed(waiting), 1):
                    future.result()
                    self._write(waiting[future])
                    if progress:
                        progress(done, len(waiting))
            except BaseException:
                self.stop.set()
                pool.shutdown(cancel_futures=True)
                raise

    def finished(self, stopped: str = "") -> Pulled:
        """Write what is left to write, and return what there is."""
        for job in self.jobs:
            self._write(job)
        asked = self._report(stopped)
        return Pulled(
            account=self.who.account,
            caller=self.who.arn,
            at=self.at,
            regions=self.regions,
            folder=self.folder,
            files=tuple(path for _, path in sorted(self.files.items())),
            calls=tuple(asked),
            dropped=self.dropped + sum(job.dropped.total() for job in self.jobs),
        )

    def _jobs(self) -> Iterator[Asking]:
        for call in calls():
            if call.begin or call.of or (call.organisation and not self.organisation):
                continue
            for region in self.regions if call.regional else ("",):
                place = Place(
                    account=self.who.account,
                    partition=self.who.partition,
                    region=region or self.who.home,
                    shown=region,
                )
                yield Asking(
                    root=call,
                    place=place,
                    client=self.aws.client,
                    offered=self.aws.offered,
                    answered=self.answered,
                    stop=self.stop,
                )

    def _report_of_credentials(self) -> None:
        found = credential_report(self.aws.client("iam", self.who.home), self.who.account)
        self.lines += found.lines
        self.dropped += found.dropped
        if found.is_read:
            name = files.file_name(self.who.account, GET.name, ending="csv")
            self.files[name] = files.write(self.folder, name, found.text)
            self.answered.add(GET.name)

    def _write(self, job: Asking) -> None:
        """Write the answers of a job, a file for each call that has any."""
        by_call: dict[str, dict[str, Any]] = {}
        for (call, member), elements in job.files.items():
            by_call.setdefault(call, {})[member] = elements
        for call, members in by_call.items():
            name = files.file_name(self.who.account, call, job.place.shown)
            if name not in self.files:
                partial = {"IsTruncated": True} if job.tallies[call].fault else {}
                self.files[name] = files.write(self.folder, name, files.as_json(members | partial))

    def _report(self, stopped: str) -> list[Asked]:
        asked = [*self.lines, *(line for job in self.jobs for line in job.asked(stopped))]
        if stopped and not any(line.operation == GET.operation for line in self.lines):
            asked += _skipped(self.who, (GET,), stopped)
        files.write_report(self.folder, self.at, self.who.arn, asked)
        return asked


def _begun(reached: Aws, out: Path, regions: Sequence[str], *, organisation: bool) -> _Pulling:
    at = f"{datetime.now(UTC).replace(microsecond=0, tzinfo=None).isoformat()}Z"
    who = caller(reached, regions)
    roots = [call for call in calls() if not call.of and not call.begin]
    left_out = [] if organisation else [call for call in roots if call.organisation]
    regional = [call for call in roots if call.regional and call not in left_out]
    chosen, lines = _regions(reached, who, regions, regional)
    lines += _skipped(who, left_out, NOT_ASKED_FOR)
    return _Pulling(
        who=who,
        at=at,
        regions=chosen,
        folder=files.make(out, who.account),
        aws=reached,
        organisation=organisation,
        lines=lines,
    )


def _regions(
    reached: Aws, who: Caller, asked_for: Sequence[str], regional: Sequence[Call]
) -> tuple[tuple[str, ...], list[Asked]]:
    """Return the regions to ask, and the lines that tell of those that are not asked.

    Raises
    ------
    PullError
        A region that was asked for is not enabled.
    """
    try:
        there = enabled(reached, who.home)
    except faults() as fault:
        outcome, code = _outcome(fault)
        return tuple(asked_for) or (who.home,), _unknown(who, regional, outcome, code)
    if not there:
        lines = _unknown(who, regional, Outcome.FAILED, MALFORMED)
        return tuple(asked_for) or (who.home,), lines
    for region in asked_for:
        if region not in there:
            hint = did_you_mean(region, there) or f"Enabled are: {', '.join(there)}."
            raise PullError(f"the region {region}", f"is not enabled in {who.account}", hint=hint)
    chosen = tuple(dict.fromkeys(asked_for)) or there
    lines = [_line(_REGIONS, who, "", Outcome.OK, "", items=len(there))]
    if set(chosen) != set(there):
        lines += _skipped(who, regional, NOT_ASKED_FOR, OTHER_REGIONS)
    return chosen, lines


def _outcome(fault: Exception) -> tuple[Outcome, str]:
    try:
        return outcome_of(_REGIONS, fault)
    except Stop as stop:
        raise expired(stop.code) from None


def _unknown(who: Caller, roots: Iterable[Call], outcome: Outcome, code: str) -> list[Asked]:
    """Return a line for each record kind of which regions that nobody knows may hold more."""
    records = dict.fromkeys(record for root in roots for record in _records(root))
    return [_line(_REGIONS, who, record, outcome, code) for record in records]


def _skipped(who: Caller, roots: Iterable[Call], code: str, region: str = "") -> list[Asked]:
    """Return a line for each record kind that comes of calls which are not asked."""
    return [
        _line(root, who, record, Outcome.SKIPPED, code, region=region)
        for root in roots
        for record in _records(root)
    ]


def _records(root: Call) -> tuple[str, ...]:
    every = (root, *below(root))
    return tuple(dict.fromkeys(record for call in every for record in call.records))


def _line(
    call: Call,
    who: Caller,
    record: str,
    outcome: Outcome,
    code: str,
    *,
    items: int = 0,
    region: str = "",
) -> Asked:
    return Asked(
        service=call.service,
        operation=call.operation,
        account=who.account,
        region=region,
        record=record,
        outcome=outcome,
        code=code,
        items=items,
        calls=0 if outcome is Outcome.SKIPPED else 1,
    )
