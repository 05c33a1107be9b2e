"""The plans of cases, one after the other: each covers most of what is left, for its cost."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import islice, product

import numpy as np

from liaf_ref.oracle.draw import goals as g
from liaf_ref.oracle.draw import network
from liaf_ref.oracle.draw import quantities as q
from liaf_ref.oracle.draw.goals import KINDS, ROWS, SPLIT, Goal
from liaf_ref.oracle.draw.network import Limits, Plan, Wish
from liaf_ref.oracle.opset import OPS

PLANNED = 1_000  # cases whose plans follow from those before; later ones stand alone
CANDIDATES, MORE = 6, 18
ROWS_COUNT = 6  # junctions that a row counts as
FOCUS = 8  # how much more the goals of the kind count that a case is drawn for
BASE = 16.0  # milliseconds that any case takes: a plan is chosen by what it covers for its cost
BUDGET = 36.0  # milliseconds that a case may take in the mean, by its plan
LARGE_COST = 2 * BUDGET  # have to be saved before a case is drawn for what is large
LONGEST, LATER = 10, 8  # operations in a row; in cases that stand alone
ALONE = ("triple", "pair", "size", "sizes", "optimizer")  # kinds of one operation
JOINED = ("junction", "junction", "after")  # kinds of two
AGAIN = 0.15  # what a goal counts for the second time, as a mistake may not show in one case
Ops = tuple[str, ...]


def wish(goal: Goal, rng: np.random.Generator) -> Wish:
    """What a plan has to have for a goal."""
    facts = {(k, name): value for k, name, value in goal.facts}
    ops = goal.ops
    if goal.kind == "trained":
        return Wish(ops, {(q.TRAINING, name): value for name, value in q.CARRIED.items()})
    if goal.kind in ("row", "through"):
        names = [name.partition(": ") for name in goal.ops]
        ops = tuple(q.one_of(rng, ROWS.get(op, (op,))) for op, _, _ in names)
        facts = {(k, SPLIT[op]): value for k, (op, _, value) in enumerate(names) if value}
    if goal.kind == "twice":
        table = OPS[ops[0]].options
        uneven = {n for _, n, v in goal.facts if v == "False" and table[n].values in q.WINDOWS}
        of = {(0, name): "uneven" for name in uneven}  # a mirror of it is another
        return Wish(ops * 2, of | {(1, name): value for _, name, value in goal.facts})
    return Wish(ops, facts)


class Plans:
    """The plans of the first cases so far, and the goals that these leave."""

    def __init__(self, limits: Limits) -> None:
        possible = sorted(g.possible_goals(limits))
        self.limits, self.known = limits, list[list[Plan]]()
        # Less for what one plan covers, in which a mistake may not show.
        self.weights = {goal: goal.weight for goal in possible}
        self.fresh = {*possible}  # what none covers
        self.goals = defaultdict[tuple[str, Ops], list[Goal]](list)  # by their share
        self.left = defaultdict[str, Counter[Ops]](Counter)  # how many of them
        for goal in possible:
            self.goals[goal.share, goal.ops].append(goal)
            self.left[goal.share][goal.ops] += 1

    @property
    def saved(self) -> float:
        """Milliseconds that the next case may take."""
        spent = sum(plan.cost for plans in self.known for plan in plans[:1])
        return BUDGET * (len(self.known) + 1) - spent

    def value(self, plan: Plan, goals: Iterable[Goal], kind: str) -> float:
        """What a plan covers of what is left, most of all of one kind, for its cost."""
        left = (goal for goal in goals if goal in self.weights)
        found = (self.weights[goal] * (FOCUS if goal.share == kind else 1) for goal in left)
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
            weight = self.weights.pop(goal, 0.0)
            if goal in self.fresh:
                self.fresh.remove(goal)
                self.left[goal.share][goal.ops] -= 1
                if goal.share != "large":
                    self.weights[goal] = AGAIN * weight

    def one(self, rng: np.random.Generator, kind: str, ops: Ops) -> Wish:
        """What a plan has to have for a goal that is left."""
        goals = self.goals[kind, ops]
        while goals:
            k = int(rng.integers(len(goals)))
            if goals[k] in self.fresh:
                return wish(goals[k], rng)
            goals[k] = goals[-1]
            goals.pop()
        return network.ANY

    def wishes(self, rng: np.random.Generator, kind: str, most: int) -> list[Wish]:
        """Goals of a kind, each with others that go together with it."""
        ops, counts = [*self.left[kind]], np.sqrt([*self.left[kind].values()])
        drawn = rng.choice(len(ops), CANDIDATES, p=counts / counts.sum())  # more where more is left
        return [self.wish(rng, kind, ops[k], most) for k in drawn]

    def wish(self, rng: np.random.Generator, kind: str, ops: Ops, most: int) -> Wish:
        """A goal of a kind and of some operations, and others that go together with it."""
        goal = self.one(rng, kind, ops)
        most = min(most, len(goal.ops) + 1) if kind == "large" else most
        found = network.grown(rng, self.limits, most, goal, self.weigh) or network.ANY
        for k, op in enumerate(found.ops if kind != "large" else ()):  # else all else is small
            for name in (*ALONE, *JOINED):
                ops = (op,) if name in ALONE else found.ops[k : k + 2]
                found = found.joined(self.one(rng, name, ops), k)
        return found

    def weigh(self, ops: Sequence[str], fits: Sequence[str]) -> Sequence[float]:
        """How much is left of what operations give with each of some that may follow them."""
        two, row, through = (self.left[kind] for kind in ("junction", "row", "through"))
        found = list[float]()
        for op in fits:
            rows = product(*map(g.classes_of, (*ops[-2:], op)))
            three = sum(bool(row[names] or through[names]) for names in rows)
            found.append(1 + two[*ops[-1:], op] + ROWS_COUNT * three)
        return found

    def of_case(self, seed: int, i: int) -> list[Plan]:
        """Candidates for case i of a seed; the first cover most of what the cases before do not."""
        while (k := len(self.known)) <= i < PLANNED:
            rng = np.random.default_rng([seed, k, 0])
            shares = {share for share, left in self.left.items() if left.total()}
            shares -= {"large"} if self.saved < LARGE_COST else set()
            kinds = [name for name in KINDS if name in shares for _ in range(KINDS[name].cases)]
            kind = kinds[k % len(kinds)] if kinds else ""
            most = 1 if k % 5 == 0 else LONGEST  # in a row
            tried = [(most, wish) for wish in (self.wishes(rng, kind, most) if kinds else ())]
            tried += [(max(most - n // 3, 1), network.ANY) for n in range(MORE)]
            drawn = (network.draw_plan(rng, self.limits, n, wish) for n, wish in tried)
            self.choose([*islice(filter(None, drawn), CANDIDATES)], kind)
        return self.known[i] if i < PLANNED else []
