import random
from dataclasses import replace

import pytest

from idgraph.errors import ModelError, TooLargeToDrawError
from idgraph.views.picture import (
    DRAWN_BY_DEFAULT,
    MOST_DRAWN,
    Hop,
    drawing,
    layered_positions,
)
from tests.idgraph.views.example import demo, many
from tests.idgraph.views.hostile import small


def shuffled(picture, seed):
    """Return the same picture with its nodes and edges in another order."""
    order = list(range(len(picture.nodes)))
    random.Random(seed).shuffle(order)  # noqa: S311  an order, not a secret
    place = {old: new for new, old in enumerate(order)}
    edges = [
        replace(edge, source=place[edge.source], target=place[edge.target])
        for edge in picture.edges
    ]
    rows = tuple(replace(row, node=place[row.node]) for row in picture.rows)
    nodes = tuple(picture.nodes[old] for old in order)
    return replace(picture, nodes=nodes, edges=tuple(edges), rows=rows)


def test_a_node_further_away_lies_further_right():
    picture = demo()
    places = layered_positions(picture)

    for at, (x, _) in places.items():
        for other, (other_x, _) in places.items():
            if picture.nodes[at].layer < picture.nodes[other].layer:
                assert x < other_x


def test_no_two_nodes_lie_in_one_place():
    for picture in (demo(), many(700)):
        places = layered_positions(picture)

        assert len(set(places.values())) == len(picture.nodes)


@pytest.mark.parametrize("seed", range(5))
def test_the_drawing_does_not_depend_on_the_order_of_the_nodes(seed):
    picture = demo()
    other = shuffled(picture, seed)

    ours = {picture.nodes[at].id: place for at, place in layered_positions(picture).items()}
    theirs = {other.nodes[at].id: place for at, place in layered_positions(other).items()}

    assert ours == theirs


def test_nodes_of_a_kind_lie_together_within_a_layer():
    picture = demo()
    columns = {}
    for at, (x, y) in layered_positions(picture).items():
        columns.setdefault((picture.nodes[at].layer, x), []).append((y, picture.nodes[at].kind))

    for column in columns.values():
        kinds = [kind for _, kind in sorted(column)]
        runs = [kind for at, kind in enumerate(kinds) if at == 0 or kinds[at - 1] != kind]
        assert len(runs) == len(set(kinds))


def test_what_is_not_drawn_is_counted():
    picture = many(400)
    drawn = drawing(picture)

    assert len(drawn.nodes) == DRAWN_BY_DEFAULT
    assert drawn.left_out == 400 - DRAWN_BY_DEFAULT


def test_a_drawing_keeps_whole_paths_together():
    picture = demo()
    drawn = set(drawing(picture, 20).nodes)
    whole = [row for row in picture.rows if row.node in drawn]

    assert whole
    for row in whole:
        ends = {picture.edges[at].source for at in row.edges()} | {row.node}
        assert ends <= drawn


def test_a_drawing_without_room_still_shows_the_start():
    picture = demo()

    assert [picture.nodes[at].is_start for at in drawing(picture, 1).nodes] == [True]


def test_more_than_a_browser_can_draw_is_refused_with_a_way_out():
    with pytest.raises(TooLargeToDrawError, match="the table has every row"):
        drawing(demo(), MOST_DRAWN + 1)


def test_steps_between_two_nodes_are_one_line():
    picture = small()
    twice = replace(picture, edges=picture.edges * 2)

    assert [line.edges for line in drawing(twice).lines] == [(0, 1)]


@pytest.mark.parametrize(
    ("broken", "fault"),
    [
        (lambda p: replace(p, edges=(replace(p.edges[0], target=9),)), "outside the picture"),
        (lambda p: replace(p, rows=(replace(p.rows[0], node=9),)), "outside it"),
        (lambda p: replace(p, rows=(replace(p.rows[0], path=(Hop(edge=9),)),)), "outside"),
        (lambda p: replace(p, rows=(replace(p.rows[0], path=(Hop(edge=0),) * 2),)), "hang"),
        (lambda p: replace(p, kinds={}), "does not explain"),
    ],
)
def test_a_picture_that_contradicts_itself_cannot_be_built(broken, fault):
    with pytest.raises(ModelError, match=fault):
        broken(small())


def test_every_target_is_counted_once_in_each_of_its_classes():
    picture = demo()
    tally = picture.tally()

    for name, verdicts in tally.items():
        assert sum(verdicts.values()) == sum(name in row.classes for row in picture.rows)
