import os
import re
import subprocess
import sys
from collections import Counter
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from liaf_ref.data.babi import GENERATED, generate_task, generate_text, load_task, write_task
from liaf_ref.errors import DataError, InputError, RunError

from .genuine import genuine_text
from .solver import check, items_of, rooms, stories_of

# Share of the commonest answer in the genuine test files.
MAJORITY = {1: 0.187, 6: 0.503, 11: 0.187, 12: 0.189, 13: 0.183}
# Share of questions about the sentence just before, in the genuine training and test files.
FRESH = {1: 0.45, 6: 0.37, 11: 0.66, 12: 0.72, 13: 0.93}
# Longest story, longest question, tokens and answers of the genuine files.  The
# longest story of task 6 is one that starts with 18 sentences; the next has 86 tokens.
SIZES = {1: (66, 4, 21), 6: (86, 6, 37), 11: (76, 4, 28), 12: (86, 4, 22), 13: (85, 4, 28)}
SEEDS = (0, 1, 2)

task_and_seed = pytest.mark.parametrize(
    ("task", "seed"), [(task, seed) for task in GENERATED for seed in SEEDS]
)
every_task = pytest.mark.parametrize("task", GENERATED)


@cache
def texts(task: int, seed: int) -> tuple[str, str]:
    return generate_text(task, seed=seed)


def words(text: str) -> set[str]:
    return set(re.findall(r"[A-Za-z]+|[.?]", text))


@every_task
@pytest.mark.parametrize("part", ["train", "test"])
def test_the_solver_answers_the_genuine_files(task: int, part: str) -> None:
    items = items_of(genuine_text(task, part))
    assert len(items) == 1000
    for item in items:
        check(item)


@task_and_seed
def test_answers_follow_from_the_supports_and_from_no_fewer(task: int, seed: int) -> None:
    for text in texts(task, seed):
        items = items_of(text)
        assert len(items) == 1000
        for item in items:
            check(item)


@task_and_seed
def test_stories_have_the_published_shape(task: int, seed: int) -> None:
    for text in texts(task, seed):
        stories = stories_of(text)
        assert len(stories) == 200
        for story in stories:
            asked = [i for i, line in enumerate(story, start=1) if "\t" in line]
            gaps = np.diff([0, *asked]) - 1
            assert len(asked) == 5
            assert asked[-1] == len(story)
            assert (gaps == 2).all() if task != 6 else (gaps >= 2).all()
            assert all("? \t" in story[i - 1] for i in asked)
        lengths = [len(story) for story in stories]
        assert np.median(lengths) == 15
        assert max(lengths) <= 25


@task_and_seed
def test_answers_are_as_balanced_as_the_genuine_ones(task: int, seed: int) -> None:
    for text in texts(task, seed):
        answers = Counter(item.answer for item in items_of(text))
        assert max(answers.values()) / 1000 == pytest.approx(MAJORITY[task], abs=0.05)
        assert len(answers) == (2 if task == 6 else 6)


@task_and_seed
def test_the_news_asked_about_is_as_fresh_as_in_the_genuine_files(task: int, seed: int) -> None:
    for text in texts(task, seed):
        fresh = [max(item.supports) == max(item.facts) for item in items_of(text)]
        assert np.mean(fresh) == pytest.approx(FRESH[task], abs=0.15)


@task_and_seed
def test_training_and_test_share_words_and_no_story(task: int, seed: int) -> None:
    train, test = texts(task, seed)
    assert words(train) == words(test)
    told = [{tuple(item.facts.values()) for item in items_of(text)} for text in (train, test)]
    assert not told[0] & told[1]


@task_and_seed
def test_sizes_are_those_of_the_genuine_task(task: int, seed: int) -> None:
    T, Q, vocab = SIZES[task]
    built = generate_task(task, seed=seed)
    assert (built.Q, built.vocab_size - 1) == (Q, vocab)
    assert 0.85 * T < built.T < (1.5 if task == 6 else 1.1) * T


@pytest.mark.parametrize("seed", SEEDS)
def test_a_pronoun_fits_its_person(seed: int) -> None:
    used: dict[str, set[str]] = {}
    for story in stories_of("".join(generate_text(11, seed=seed))):
        for named, meant in pairwise(story):
            if match := re.search(r" (he|she) ", meant):
                used.setdefault(named.split()[1], set()).add(match[1])
    assert sorted(map(sorted, used.values())) == [["he"], ["he"], ["she"], ["she"]]


@task_and_seed
def test_nobody_moves_to_where_they_are(task: int, seed: int) -> None:
    for story in stories_of(texts(task, seed)[0]):
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
        pairs = re.findall(r"(\w+) and (\w+)", "".join(generate_text(task)))
        assert len(pairs) == {12: 4000, 13: 2000}[task]
        assert all(first != second for first, second in pairs)


def test_conjunction_sends_the_two_pairs_of_a_block_to_different_rooms() -> None:
    for story in stories_of(generate_text(12)[0]):
        named = [re.findall(r"the (\w+)\.$", line) for line in story]
        for start in range(0, 15, 3):
            assert named[start] != named[start + 1]


