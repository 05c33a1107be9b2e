"""What a right backend computes: numbered clauses, profiles that a verdict names, and a badge."""

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from liaf_ref._core.text import count
from liaf_ref.oracle.case import BPTT, Case, Node
from liaf_ref.oracle.opset import OPS, OPTIMIZERS, Rule

if TYPE_CHECKING:
    from liaf_ref.oracle.checker.verdict import Verdict
    from liaf_ref.oracle.golden import GoldenCase

VERSION = "2.0"
_CUT = " or ".join(BPTT)
# Rules of no operation, before and after those of the op table.
GENERAL: dict[str, tuple[Rule, ...]] = {
    "Answer": (
        Rule("The answer has every required array, and no array with an unknown name."),
        Rule("Each array has the expected shape, and the dtype of the case."),
        Rule("Each number is finite, and within the [tolerance](tolerances.md) of its entry."),
        Rule("Spikes are equal to the expected ones.", "(4)", "neuron"),
        Rule("The arrays of the case are not modified."),
        Rule("The same case gives the same answer, whatever was computed before."),
        Rule("Gradients of an array that is used twice are added.", when="shared"),
    ),
    "Training": (
        *(Rule(optimizer.about, when=name) for name, optimizer in OPTIMIZERS.items()),
        Rule("All parameters, biases too, after one step; the loss before each", when="trained"),
        Rule("Gradients, and all else that a step gives, are those of the first.", when="trained"),
    ),
    "Sequences in chunks": (
        Rule("The final states of a chunk are the initial states of the next.", when=_CUT),
        Rule("All chunks have the same parameters, and their gradients are added up.", when=_CUT),
        Rule(
            "$V^T$ is the state after the last chunk, and $V^0$ the one before the first: their "
            "gradients belong to these chunks.",
            when=_CUT,
        ),
        Rule(
            "Full BPTT: gradients pass from chunk to chunk, as in the whole sequence.", when="full"
        ),
        Rule("Truncated BPTT: no gradient passes between chunks.", when="truncated"),
    ),
}


def applies(rule: Rule, golden: "GoldenCase") -> bool:
    """Whether a case has computed what a rule says."""
    facts = _facts(golden)
    known = [facts | _words(node) for node in golden.case.nodes]
    given = (set(words.split()) for words in rule.when.split(" or "))
    return any(words <= here for words in given for here in known)


def _words(node: Node) -> set[str]:
    """What is true of a node."""
    options = node.options
    found = {node.op, *(f"{name}={value}" for name, value in options.items())}
    found |= {"strided"} if max(options.get("stride", (1,))) > 1 else set()
    found |= {"uneven"} if any(a != b for a, b in options.get("pad", ())) else set()
    return found | ({"analog"} if node.op == "neuron" and options["act"] != "spike" else set())


def _facts(golden: "GoldenCase") -> set[str]:
    """What is true of a case: events that an exact one counts, its optimizer, its chunks."""
    case = golden.case
    found = {name for name, value in golden.metadata.items() if value}
    found |= set() if case.optimizer is None else {"trained", case.optimizer["name"]}
    found |= set() if case.chunks is None else {case.chunks.bptt}
    sources = [source for node in case.nodes for source in node.inputs]
    found |= {"shared"} if len(sources) > len(set(sources)) else set()
    return found | ({"VT"} if any(name.endswith("VT") for name in case) else set())


def _sections() -> dict[str, list[Rule]]:
    """The rules of any answer, those of each operation, then the others."""
    found = {"Answer": [*GENERAL["Answer"]]}
    for name, op in OPS.items():
        for rule in (Rule(op.about[0].upper() + op.about[1:], op.source), *op.rules):
            own = found.setdefault(rule.section or op.section, [])
            own.append(rule._replace(when=rule.when or name))
    return found | {name: [*rules] for name, rules in GENERAL.items() if name not in found}


SECTIONS = _sections()
CLAUSES = {
    f"{section}.{number}": rule
    for section, rules in enumerate(SECTIONS.values(), 1)
    for number, rule in enumerate(rules, 1)
}


