"""What goes on in the stories is possible, and what is asked has one answer."""

import re
from collections import Counter
from functools import cache
from itertools import pairwise

import pytest

from liaf_ref.data.babi import generate_text

from .rule_based_solver import SolvableQuestion, parse_questions, split_stories
from .solvers import carried_objects, grid, size_reasoning
from .solvers.locations import known_rooms

DROPPED = ("abandoned", "released", "unloaded", "set aside")
THINGS = {"lantern", "teapot", "violin"}


@cache
def train(task: int, seed: int = 3) -> str:
    return generate_text(task, seed=seed)[0]


@cache
def items(task: int) -> list[SolvableQuestion]:
    return parse_questions(train(task))


def test_a_pronoun_fits_its_person() -> None:
    used: dict[str, set[str]] = {}
    for story in split_stories(train(11)):
        for named, meant in pairwise(story):
            if match := re.search(r" (he|she) ", meant):
                used.setdefault(named.split()[1], set()).add(match[1])
    assert sorted(map(sorted, used.values())) == [["he"], ["he"], ["she"], ["she"]]


@pytest.mark.parametrize("task", [1, 2, 3, 5, 6, 7, 8, 11, 12, 13])
def test_nobody_moves_to_where_they_are(task: int) -> None:
    for story in split_stories(train(task)):
        room: dict[str, str] = {}
        people: list[str] = []
        for line in story:
            if match := re.fullmatch(r"\d+ (.+) to the (\w+)\.", line):
                if not re.search(r" (he|she|they) ", line):
                    people = re.findall("[A-Z][a-z]+", match[1])
                assert match[2] not in [room.get(person) for person in people]
                room.update(dict.fromkeys(people, match[2]))


def test_pairs_are_two_people() -> None:
    for task in (12, 13):
        pairs = re.findall(r"(\w+) and (\w+)", train(task))
        assert len(pairs) == {12: 2000, 13: 1000}[task]
        assert all(first != second for first, second in pairs)


def test_conjunction_sends_the_two_pairs_of_a_block_to_different_rooms() -> None:
    for story in split_stories(train(12)):
        named = [re.findall(r"the (\w+)\.$", line) for line in story]
        for start in range(0, 15, 3):
            assert named[start] != named[start + 1]


@pytest.mark.parametrize("task", [2, 3, 5, 6, 7, 8])
def test_things_change_hands_where_they_are(task: int) -> None:
    counts: Counter[str] = Counter()
    for story in split_stories(train(task)):
        holder: dict[str, str] = {}
        spot: dict[str, str] = {}
        facts: dict[int, str] = {}
        for line in story:
            facts[len(facts) + 1] = line.split(maxsplit=1)[1]
            match = re.fullmatch(r"\d+ (\w+) (.+) the (\w+)( there| to \w+)?\.", line)
            if match is None or match[3] not in THINGS:
                continue
            person, verb, thing, to = match[1], match[2], match[3], match[4] or ""
            room = known_rooms(facts)
            if to.startswith(" to"):
                assert holder[thing] == person
                holder[thing] = to.removeprefix(" to ")
                assert holder[thing] != person
                here = [room[each] for each in (person, holder[thing]) if each in room]
                assert len(set(here)) <= 1
                counts["gift met"] += len(here) == 2
            elif verb in DROPPED:
                assert holder.pop(thing) == person
                spot[thing] = room.get(person, "")
                counts["drop"] += 1
            else:
                assert thing not in holder
                holder[thing] = person
                if room.get(person) and spot.get(thing):
                    assert room[person] == spot[thing]
                    counts["take met"] += 1
    assert counts["drop"] > 50
    assert counts["take met"] > 20
    assert (counts["gift met"] > 20) == (task in {5, 7})


def test_a_thing_arrived_to_the_room_asked_about_from_one_other() -> None:
    for item in items(3):
        match = re.fullmatch(r"Where was the (\w+) before the (\w+)\?", item.question)
        assert match is not None
        assert carried_objects.previous_rooms(item.facts, match[1], match[2]) == {item.answer}


def test_a_third_of_the_questions_about_gifts_ask_what_was_given() -> None:
    names = r"\b(Agnes|Bruno|Clara|Hugo|lantern|teapot|violin)\b"
    forms = Counter(re.sub(names, "X", item.question) for item in items(5))
    assert len(forms) == 5
    # Within four times the spread of so many draws.
    assert forms.pop("What did X bring to X?") == pytest.approx(333, abs=60)
    assert all(count == pytest.approx(167, abs=48) for count in forms.values())


