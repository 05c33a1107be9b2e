"""The plans of cases, one after the other: each covers most of what is left, for its cost."""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, product
from typing import Any

import numpy as np

from liaf_ref.oracle.draw import goals as g
from liaf_ref.oracle.draw import network
from liaf_ref.oracle.draw import quantities as q
from liaf_ref.oracle.draw.goals import KINDS, ROWS, SPLIT, Goal
from liaf_ref.oracle.draw.network import Limits, Plan, Wish
from liaf_ref.oracle.opset import OPS

PLANNED = 1_000  # cases whose plans follow from those before; later ones stand alone
CANDIDATES, MORE = 9, 12
FOCUS = 12  # how much more the goals of the kind count that a case is drawn for
BASE = 16.0  # milliseconds that any case takes: a plan is chosen by what it covers for its cost
BUDGET = 37.0  # milliseconds that a case may take in the mean, by its plan
LARGE_COST = 2 * BUDGET  # have to be saved before a case is drawn for what is large
LONGEST, LATER = 10, 8  # operations in a row; in cases that stand alone
# Kinds of goals that are joined with others, by how many operations they have.
JOIN = {1: ("triple", "pair", "size", "sizes", "optimizer"), 2: ("junction", "junction", "after")}
IN_A_ROW = ("row", "through", "events")  # of three
ALIKE = {"kernel": "3", "stride": "1", "pad": network.WHOLE, "L": "2", "units": "2"}
AGAIN = 0.15  # what a goal counts for the second time, as a mistake may not show in one case


def wish(goal: Goal, rng: np.random.Generator) -> Wish:
    """What a plan has to have for a goal."""
    ops, facts = goal.ops, {(k, name): value for k, name, value in goal.facts}
    if goal.kind == "trained":
        return Wish(ops, {(q.TRAINING, name): value for name, value in q.CARRIED.items()})
    if goal.kind in IN_A_ROW:
        names = [name.partition(": ") for name in goal.ops]
        ops = tuple(q.one_of(rng, ROWS.get(op, (op,))) for op, _, _ in names)
        facts = {(k, SPLIT[op]): value for k, (op, _, value) in enumerate(names) if value}
    if goal.kind == "twice":
        table = OPS[ops[0]].options
        second = {(1, name): value for _, name, value in goal.facts}
        others = [name for (_, name), value in second.items() if value == "False"]
        of = {(0, n): "uneven" for n in others if n in table and table[n].values in q.WINDOWS}
        if second.get((1, g.PADDED)) == "True":
            of = {(0, name): value for name, value in ALIKE.items()}
            second = {(1, name): "True" for name in table} | second
        return Wish(ops * 2, of | second)
    return Wish(ops, facts)


class Plans:
    """The plans of the first cases so far, and what each goal that these leave counts."""

    def __init__(self, limits: Limits) -> None:
        self.limits, self.known = limits, list[list[Plan]]()
        self.left = defaultdict[Any, dict[Goal, float]](dict)  # by share and operations
        for goal in sorted(g.possible_goals(limits)):
            self.left[goal.share, goal.ops][goal] = goal.weight

    @property
    def saved(self) -> float:
        """Milliseconds that the next case may take."""
        spent = sum(plan.cost for plans in self.known for plan in plans[:1])
        return BUDGET * (len(self.known) + 1) - spent

    def value(self, plan: Plan, goals: Iterable[Goal], kind: str) -> float:
        """What a plan covers of what is left, most of all of one kind, for its cost."""
        left = ((goal.share, self.left[goal.share, goal.ops].get(goal, 0.0)) for goal in goals)
        found = (weight * (FOCUS if share == kind else 1) for share, weight in left)
        return math.fsum(found) / (BASE + plan.cost)  # the same in any order of a set

    def choose(self, drawn: list[Plan], kind: str) -> None:
        """The plans of the next case; what the first covers counts less, and then no more."""
        least = min((p.cost for p in drawn), default=0.0)
        most = math.inf if kind == "large" else max(self.saved, least)
        found = [(plan, g.plan_goals(plan)) for plan in drawn if plan.cost <= most]
        found.sort(key=lambda pair: self.value(pair[0], pair[1], kind), reverse=True)
        both = ((plan, plan._replace(regions=network.USUAL)) for plan, _ in found)
        self.known.append([plan for each in both for plan in each])
        for goal in found[0][1] if found else ():
            left = self.left[goal.share, goal.ops]
            if left.get(goal) == goal.weight and goal.share != "large":
                left[goal] = AGAIN * goal.weight  # in its place, whatever the order of a set
            else:
                left.pop(goal, None)

    def wishes(self, rng: np.random.Generator, kind: str, most: int) -> Iterator[Wish]:
        """Goals of a kind, each with others that go together with it, and alone."""
        left = {ops: goals for (share, ops), goals in self.left.items() if share == kind}
        roots = {ops: math.sqrt(sum(goals.values())) for ops, goals in left.items()}
        for _ in range(CANDIDATES if any(roots.values()) else 0):
            goal = q.one_by_weight(rng, left[q.one_by_weight(rng, roots)])
            alone = network.grown(rng, self.limits, most, wish(goal, rng), self.weigh)
            if alone is not None:
                yield from (alone,) if kind == "large" else (self.joined(rng, alone), alone)

    def joined(self, rng: np.random.Generator, found: Wish) -> Wish:
        """A wish with goals of each of its operations, where they go together."""
        for k, n in product(range(len(found.ops)), JOIN):
            for kind in JOIN[n]:
                if goals := self.left[kind, found.ops[k : k + n]]:
                    found = found.joined(wish(q.one_by_weight(rng, goals), rng), k)
        return found

    def weigh(self, ops: Sequence[str], op: str) -> float:
        """How much is left of what operations give with one that may follow them."""
        rows = product(IN_A_ROW, product(*map(g.classes_of, (*ops[-2:], op))))
        names = [("junction", (*ops[-1:], op)), *rows]
        return 1 + sum(sum(self.left[name].values()) for name in names)

    def of_case(self, seed: int, i: int) -> list[Plan]:
        """Candidates for case i of a seed; the first cover most of what the cases before do not."""
        while (k := len(self.known)) <= i < PLANNED:
            rng = np.random.default_rng([seed, k, 0])
            shares = {share for (share, _), goals in self.left.items() if goals}
            shares -= {"large"} if self.saved < LARGE_COST else set()
            kinds = [name for name in KINDS if name in shares for _ in range(KINDS[name].cases)]
            kind = kinds[k % len(kinds)] if kinds else ""
            most = 1 if k % 5 == 0 else 2 if kind == "large" else LONGEST  # in a row
            wishes = (*self.wishes(rng, kind, most), *[network.ANY] * MORE)
            drawn = (network.draw_plan(rng, self.limits, most, wish) for wish in wishes)
            self.choose([*islice(filter(None, drawn), CANDIDATES)], kind)
        return self.known[i] if i < PLANNED else []
