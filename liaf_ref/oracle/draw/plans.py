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
CANDIDATES, WISHES, MORE = 4, 9, 12  # of plans, of goals for them, and of plans without any
FOCUS = 12  # how much more the goals of the kind count that a case is drawn for
BASE = 16.0  # milliseconds that any case takes: a plan is chosen by what it covers for its cost
# Milliseconds that a case may take in the mean, by its plan; of them those for what is large.
BUDGET, FOR_LARGE = 44.0, 16.0
LONGEST, LATER = 10, 8  # operations in a row; in cases that stand alone
SHORT = {"fact": 1, "large": 2, "edge": 2}  # those of some kinds
# Kinds of goals that are joined with others, by how many operations they have.
JOIN = {
    1: ("edge", "triple", "fact", "pair", "size", "sizes", "optimizer"),
    2: ("junction", "junction", "after"),
}
IN_A_ROW = ("row", "through", "events")  # of three
SAME_PADDED = {"kernel": "3", "stride": "1", "pad": network.WHOLE, "L": "2", "units": "2"}
AGAIN = 0.15  # what a goal counts for the second time, as a mistake may not show in one case


def wish(goal: Goal, rng: np.random.Generator) -> Wish:
    """What a plan has to have for a goal."""
    ops, facts = goal.ops, {(k, name): value for k, name, value in goal.facts}
    if goal.kind == "trained":
        return Wish(ops, {(q.TRAINING, name): value for name, value in q.CARRIED.items()})
    if goal.facts == g.SHARED:
        others = [op for op in OPS if network.may_be_beside(op) and network.joins(ops[1], op)]
        return Wish((*ops, "concat"), {(1, network.SIBLING): q.one_of(rng, others)})
    if goal.kind == "beside" or goal.facts == g.TWINS:
        before, behind = ["dropout"] * bool(facts), ["concat"] * (len(ops) > 1)
        alike = {(1, name): "True" for name in OPS[ops[0]].options} if facts else {}
        return Wish((*before, ops[0], *behind), {(len(before), network.SIBLING): ops[-1], **alike})
    if goal.kind in IN_A_ROW:
        names = [name.partition(": ") for name in goal.ops]
        ops = tuple(q.one_of(rng, ROWS.get(op, (op,))) for op, _, _ in names)
        facts = {(k, SPLIT[op]): value for k, (op, _, value) in enumerate(names) if value}
        facts |= {(k, name): "usual" for k, op in enumerate(ops) for name in g.PLAIN.get(op, ())}
    if goal.kind == "twice":
        table = OPS[ops[0]].options
        second = {(1, name): value for _, name, value in goal.facts}
        others = [name for (_, name), value in second.items() if value == "False"]
        of = {(0, n): "uneven" for n in others if n in table and table[n].values in q.WINDOWS}
        if second.get((1, g.PADDED)) == "True":
            of = {(0, name): value for name, value in SAME_PADDED.items()}
            second = {(1, name): "True" for name in table} | second
        return Wish(ops * 2, of | second)
    return Wish(ops, facts)


class Plans:
    """The plans of the first cases so far, and what each goal that these leave counts."""

    def __init__(self, limits: Limits) -> None:
        self.limits, self.known = limits, list[list[Plan]]()
        self.saved = {True: 0.0, False: 0.0}  # milliseconds, for what is large and for the rest
        possible = sorted(g.possible_goals(limits))
        self.group_of = {goal: (goal.share, goal.ops) for goal in possible}
        self.left = defaultdict[Any, dict[Goal, float]](dict)  # by share and operations
        for goal, group in self.group_of.items():
            self.left[group][goal] = goal.weight
        self.sums = defaultdict[str, dict[Any, float]](dict)
        self._add_up(self.left)

    def _add_up(self, groups: Iterable[Any]) -> None:
        for share, ops in groups:
            self.sums[share][ops] = sum(self.left[share, ops].values())

    def value(self, plan: Plan, goals: Iterable[Goal], kind: str) -> float:
        """What a plan covers of what is left, most of all of one kind, for its cost."""
        groups = ((goal, self.group_of[goal]) for goal in goals if goal in self.group_of)
        left = ((share, self.left[share, ops].get(goal, 0.0)) for goal, (share, ops) in groups)
        found = (count * (FOCUS if share == kind else 1) for share, count in left)
        return math.fsum(found) / (BASE + plan.cost)  # the same in any order of a set

    def choose(self, drawn: list[Plan], kind: str) -> None:
        """The plans of the next case; what the first covers counts less, and then no more."""
        found = [(plan, g.plan_goals(plan)) for plan in drawn]
        found.sort(key=lambda pair: self.value(pair[0], pair[1], kind), reverse=True)
        best = found[0][1] if found else frozenset[Goal]()  # the next ones have most of its goals
        found.sort(key=lambda pair: self.value(pair[0], pair[1] & best, kind), reverse=True)
        both = ((plan, plan._replace(regions=network.usual(plan))) for plan, _ in found)
        self.known.append([plan for each in both for plan in each])
        self.saved[kind == "large"] -= found[0][0].cost if found else 0.0
        covered = best & self.group_of.keys()
        for goal in covered:
            left = self.left[self.group_of[goal]]
            if left.get(goal) == goal.weight and goal.share != "large":
                left[goal] = AGAIN * goal.weight  # in its place, whatever the order of a set
            else:
                left.pop(goal, None)
        self._add_up({self.group_of[goal] for goal in covered})

    def wishes(self, rng: np.random.Generator, kind: str, most: int) -> Iterator[Wish]:
        """Goals of a kind, each with others that go together with it, and alone."""
        roots = {ops: math.sqrt(left) for ops, left in self.sums[kind].items()}
        for _ in range(WISHES if any(roots.values()) else 0):
            goal = q.one_by_weight(rng, self.left[kind, q.one_by_weight(rng, roots)])
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
        return 1 + sum(self.sums[kind].get(row, 0.0) for kind, row in names)

    def of_case(self, seed: int, i: int) -> list[Plan]:
        """Candidates for case i of a seed; the first cover most of what the cases before do not."""
        while (k := len(self.known)) <= i < PLANNED:
            rng = np.random.default_rng([seed, k, 0])
            for is_large in self.saved:
                self.saved[is_large] += FOR_LARGE if is_large else BUDGET - FOR_LARGE
            shares = {share for share, left in self.sums.items() if any(left.values())}
            shares -= {"large"} if self.saved[True] < 0 else set()
            kinds = [name for name in KINDS if name in shares for _ in range(KINDS[name].cases)]
            kind = kinds[k % len(kinds)] if kinds else ""
            in_a_row = SHORT.get(kind, LONGEST)
            wishes = (*self.wishes(rng, kind, in_a_row), *[network.ANY] * MORE)
            drawn = (network.draw_plan(rng, self.limits, in_a_row, wish) for wish in wishes)
            most = math.inf if kind == "large" else max(self.saved[False], BUDGET)
            fits = (plan for plan in drawn if plan is not None and plan.cost <= most)
            self.choose([*islice(fits, CANDIDATES)], kind)
        return self.known[i] if i < PLANNED else []
