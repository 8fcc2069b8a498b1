"""The clock, by hand for small cases, and against a minute-by-minute simulation for many."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from idgraph.analysis.survivors.clock import (
    FOREVER,
    Batch,
    Clock,
    Ending,
    Kill,
    Reckoning,
    in_order,
)
from idgraph.analysis.survivors.tables import (
    Artefact,
    Cell,
    Change,
    Delay,
    Fate,
    Life,
    Source,
    Trust,
    Where,
)

AT = datetime(2026, 11, 2, 14, tzinfo=UTC)
SOURCE = Source(
    key="s", document="d", place="p", dated="2026-11", trust=Trust.PRIMARY, version="test 2026-11"
)


def minutes(count: int | None) -> timedelta | None:
    return None if count is None else timedelta(minutes=count)


def after(count: int | None) -> datetime:
    return FOREVER if count is None else AT + timedelta(minutes=count)


def artefact(name: str, least: int | None, most: int | None, *minted_by: str, **more) -> Artefact:
    return Artefact(
        id=name,
        platform="test",
        name=name,
        of=("person",),
        life=Life(least=minutes(least), usual=None, most=minutes(most), words="so long"),
        source=SOURCE,
        where=Where.OWN,
        minted_by=minted_by,
        **more,
    )


def cell(fate: Fate = Fate.SURVIVES, delay: int = 0) -> Cell:
    return Cell(fate=fate, source=SOURCE, delay=Delay(most=timedelta(minutes=delay)))


def change(name: str, **delays: int | Fate) -> Change:
    """Return an action that ends artefacts after minutes, or may end them."""
    cells = {
        thing: cell(Fate.CANNOT_TELL) if isinstance(said, Fate) else cell(Fate.REVOKED, said)
        for thing, said in delays.items()
    }
    return Change(
        id=name,
        platform="test",
        name=name,
        source=SOURCE,
        do=f"Do {name}",
        operation=name,
        cells=cells,
    )


def batches(*things: Artefact, **cells: Cell) -> dict:
    made = [
        Batch(
            artefact=thing,
            own=True,
            cell=cells.get(thing.id, cell()),
            sure=cells.get(thing.id, cell()).fate is Fate.SURVIVES,
        )
        for thing in things
    ]
    return {each.key: each for each in made}


def reckoned(things: dict, *kills: tuple[Change, int]) -> Reckoning:
    return Reckoning(things, AT, [Kill(each, after(at)) for each, at in kills], guest=False)


def ends(reckoning: Reckoning) -> dict[str, tuple[datetime, datetime]]:
    return {name: (e.earliest, e.latest) for (name, _), e in reckoning.endings.items()}


KEY = artefact("key", None, None)
TOKEN = artefact("token", 60, 90, "key")
SLOW = artefact("slow", 0, 28 * 60, "key")
ALONE = artefact("token", 60, 90)
DROP_KEY = change("drop_key", key=0)
END_TOKEN = change("end_token", token=15)


def test_what_was_issued_at_the_reset_lives_its_lifetime():
    assert ends(reckoned(batches(ALONE))) == {"token": (after(60), after(90))}


def test_whoever_holds_the_key_has_tokens_without_end():
    assert ends(reckoned(batches(KEY, TOKEN)))["token"] == (FOREVER, FOREVER)


def test_the_last_token_ends_a_lifetime_after_the_key():
    found = ends(reckoned(batches(KEY, TOKEN), (DROP_KEY, 30)))

    assert found == {"key": (after(30), after(30)), "token": (after(90), after(120))}


def test_a_killed_artefact_ends_at_the_kill_plus_its_delay():
    found = ends(reckoned(batches(ALONE), (END_TOKEN, 20)))

    assert found["token"] == (after(35), after(35))


def test_a_kill_after_the_end_changes_nothing():
    assert ends(reckoned(batches(ALONE), (END_TOKEN, 200))) == ends(reckoned(batches(ALONE)))


def test_a_kill_is_in_vain_while_new_ones_can_be_had():
    found = ends(reckoned(batches(KEY, TOKEN), (END_TOKEN, 20), (DROP_KEY, 30)))

    assert found["token"] == (after(90), after(120))


def test_kills_at_the_same_moment_serve_together():
    found = ends(reckoned(batches(KEY, TOKEN), (END_TOKEN, 30), (DROP_KEY, 30)))

    assert found["token"] == (after(45), after(45))


def test_a_kill_of_which_nobody_can_tell_moves_only_the_earliest_end():
    may = change("may", token=Fate.CANNOT_TELL)

    assert ends(reckoned(batches(ALONE), (may, 10)))["token"] == (after(10), after(90))


def test_what_the_reset_ended_is_over_unless_it_can_be_had_again():
    gone = cell(Fate.REVOKED)

    assert ends(reckoned(batches(ALONE, token=gone)))["token"] == (after(0), after(0))
    assert ends(reckoned(batches(KEY, TOKEN, token=gone)))["token"][1] == FOREVER


def test_what_is_not_known_to_be_there_counts_only_for_the_latest_end():
    found = reckoned(batches(KEY, TOKEN, key=cell(Fate.CANNOT_TELL)))

    assert found.total == Ending(after(60), FOREVER)


def test_a_stated_end_takes_the_place_of_a_lifetime():
    dated = Batch(
        artefact=KEY, own=True, cell=cell(), sure=True, ends=Ending(after(500), after(700))
    )

    assert reckoned({dated.key: dated}).total == Ending(after(500), after(700))


def test_what_is_reached_hangs_on_what_the_identity_itself_holds():
    added = artefact("added", 0, 100, minted_by_own=("key",))
    things = batches(KEY)
    reached = Batch(artefact=added, own=False, cell=cell(), sure=True)
    things[reached.key] = reached

    found = reckoned(things, (change("clean", added=0), 5), (DROP_KEY, 10))

    assert found.endings["added", False].latest == after(110)


def test_an_answer_without_artefacts_ends_at_the_reset():
    assert reckoned({}).total == Ending(AT, AT)


# The plan.


def planned(things: dict, *changes: Change, now: int = 0):
    return Clock(reckoning=reckoned(things), now=after(now), changes=changes)


def test_the_plan_takes_what_mints_before_what_is_minted():
    found = planned(batches(KEY, TOKEN), END_TOKEN, DROP_KEY)

    assert [step.action for step in found.steps] == ["drop_key", "end_token"]
    assert found.after == Ending(after(15), after(15))


def test_the_plan_waits_where_an_action_would_be_in_vain():
    added = artefact("added", None, None, "token")
    clean = change("clean", added=0)

    found = planned(batches(KEY, TOKEN, added), clean, DROP_KEY, now=30)

    assert [(step.action, step.at) for step in found.steps] == [
        ("drop_key", "2026-11-02T14:30:00Z"),
        ("clean", "2026-11-02T16:00:00Z"),  # 14:30 and the 90 minutes of the last token
    ]
    assert found.after.latest == after(120)


def test_the_plan_leaves_out_what_does_not_help():
    found = planned(batches(ALONE), change("idle", other=0), END_TOKEN)

    assert [step.action for step in found.steps] == ["end_token"]
    assert [each.action for each in found.actions] == ["end_token"]


def test_nothing_shortens_what_nothing_ends():
    found = planned(batches(ALONE))

    assert (found.steps, found.after) == ((), Ending(after(60), after(90)))


def test_each_step_says_what_is_left():
    (first, second) = planned(batches(KEY, TOKEN), DROP_KEY, END_TOKEN).steps

    assert (first.left, first.endless, first.then) == (
        1,
        0,
        "between 2026-11-02T15:00:00Z and 2026-11-02T15:30:00Z",
    )
    assert (second.ends, second.left) == (("token",), 1)


def test_what_was_only_disabled_is_followed_by_what_lasts():
    disable = Change(
        id="disable",
        platform="test",
        name="disable",
        source=SOURCE,
        do="Disable",
        operation="disable",
        temporary=True,
        cells={"key": cell(Fate.REVOKED), "token": cell(Fate.REVOKED)},
    )
    found = planned(batches(KEY, TOKEN), disable, DROP_KEY)

    assert [step.action for step in found.steps] == ["disable"]
    assert [step.action for step in found.restore] == ["drop_key"]


# Many cases against a simulation.


@dataclass
class World:
    things: dict
    lives: dict[str, int | None]
    parents: dict[str, tuple[str, ...]]
    gone: dict[str, int]  # ended by the reset, after a delay
    kills: list[tuple[Change, int]]


HORIZON = 120  # the last of what has an end is over long before


def _half(chance: random.Random, names: list[str]) -> list[str]:
    return [name for name in names if chance.random() < 0.5]


def random_world(chance: random.Random) -> World:
    names = [f"a{at}" for at in range(chance.randint(1, 5))]
    lives = {name: chance.choice((0, 1, 2, 5, 9, None)) for name in names}
    parents = {
        name: tuple(each for each in names[:at] if chance.random() < 0.5)
        for at, name in enumerate(names)
    }
    gone = {name: chance.choice((0, 0, 2)) for name in names if chance.random() < 0.3}
    things = batches(
        *(artefact(name, lives[name], lives[name], *parents[name]) for name in names),
        **{name: cell(Fate.REVOKED, delay) for name, delay in gone.items()},
    )
    kills = [
        (
            change(
                f"k{at}", **{n: chance.choice((0, 0, 3)) for n in names if chance.random() < 0.5}
            ),
            chance.randint(0, 20),
        )
        for at in range(chance.randint(0, 4))
    ]
    return World(things, lives, parents, gone, kills)


def simulated(world: World) -> dict[str, int | None]:
    """Return the tick at which the last of each class ends: all is minted as often as it can be."""
    end: dict[str, float] = {}
    for tick in range(HORIZON):
        for name, life in world.lives.items():
            span = float("inf") if life is None else life
            can = any(end[parent] >= tick for parent in world.parents[name])
            if tick == 0 or can:
                end[name] = max(end.get(name, 0), tick + span)
            if tick == 0 and name in world.gone:
                end[name] = world.gone[name]  # of the old ones; new ones come a tick later
        for killed, at in world.kills:
            for name in world.lives:
                found = killed.cells.get(name)
                if at == tick and found is not None:
                    end[name] = min(end[name], tick + found.delay.most / timedelta(minutes=1))
    return {name: None if last >= HORIZON - 1 else int(last) for name, last in end.items()}


@pytest.mark.parametrize("seed", range(8))
def test_the_clock_agrees_with_a_simulation(seed):
    chance = random.Random(seed)  # noqa: S311  a seed makes a failure come back
    for _ in range(120):
        world = random_world(chance)
        found = reckoned(world.things, *world.kills).endings

        last = {
            name: None if each.latest == FOREVER else (each.latest - AT) // timedelta(minutes=1)
            for (name, _), each in found.items()
        }
        assert last == simulated(world)


@pytest.mark.parametrize("seed", range(8))
def test_one_action_more_never_makes_anything_end_later(seed):
    chance = random.Random(seed)  # noqa: S311  a seed makes a failure come back
    for _ in range(60):
        world = random_world(chance)
        more = (change("more", **dict.fromkeys(world.lives, 1)), chance.randint(0, 20))

        before = reckoned(world.things, *world.kills).endings
        then = reckoned(world.things, *world.kills, more).endings

        assert all(then[key].latest <= before[key].latest for key in before)
        assert all(then[key].earliest <= before[key].earliest for key in before)
        assert all(each.earliest <= each.latest for each in then.values())


@pytest.mark.parametrize("seed", range(8))
def test_each_step_of_a_plan_makes_it_better(seed):
    chance = random.Random(seed)  # noqa: S311  a seed makes a failure come back
    for _ in range(20):
        world = random_world(chance)

        found = planned(world.things, *(killed for killed, _ in world.kills), now=3)
        measures = [(step.endless, step.ending.latest) for step in found.steps]

        assert measures == sorted(measures, reverse=True)
        assert found.after.latest <= found.ending.latest
        assert all(step.at >= "2026-11-02T14:03" for step in found.steps)


def test_batches_come_after_what_they_can_be_had_with():
    order = in_order(batches(TOKEN, SLOW, KEY))

    assert order[0] == ("key", True)
