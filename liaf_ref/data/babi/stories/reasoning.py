"""Generated stories of kinds, wishes, sizes and times: tasks 14, 15, 16, 18 and 20."""

from itertools import permutations

from liaf_ref.data.babi.stories import words
from liaf_ref.data.babi.stories.story import QUESTIONS, Story
from liaf_ref.data.babi.stories.words import COLORED, FEARFUL, KINDS, NEIGHBORS, PEOPLE, TIMES


def deduction(story: Story) -> None:
    """Task 15: what each kind fears, and the kind of each animal; then what one animal fears."""
    fears = {kind: story.choice([other for other in KINDS if other != kind]) for kind in KINDS}
    kinds = {who: story.choice(tuple(KINDS)) for who in FEARFUL}
    facts = {kind: f"{kind.capitalize()} are afraid of {fears[kind]}" for kind in KINDS}
    facts |= {who: f"{who} is a {KINDS[kinds[who]]}" for who in FEARFUL}
    lines = _tell_shuffled(story, facts)
    for _ in FEARFUL:
        who = story.choice(FEARFUL)
        kind = kinds[who]
        question = f"What is {who.lower()} afraid of"
        story.ask(question, KINDS[fears[kind]], (lines[who], lines[kind]))


def induction(story: Story) -> None:
    """Task 16: kinds and colours; then the colour of one animal, inferred from its kind."""
    # All animals of a kind have the same colour, so it does not matter which one is the proof.
    color = {kind: story.choice(words.COLORS) for kind in words.CREATURES}
    asked, *others = story.shuffled(COLORED)
    kinds = {who: story.choice(words.CREATURES) for who in others}
    like = story.choice(others)
    facts = {f"{who} is": f"{who} is {color[kinds[who]]}" for who in others}
    kinds[asked] = kinds[like]
    facts |= {who: f"{who} is a {kind}" for who, kind in kinds.items()}
    lines = _tell_shuffled(story, facts)
    proof = lines[asked], lines[like], lines[f"{like} is"]
    story.ask(f"What color is {asked}", color[kinds[asked]], proof)


def _tell_shuffled(story: Story, facts: dict[str, str]) -> dict[str, int]:
    """Tell all facts in random order; return the line ID of each."""
    return {name: story.tell(facts[name]) for name in story.shuffled(list(facts))}


LENGTHS = (10, 11, 11, 12)  # sentences, each with its question


def motivations(story: Story) -> None:
    """Task 20: a wish, a move and an object that is taken; after each, a question about why."""
    wishes = {who: story.choice(tuple(words.WISHES)) for who in PEOPLE}
    lines: dict[str, int] = {}
    done = dict.fromkeys(PEOPLE, 0)
    for _ in range(story.choice(LENGTHS)):
        who = story.choice([who for who, steps in done.items() if steps < 3])
        wish = wishes[who]
        place, thing = words.WISHES[wish]
        if done[who] == 0:
            lines[who] = story.tell(f"{who} is {wish}")
            question, answer = f"Where will {who.lower()} go", place
        elif done[who] == 1:
            story.tell_move(who, place)
            question, answer = f"Why did {who.lower()} go to the {place}", wish
        else:
            story.tell(f"{who} {story.choice(words.TOOK)} the {thing} there")
            question, answer = f"Why did {who.lower()} get the {thing}", wish
        story.ask(question, answer, [lines[who]])
        done[who] += 1


FACTS = 5  # at a time
BLOCKS = (1, 1, 1, 1, 2)
QUESTION_TEMPLATES = (("Does the {} go into the {}", True), ("Is the {} larger than the {}", False))


def size_reasoning(story: Story) -> None:
    """Task 18: which thing fits into which; questions need a third thing of a size in between."""
    order = [*words.SMALLEST, *story.shuffled(words.LARGER)]
    facts: list[tuple[str, str]] = []  # the smaller, the larger
    while not (between := _between(order, facts)):
        count = FACTS * story.choice(BLOCKS)
        pairs = (sorted(story.rng.choice(len(order), 2, replace=False)) for _ in range(count))
        facts = [(order[i], order[j]) for i, j in pairs]
    lines = {}
    for small, large in facts:
        either = f"The {small} goes inside the {large}", f"The {large} is larger than the {small}"
        lines[small, large] = story.tell(story.choice(either))
    for _ in range(QUESTIONS):
        small, middle, large = story.choice(between)
        first, second = story.shuffled((small, large))
        text, smaller = story.choice(QUESTION_TEMPLATES)
        proof = [lines[small, middle], lines[middle, large]]
        answer = "yes" if smaller == (first == small) else "no"
        story.ask(text.format(first, second), answer, proof if first == small else proof[::-1])


def _between(order: list[str], facts: list[tuple[str, str]]) -> list[tuple[str, str, str]]:
    """Return triples whose outer things are compared by two facts, but by no single fact."""
    return [
        (small, middle, large)
        for small, middle, large in permutations(order, 3)
        if {(small, middle), (middle, large)} <= set(facts) and (small, large) not in facts
    ]


def time_order(story: Story) -> None:
    """Task 14: where somebody was before they were at a place."""
    # Nobody visits a place twice, and the times of a person are told without gaps.
    days = {who: story.shuffled(words.PLACES)[: len(TIMES)] for who in NEIGHBORS}
    lines: dict[str, list[int]] = {who: [] for who in NEIGHBORS}  # of the times told so far
    for _ in range(QUESTIONS):
        _tell_times(story, days, lines)
        who = story.choice([who for who, told in lines.items() if len(told) > 1])
        at = story.choice(range(1, len(lines[who])))
        before, now = days[who][at - 1 : at + 1]
        proof = lines[who][at], lines[who][at - 1]
        story.ask(f"Where was {who} before the {now}", before, proof)


def _tell_times(story: Story, days: dict[str, list[str]], lines: dict[str, list[int]]) -> None:
    """Tell the next times of some people in random order: two, or more until somebody has two."""
    text = {who: len(told) for who, told in lines.items()}
    drawn: list[tuple[str, int]] = []
    while len(drawn) < 2 or max(text.values()) < 2 or len(drawn) % 2:
        who = story.choice([who for who in NEIGHBORS if text[who] < len(TIMES)])
        drawn.append((who, text[who]))
        text[who] += 1
    for who, _ in drawn:
        lines[who].append(0)
    for who, time in story.shuffled(drawn):
        went = f"{who} {story.choice(words.MOVED)} the {days[who][time]}"
        when = TIMES[time]
        either = f"{went} {when}", f"{when.capitalize()} {went}"
        lines[who][time] = story.tell(story.choice(either))