def count_cases(cases: "Iterable[GoldenCase]") -> dict[str, int]:
    """Count the cases that have each clause computed."""
    cases = tuple(cases)
    return {number: sum(applies(rule, g) for g in cases) for number, rule in CLAUSES.items()}


IMAGE_OPS = {name for name, op in OPS.items() if op.windows or "H W" in op.input}
PLANE_NDIM = 5  # (B, T, H, W, L)


class Profile(NamedTuple):
    """A part of the specification that a backend can pass, and what belongs to it."""

    name: str
    description: str
    kind: str  # of its cases
    arrays: str = ""  # which ones; empty: all

    def has_case(self, case: Case) -> bool:
        """Whether a case belongs to it."""
        has_neuron = any(node.op == "neuron" for node in case.nodes)
        return _kind(case) == self.kind and (has_neuron or self.arrays != "neuron")

    def has_array(self, name: str) -> bool:
        """Whether an array of the answer to such a case belongs to it."""
        is_neuron = name.startswith("grad/par/") and name.endswith(tuple(OPS["neuron"].parameters))
        own = "forward" if name.startswith("exp/") else "neuron" if is_neuron else "backward"
        return self.arrays in {"", own}


def _kind(case: Case) -> str:
    if case.optimizer is not None:
        return "training"
    planes = any(array.ndim == PLANE_NDIM for array in case.arrays.values())
    return "image" if planes or any(n.op in IMAGE_OPS for n in case.nodes) else "sequence"


_WEIGHTS = "gradients in inputs, initial states and weights, of sequences"
_NEURONS = "gradients in V_th, V_reset, alpha and beta, of sequences"
PROFILES = (
    Profile("Inference", "outputs, states and losses of sequences", "sequence", "forward"),
    Profile("Gradients", _WEIGHTS, "sequence", "backward"),
    Profile("Trainable neurons", _NEURONS, "sequence", "neuron"),
    Profile("Images", "everything, of cases with height and width", "image"),
    Profile("Training", "everything, of cases with an optimizer", "training"),
)


class ProfileResult(NamedTuple):
    """How many cases of a profile passed, failed and were declined."""

    profile: Profile
    passed: int
    failed: int
    declined: int

    @property
    def ok(self) -> bool:
        """Whether every case passed, and there was one."""
        return bool(self.passed) and not self.failed and not self.declined

    @property
    def total(self) -> int:
        """The number of its cases."""
        return self.passed + self.failed + self.declined

    def __str__(self) -> str:
        wrong = {"failed": self.failed, "declined": self.declined}
        counts = ", ".join(f"{n} {what}" for what, n in wrong.items() if n)
        total = count(self.total, "case")
        return f"{self.profile.name} ({total if self.ok else f'{counts} of {total}'})"

    def to_dict(self) -> dict[str, Any]:
        """Convert to a dict for ``json.dumps``."""
        return {**self._asdict(), "profile": self.profile.name, "ok": self.ok}


def judge_profiles(verdicts: "Iterable[Verdict]") -> tuple[ProfileResult, ...]:
    """Judge each profile by the verdicts on its cases; a waived finding counts as failed."""
    verdicts, found = tuple(verdicts), []
    for profile in PROFILES:
        own = [verdict for verdict in verdicts if profile.has_case(verdict.golden.case)]
        declined = sum(verdict.status == "declined" for verdict in own)
        failed = sum(  # an exception concerns all arrays
            any(f.stage == "backend" or profile.has_array(f.tensor) for f in verdict.findings)
            for verdict in own
        )
        found.append(ProfileResult(profile, len(own) - declined - failed, failed, declined))
    return tuple(found)


def badge_json(results: Iterable[ProfileResult]) -> bytes:
    """The profiles that were passed, as the JSON of an endpoint badge of shields.io."""
    names = [result.profile.name for result in results if result.ok]
    badge = {
        "schemaVersion": 1,
        "label": f"liaf_ref {VERSION}",
        "message": " · ".join(names) or "no profile passed",
        "color": "2f6f4f" if names else "a33b20",
    }
    return json.dumps(badge).encode()
