"""Profiles: parts of the specification that a backend can pass one by one, and a badge of them."""

from collections.abc import Callable, Iterable
from html import escape
from typing import TYPE_CHECKING, Any, NamedTuple

from liaf_ref._core.text import count
from liaf_ref.oracle.case import Case
from liaf_ref.oracle.opset import OPS
from liaf_ref.oracle.specification.clauses import VERSION

if TYPE_CHECKING:
    from liaf_ref.oracle.checker.comparison import Finding
    from liaf_ref.oracle.checker.verdict import Verdict

IMAGE_OPS = {name for name, op in OPS.items() if op.windows or "H W" in op.input}
PLANE_NDIM = 5  # (B, T, H, W, L)
NEURON_PARAMETERS = ("v_th", "v_reset", "alpha", "beta")


class Profile(NamedTuple):
    """A name, what it covers, and which arrays of which cases belong to it."""

    name: str
    description: str
    has_case: Callable[[Case], bool]
    has_array: Callable[[str], bool]


def _is_training(case: Case) -> bool:
    return case.optimizer is not None


def _is_image(case: Case) -> bool:
    planes = any(array.ndim == PLANE_NDIM for array in case.arrays.values())
    return not _is_training(case) and (planes or any(n.op in IMAGE_OPS for n in case.nodes))


def _is_sequence(case: Case) -> bool:
    return not _is_training(case) and not _is_image(case)


def _is_neuron_gradient(name: str) -> bool:
    return name.startswith("grad/par/") and name.endswith(NEURON_PARAMETERS)


PROFILES = (
    Profile(
        "Inference",
        "outputs, states and losses of sequences",
        _is_sequence,
        lambda name: name.startswith("exp/"),
    ),
    Profile(
        "Gradients",
        "gradients in inputs, initial states and weights, of sequences",
        _is_sequence,
        lambda name: not name.startswith("exp/") and not _is_neuron_gradient(name),
    ),
    Profile(
        "Trainable neurons",
        "gradients in V_th, V_reset, alpha and beta, of sequences",
        lambda case: _is_sequence(case) and any(node.op == "neuron" for node in case.nodes),
        _is_neuron_gradient,
    ),
    Profile("Images", "everything, of cases with height and width", _is_image, lambda name: True),
    Profile("Training", "everything, of cases with an optimizer", _is_training, lambda name: True),
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
        if self.ok:
            return f"{self.profile.name} ({count(self.passed, 'case')})"
        counts = (
            f"{n} {what}" for n, what in ((self.failed, "failed"), (self.declined, "declined")) if n
        )
        return f"{self.profile.name} ({', '.join(counts)} of {count(self.total, 'case')})"

    def to_dict(self) -> dict[str, Any]:
        """Convert to a dict for ``json.dumps``."""
        counts = {"passed": self.passed, "failed": self.failed, "declined": self.declined}
        return {"profile": self.profile.name, "ok": self.ok, **counts}


def judge_profiles(verdicts: "Iterable[Verdict]") -> tuple[ProfileResult, ...]:
    """Judge each profile by the verdicts on its cases; a waived finding counts as failed."""
    verdicts = tuple(verdicts)
    return tuple(_judge(profile, verdicts) for profile in PROFILES)


def _judge(profile: Profile, verdicts: "Iterable[Verdict]") -> ProfileResult:
    own = [verdict for verdict in verdicts if profile.has_case(verdict.golden.case)]
    declined = sum(verdict.status == "declined" for verdict in own)
    failed = sum(any(_concerns(profile, f) for f in verdict.findings) for verdict in own)
    return ProfileResult(profile, len(own) - declined - failed, failed, declined)


def _concerns(profile: Profile, finding: "Finding") -> bool:
    """Whether a finding is about an array of a profile; an exception concerns all of them."""
    return finding.stage == "backend" or profile.has_array(finding.tensor)


CHARACTER, PADDING, HEIGHT = 6.6, 8, 20  # pixels; 11-pixel Verdana has 6 to 7 for a character
LABEL_COLOR, PASSED_COLOR, FAILED_COLOR = "#555", "#2f6f4f", "#a33b20"
TEMPLATE = """<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" role="img" \
aria-label="{text}">
<title>{text}</title>
<rect width="{left}" height="{height}" fill="{label_color}"/>
<rect x="{left}" width="{right}" height="{height}" fill="{color}"/>
<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">
<text x="{padding}" y="14" textLength="{left_text}">{label}</text>
<text x="{start}" y="14" textLength="{right_text}">{message}</text>
</g>
</svg>
"""


def badge_svg(results: Iterable[ProfileResult]) -> str:
    """Draw the names of the profiles that were passed; ``none`` if there are none."""
    names = [result.profile.name for result in results if result.ok]
    label, message = f"liaf_ref {VERSION}", " · ".join(names) or "no profile passed"
    left_text, right_text = round(CHARACTER * len(label)), round(CHARACTER * len(message))
    left, right = left_text + 2 * PADDING, right_text + 2 * PADDING
    return TEMPLATE.format(
        width=left + right,
        height=HEIGHT,
        text=escape(f"{label}: {message}"),
        left=left,
        right=right,
        label=escape(label),
        message=escape(message),
        left_text=left_text,
        right_text=right_text,
        padding=PADDING,
        start=left + PADDING,
        label_color=LABEL_COLOR,
        color=PASSED_COLOR if names else FAILED_COLOR,
    )