def test_a_denial_is_of_where_somebody_was_stated_to_be() -> None:
    met = 0
    for story in split_stories(train(9)):
        room: dict[str, str] = {}
        for line in story:
            match = re.fullmatch(r"\d+ (\w+) (.+) the (\w+)\.", line)
            if match is None:
                continue
            if re.search(r"\b(not|no longer)\b", match[2]):
                if room.get(match[1]):
                    assert room[match[1]] == match[3]
                    met += 1
                room[match[1]] = ""
            else:
                assert room.get(match[1]) != match[3]
                room[match[1]] = match[3]
    assert met > 50


def test_either_names_two_places() -> None:
    pairs = re.findall(r"either in the (\w+) or the (\w+)\.", train(10))
    assert len(pairs) > 300
    assert all(first != second for first, second in pairs)


def test_nobody_is_at_a_place_twice_nor_at_a_time() -> None:
    for story in split_stories(train(14)):
        seen: set[tuple[str, str]] = set()
        for line in story:
            if "\t" not in line:
                who = re.search(r"(Dora|Felix|Greta|Oskar)", line)
                time = re.search(r"yesterday|(morning|afternoon|evening)", line.lower())
                place = re.search(r"to the (\w+)", line)
                assert who
                assert time
                assert place
                facts = {(who[0], time[0]), (who[0], place[1])}
                assert not facts & seen
                seen |= facts


def test_no_kind_fears_itself() -> None:
    fears = re.findall(r"(\w+) are afraid of (\w+)\.", train(15))
    assert len(fears) == 4 * 250
    assert all(kind.lower() != feared for kind, feared in fears)


def test_all_of_a_kind_have_one_colour_and_who_is_asked_about_has_none_stated() -> None:
    for item in items(16):
        kind = dict(re.findall(r"(\w+) is a (\w+)\.", "\n".join(item.facts.values())))
        color = dict(re.findall(r"(\w+) is (\w+)\.", "\n".join(item.facts.values())))
        assert len(kind) == 5
        assert len(color) == 4
        assert len({(kind[who], shade) for who, shade in color.items()}) == len(
            {kind[who] for who in color}
        )
        assert item.question.split()[-1].strip("?") not in color


def test_the_eight_forms_of_question_come_about_equally_often() -> None:
    forms = Counter(re.sub(r" the \w+", " the X", item.question) for item in items(4))
    assert len(forms) == 8
    assert min(forms.values()) > 90


def test_shapes_are_asked_about_along_an_axis_on_which_they_differ() -> None:
    turned = {"yes": "no", "no": "yes"}
    for item in items(17):
        sides = list(grid.STEPS)[4:]
        side = next(s for s in sides if s in item.question)
        x, y = grid.STEPS[side]
        opposite = next(s for s in sides if grid.STEPS[s] == (-x, -y))
        assert (
            grid.answer_position(item.facts, item.question.replace(side, opposite))
            == turned[item.answer]
        )


def test_no_single_fact_gives_the_sizes_asked_about() -> None:
    for item in items(18):
        for number, fact in item.facts.items():
            assert size_reasoning.answer({number: fact}, item.question) is None


def test_rooms_have_places_of_their_own_and_no_other_way_is_as_short() -> None:
    for item in items(19):
        match = re.fullmatch(r"How do you get from the (\w+) to the (\w+)\?", item.question)
        assert match is not None
        place = {match[1]: (0, 0)}
        for _ in item.facts:
            for start, (x, y), end in grid.links(item.facts):
                if start in place:
                    place.setdefault(end, (place[start][0] + x, place[start][1] + y))
        assert len(place) == len(set(place.values())) == 6
        x, y = place[match[2]]
        between = [(0, 0), (x, 0), (0, y), (x // 2, y // 2)]
        taken = {spot for spot in between if spot in place.values()} - {(0, 0), (x, y)}
        assert len(taken) == 1


def test_wishes_are_stated_before_they_are_asked_about() -> None:
    for story in split_stories(train(20)):
        assert 20 <= len(story) <= 24
        for text, asked in zip(story[::2], story[1::2], strict=True):
            assert "\t" not in text
            assert text.split()[1].lower() in asked.split()
