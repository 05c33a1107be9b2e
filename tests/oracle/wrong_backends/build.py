"""From a changed text to a backend."""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, NamedTuple

import liaf_ref
from liaf_ref.kernels.array import Array
from liaf_ref.oracle.case import Case
from oracle import kernel_backend
from oracle.kernel_backend import PAPER_KERNELS, KernelTable, run

ROOT = Path(liaf_ref.__file__).parent
Backend = Callable[[Case], dict[str, Array]]


Changes = Mapping[str, Mapping[str, str]]  # by file: what for what


class WrongBackend(NamedTuple):
    """A change of the source, under the name that the diagnosis must give."""

    name: str
    changes: Changes


def changed(table: Mapping[str, Mapping[str, Mapping[str, str]]]) -> tuple[WrongBackend, ...]:
    """The rows of a table, which has the names by file."""
    rows = ((file, *row) for file, names in table.items() for row in names.items())
    return tuple(WrongBackend(name, {file: changes}) for file, name, changes in rows)


def backend(wrong: WrongBackend) -> Backend:
    rules = changed_kernels(wrong)
    return lambda case: run(case, rules)


def changed_kernels(wrong: WrongBackend) -> KernelTable:
    """The paper's, and those that the change reaches."""
    rules = PAPER_KERNELS
    for file, changes in wrong.changes.items():
        other = kernels_of(file, changed_module(file, changes))
        pairs = zip(KernelTable._fields, PAPER_KERNELS, other, strict=True)
        rules = rules._replace(**{name: b for name, a, b in pairs if a is not b})
    return rules


def keep_required_only(backend: Backend) -> Backend:
    """The same, as little as is allowed: no state, no adjoint of a step."""

    def answer(case: Case) -> dict[str, Array]:
        last = case.nodes[-1].name
        return {
            name: array
            for name, array in backend(case).items()
            if name.startswith(("grad/", "step1/", f"exp/{last}."))
            or name == "exp/curve"
            or name.endswith((".m", ".v"))
        }

    return answer


def changed_module(file: str, changes: Mapping[str, str]) -> ModuleType:
    text = source(file).read_text("utf-8")
    for old, new in changes.items():
        assert text.count(old) == 1, f"{file} has {text.count(old)} x {old!r}"
        text = text.replace(old, new)
    return _execute_source(text, file)


def source(file: str) -> Path:
    return Path(kernel_backend.__file__) if file == "kernel_backend.py" else ROOT / file


def _execute_source(text: str, file: str) -> ModuleType:
    module = ModuleType(f"wrong.{Path(file).stem}")
    module.__dict__["__name__"] = __name__  # where dataclasses look for annotations
    exec(compile(text, file, "exec"), module.__dict__)  # noqa: S102
    return module


def kernels_of(file: str, module: Any) -> KernelTable:
    name = Path(file).stem
    if name == "kernel_backend":
        kernels: KernelTable = module.PAPER_KERNELS
        return kernels
    return PAPER_KERNELS._replace(
        **KERNELS_BY_MODULE.get(name, lambda module: {name: module})(module)
    )


def rebuild_on(kernel: str, name: str, module: Any) -> ModuleType:
    """A kernel of the package that calls another one."""
    file = f"kernels/{kernel}.py"
    other = _execute_source((ROOT / file).read_text("utf-8"), file)
    own = vars(other.__dict__[name])
    passes = {"forward": module.forward, "backward": module.backward}
    other.__dict__[name] = SimpleNamespace(**{**own, **passes})
    return other


def _spike(module: Any) -> Any:
    return lambda o: module.detached() if o["reset"] == "detached" else module.paper(o["mu"])


def _act(module: Any) -> Any:
    return lambda o: module.paper(o["mu"]) if o["act"] == "spike" else PAPER_KERNELS.act(o)


def _activation(module: Any) -> Any:
    return lambda o: PAPER_KERNELS.act(o) if o["act"] == "spike" else module.ACTIVATIONS[o["act"]]


def _optimizers(module: Any) -> Any:
    kinds = {"sgd": module.SGD, "adam": module.Adam, "adamw": module.AdamW}
    return lambda o: kinds[o["name"]](
        **{key: value for key, value in o.items() if key not in {"name", "steps"}}
    )


KERNELS_BY_MODULE: dict[str, Callable[[Any], dict[str, Any]]] = {
    "spike": lambda module: {"spike": _spike(module), "act": _act(module)},
    "activation": lambda module: {"act": _activation(module)},
    "optimizers": lambda module: {"optimizer": _optimizers(module)},
    "lstm_cell": lambda module: {"lstm": rebuild_on("lstm", "lstm_cell", module)},
    "conv": lambda module: {"conv": module, "convlstm": rebuild_on("convlstm", "conv", module)},
}