def test_things_are_taken_where_they_are_and_dropped_by_their_holder() -> None:
    dropped = ("abandoned", "released", "unloaded", "set aside")
    drops = meetings = 0
    for story in stories_of(generate_text(6)[0]):
        holder: dict[str, str] = {}
        spot: dict[str, str] = {}
        facts: dict[int, str] = {}
        for line in story:
            facts[len(facts) + 1] = line.split(maxsplit=1)[1]
            match = re.fullmatch(r"\d+ (\w+) (.+) the (\w+)( there)?\.", line)
            if match is None or match[2].endswith(" to"):
                continue
            person, verb, thing = match[1], match[2], match[3]
            here = rooms(facts).get(person, "")
            if verb in dropped:
                assert holder.pop(thing) == person
                spot[thing] = here
                drops += 1
            else:
                assert thing not in holder
                holder[thing] = person
                if here and spot.get(thing):
                    assert here == spot[thing]
                    meetings += 1
    assert drops > 50
    assert meetings > 20


@every_task
def test_the_words_are_not_the_published_ones(task: int) -> None:
    grammar = words(". ? Where Is is in the to and he she they yes no there up")
    genuine = words(genuine_text(task, "train") + genuine_text(task, "test"))
    assert words("".join(generate_text(task))) & genuine <= grammar


@every_task
def test_a_seed_decides_everything(task: int) -> None:
    first = generate_text(task, stories=5, seed=4)
    assert first == generate_text(task, stories=5, seed=4)
    assert first != generate_text(task, stories=5, seed=5)
    assert first[0] != first[1]
    assert generate_text(task, stories=3, seed=4)[0] == "".join(
        f"{line}\n" for story in stories_of(first[0])[:3] for line in story
    )


def test_string_hashing_decides_nothing() -> None:
    program = (
        "from liaf_ref.data.babi import *\n"
        "print([generate_task(t, 5).sha256 for t in GENERATED], generate_task(6, 5).vocab)"
    )
    printed = {
        subprocess.run(  # noqa: S603 (this interpreter, the program above)
            [sys.executable, "-c", program],
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(printed) == 1


def test_import_loads_numpy_alone() -> None:
    program = (
        "import sys, liaf_ref.data.babi\n"
        "print(sorted({'scipy', 'matplotlib', 'tqdm', 'torch'} & set(sys.modules)))"
    )
    run = subprocess.run(  # noqa: S603 (this interpreter, the program above)
        [sys.executable, "-c", program], capture_output=True, check=True, text=True
    )
    assert run.stdout == "[]\n"


@every_task
def test_written_files_load_as_the_generated_task(tmp_path: Path, task: int) -> None:
    train, test = write_task(tmp_path / "new", task, stories=4, seed=9)
    assert (train.read_text("ascii"), test.read_text("ascii")) == generate_text(task, 4, 9)
    loaded, generated = load_task(tmp_path / "new", task), generate_task(task, 4, 9)
    assert (loaded.sha256, loaded.vocab) == (generated.sha256, generated.vocab)
    assert (loaded.train.story == generated.train.story).all()
    assert sorted(train.parent.iterdir()) == sorted([train, test])


def test_other_text_is_never_overwritten(tmp_path: Path) -> None:
    train, test = write_task(tmp_path, 1, stories=2, seed=0)
    write_task(tmp_path, 1, stories=2, seed=0)
    before = train.read_bytes()
    test.unlink()
    with pytest.raises(DataError, match=r"qa1_single-supporting-fact_train\.txt: holds other"):
        write_task(tmp_path, 1, stories=2, seed=1)
    assert train.read_bytes() == before
    assert list(train.parent.iterdir()) == [train]


def test_a_failed_write_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: Path, target: Path) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(RunError, match="cannot be written: no space left"):
        write_task(tmp_path, 1, stories=2)
    assert list((tmp_path / "en").iterdir()) == []


def test_a_folder_that_is_a_file_is_a_data_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match="cannot be written"):
        write_task(tmp_path / "file", 1, stories=1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((2, 1, 0), "expected one of 1, 6, 11, 12, 13, got 2"),
        ((21, 1, 0), r"expected 1 \.\. 20, got 21"),
        ((1, 0, 0), "stories"),
        ((1, 1, -1), "seed"),
        ((1, 1, True), "seed"),
        ((1, 1, 0.5), "seed"),
    ],
)
def test_bad_arguments_are_refused(arguments: tuple[int, int, int], message: str) -> None:
    with pytest.raises(InputError, match=message):
        generate_text(*arguments)


def test_a_family_without_enough_stories_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    from liaf_ref.data.babi import generate
    from liaf_ref.data.babi.script import Script

    def one_story(script: Script, rng: np.random.Generator) -> None:
        script.ask("Who ran", "Bo", [script.tell("Bo ran")])

    monkeypatch.setitem(generate._FAMILIES, 1, one_story)
    with pytest.raises(InputError, match="task 1 has too few different stories"):
        generate_text(1, stories=1)
