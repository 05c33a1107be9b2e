"""Generated stories about what people want and do: task 20."""

import numpy as np

from liaf_ref.data.babi.stories.knowledge import tell_move
from liaf_ref.data.babi.stories.story import Story, choice
from liaf_ref.data.babi.stories.words import PEOPLE, TOOK, WISHES

LENGTHS = (10, 11, 11, 12)  # sentences, each with its question


def motivations(story: Story, rng: np.random.Generator) -> None:
    """Task 20: a wish, a move and an object that is taken; after each, a question about why."""
    wishes = {who: choice(rng, tuple(WISHES)) for who in PEOPLE}
    lines: dict[str, int] = {}
    done = dict.fromkeys(PEOPLE, 0)
    for _ in range(choice(rng, LENGTHS)):
        who = choice(rng, [who for who, steps in done.items() if steps < 3])
        wish = wishes[who]
        place, thing = WISHES[wish]
        if done[who] == 0:
            lines[who] = story.add_sentence(f"{who} is {wish}")
            question, answer = f"Where will {who.lower()} go", place
        elif done[who] == 1:
            tell_move(story, rng, who, place)
            question, answer = f"Why did {who.lower()} go to the {place}", wish
        else:
            story.add_sentence(f"{who} {choice(rng, TOOK)} the {thing} there")
            question, answer = f"Why did {who.lower()} get the {thing}", wish
        story.add_question(question, answer, [lines[who]])
        done[who] += 1
