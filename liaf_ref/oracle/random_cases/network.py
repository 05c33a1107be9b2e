"""From a choice to a network: its nodes, and the shapes of its inputs."""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from liaf_ref.oracle.case import Node
from liaf_ref.oracle.cases.nodes import op_node
from liaf_ref.oracle.random_cases.options import CELLS, Choice
from liaf_ref.oracle.shapes import Size, input_channels, network_shapes, node_shapes

Sizes = tuple[int, ...]
FEW = {"B": (2, 4), "T": (2, 8), "L": (2, 7), "K": (2, 6)}
MANY = {"B": (5, 40), "T": (12, 128), "L": (17, 300), "K": (13, 300)}  # mostly no multiples of 8
MANY_CHANNELS = (9, 40)  # of planes
PLANES: Mapping[str, tuple[Sizes, ...]] = {
    "1x1": ((1, 1),),
    "square": ((4, 4), (6, 6)),
    "uneven": ((4, 5), (7, 3), (3, 6)),
}
SMALL_PLANES: Mapping[str, tuple[Sizes, ...]] = {
    "1x1": ((1, 1),),
    "square": ((3, 3),),
    "uneven": ((3, 4), (4, 3)),
}
MUS = {"0.5": 0.5, "0.25": 0.25, "0.3": 0.3, "1": 1.0, "wide": 1.75}
KERNELS: Mapping[str, tuple[Sizes, ...]] = {
    "1": ((1, 1, 1),),
    "2": ((2, 2, 2),),
    "3": ((3, 3, 3),),
    "uneven": ((2, 3, 2), (3, 2, 4), (1, 4, 3), (2, 1, 5)),
}
STRIDES: Mapping[str, tuple[Sizes, ...]] = {
    "1": ((1, 1, 1),),
    "equal": ((2, 2, 2), (3, 3, 3)),
    "uneven": ((1, 2, 1), (2, 1, 3), (1, 3, 2)),
}
WINDOWS: Mapping[str, tuple[tuple[Sizes, Sizes], ...]] = {  # size and stride
    "squares": (((2, 2), (2, 2)), ((3, 3), (3, 3))),
    "overlap": (((2, 2), (1, 1)), ((3, 3), (2, 2))),
    "uneven": (((2, 1), (1, 2)), ((1, 4), (1, 2)), ((3, 2), (2, 3))),
}
SMALL = 0.7  # below, planes are smaller too
ADAM = {
    "lr": (0.001, 0.01),
    "beta1": (0.9, 0.8),
    "beta2": (0.999, 0.95),
    "eps": (1e-8, 1e-3),
    "weight_decay": (0.0, 1e-4, 0.1),
}
OPTIMIZER_OPTIONS: Mapping[str, Mapping[str, tuple[float, ...]]] = {
    "sgd": {"lr": (0.01, 0.1), "momentum": (0.0, 0.9, 0.96875), "weight_decay": (0.0, 1e-4, 0.1)},
    "adam": ADAM,
    "adamw": ADAM,
}


class Network(NamedTuple):
    """Nodes, the shapes of the inputs by name, and an optimizer."""

    nodes: tuple[Node, ...]
    input_shapes: Mapping[str, Size]
    optimizer: Mapping[str, Any] | None

    def array_sizes(self) -> list[int]:
        """Entries of the inputs, the parameters and the output of each node."""
        shapes = [*self.input_shapes.values()]
        for own in network_shapes(self.nodes, self.input_shapes).values():
            shapes += [own.output, *own.parameters.values()]
        return [math.prod(shape) for shape in shapes]


def build_network(choice: Choice, rng: np.random.Generator, shrink: float = 1.0) -> Network:
    """A network as chosen; ``shrink`` below 1 makes the large sizes smaller."""
    builder = NetworkBuilder(choice, rng, shrink)
    builder.build()
    inputs = {builder.source: builder.outputs[builder.source]}
    if choice["loss"] is not None:
        inputs["in/y"] = inputs[builder.source][:1]
    return Network(tuple(builder.nodes), inputs, builder.optimizer())


class NetworkBuilder:
    """Nodes one by one; each takes the output of the one before."""

    def __init__(self, choice: Choice, rng: np.random.Generator, shrink: float) -> None:
        self.choice, self.rng, self.shrink = choice, rng, shrink
        self.nodes: list[Node] = []
        self.L = self.size("L")
        self.source = "in/ids" if choice["synapses"] == "embedding" else "in/X"
        self.outputs: dict[str, Size] = {self.source: self._input_shape()}
        self.last = self.source

    @property
    def shape(self) -> Size:
        """Of the last output."""
        return self.outputs[self.last]

    def size(self, name: str) -> int:
        """A size of its class: 1, few or many."""
        kind, choice = self.choice.get(name), self.choice
        divides = choice["exact"] == "yes" and (
            (name == "B" and choice["loss"] is not None)
            or (name == "T" and choice["readout"] == "mean")
            or (name == "L" and choice["layout"] == "logits")
        )
        if kind == "1" or kind is None:
            return 1
        low, high = FEW[name] if kind == "few" else self._many(name)
        high = round(high * self.shrink)
        few_in_mean = (name, choice["norm"]) == ("L", "layer_norm") or (
            name == "B" and choice["axes"] == "B"
        )
        low = max(low, 4) if few_in_mean else low  # two numbers less their mean give 1 and -1
        high = max(low, high)
        if name == "T" and kind == "many":
            low = max(low, high // 2)  # as many steps as can be exact
        drawn = int(self.rng.integers(low, high + 1, 2 if kind == "many" else 1).max())
        return 1 << (drawn.bit_length() - 1) if divides else drawn

    def _many(self, name: str) -> tuple[int, int]:
        is_channel = name in {"L", "K"} and self.choice["layout"] == "plane"
        return MANY_CHANNELS if is_channel else MANY[name]

    def add(self, op: str, name: str, *sources: str, **options: Any) -> None:
        """One more node, on the last one unless sources are named."""
        node = op_node(op, name, *(sources or (self.last,)), **options)
        self.outputs[name] = node_shapes(node, [self.outputs[s] for s in node.inputs]).output
        self.nodes.append(node)
        self.last = name

    def build(self) -> None:
        """All nodes."""
        self._synapses()
        self._norm()
        self._middle()
        self._core()
        self._second()
        self._readout()
        self._loss()

    def optimizer(self) -> dict[str, Any] | None:
        """The optimizer, for a few steps."""
        name = self.choice["optimizer"]
        if name is None:
            return None
        options = {k: float(self.rng.choice(v)) for k, v in OPTIMIZER_OPTIONS[name].items()}
        return {"name": name, **options, "steps": self._pick(1, 2, 2, 3)}

    def _input_shape(self) -> Size:
        choice, B = self.choice, self.size("B")
        if choice["layout"] == "logits":
            return B, self.L
        T = self.size("T")
        planes = PLANES if self.shrink > SMALL else SMALL_PLANES
        plane = () if choice["plane"] is None else self._pick(*planes[choice["plane"]])
        if choice["synapses"] == "embedding":
            return B, T
        if choice["synapses"] is not None:
            return B, T, *plane, self.size("K")
        core = choice["core"]
        return B, T, *plane, input_channels(core, self.L) if core in CELLS else self.L

    def _synapses(self) -> None:
        choice, op = self.choice, self.choice["synapses"]
        if op is None:
            return
        core, units = choice["core"], self.L
        if core in CELLS:
            units = input_channels(core, self.L)
        if op == "embedding":
            self.add(op, "e", tokens=max(2, self.size("K")), width=units)
            return
        options: dict[str, Any] = {"units": units, "bias": choice["bias"] == "with"}
        if op != "dense":
            options |= self._grid(2 if op == "conv" else 3)
        self.add(op, "d" if op == "dense" else "c", **options)

    def _grid(self, axes: int) -> dict[str, Any]:
        """Kernel, stride and padding; a kernel is not larger than what it lies on."""
        choice, size = self.choice, self.shape[-1 - axes : -1]
        kernel, pad = [], []
        for k, n in zip(self._pick(*KERNELS[str(choice["kernel"])])[-axes:], size, strict=True):
            before, after = {
                "same": ((k - 1) // 2, k // 2),
                "none": (0, 0),
                "uneven": self._pick((k - 1, 1), (0, k), (2, 0)),
            }[str(choice["pad"])]
            kernel.append(min(k, n + before + after))
            pad.append([before, after])
        stride = self._pick(*STRIDES[str(choice["stride"])])[-axes:]
        return {"kernel": kernel, "stride": [*stride], "pad": pad}

    def _norm(self) -> None:
        choice, op = self.choice, self.choice["norm"]
        if op is None:
            return
        eps = self._pick(1e-3, 1e-5, 0.1) if self.shrink > SMALL else 0.1
        options: dict[str, Any] = {"axes": choice["axes"], "eps": eps}
        if op == "batch_norm":
            options |= {
                "statistics": choice["statistics"],
                "momentum": self._pick(0.1, 0.75, 0.0, 1.0),
            }
        self.add(op, "z", **options)

    def _middle(self) -> None:
        choice, op = self.choice, self.choice["middle"]
        if op == "dropout":
            on_kink = choice["exact"] == "no" and (choice["core"], choice["act"]) == ("act", "relu")
            self.add(op, "m", keep=1.0 if on_kink else self._pick(0.5, 0.25, 0.125, 1.0))
        elif op == "flatten":
            self.add(op, "f")
        elif op is not None:
            windows = WINDOWS[str(choice["windows"])]
            if choice["exact"] == "yes" and op == "average_pool":
                windows = tuple(w for w in windows if 3 not in w[0])
            size, stride = self._pick(*windows)
            fitting = [min(k, n) for k, n in zip(size, self.shape[-3:-1], strict=True)]
            self.add(op, "p", size=fitting, stride=[*stride])

    def _core(self) -> None:
        choice, op = self.choice, self.choice["core"]
        if op == "neuron":
            self.add(op, "n", **self._neuron_options())
        elif op == "act":
            self.add(op, "a", act=choice["act"])
        elif op == "convlstm":
            self.add(op, "r", kernel=self._pick([3, 3], [1, 3], [2, 2]))
        elif op is not None:
            self.add(op, "r")

    def _neuron_options(self) -> dict[str, Any]:
        mu = MUS[self.choice["mu"] or ""]
        return {k: self.choice[k] for k in ("act", "mode", "sharing", "reset")} | {"mu": mu}

    def _second(self) -> None:
        if self.choice["second"] is None:
            return
        if self.choice["second"] == "dense+neuron":
            self.add("dense", "d2", units=self.size("L"), bias=bool(self.rng.integers(2)))
        acts = ["identity", "relu", "spike"]
        acts += ["tanh", "sigmoid", "selu"] if self.choice["exact"] == "no" else []
        other = {
            "act": self._pick(*acts),
            "mode": self._pick("TR", "NTR"),
            "sharing": self._pick("all", "channel", "non"),
            "reset": self._pick("paper", "detached"),
        }
        self.add("neuron", "n2", **(self._neuron_options() | other))

    def _readout(self) -> None:
        op = self.choice["readout"]
        if op in {"last", "mean"}:
            self.add(op, "y")
        elif op == "concat":
            below = self.last
            units = self.shape[-1] + int(self.rng.integers(1, 4))
            self.add("dense", "w", units=units)
            parts = self._pick(["w", below], [below, "w"], [below, "w", "w2"])
            if "w2" in parts:
                self.add("dense", "w2", below, units=units + 2)
            self.add("concat", "y", *parts)

    def _loss(self) -> None:
        op = self.choice["loss"]
        if op is None:
            return
        if self.choice["layout"] != "logits":
            if len(self.shape) > 2:
                self.add("flatten", "g")
            units = self._pick(2, 4) if self.choice["exact"] == "yes" else self._pick(2, 3, 5)
            self.add("dense", "h", units=units)
        self.add(op, "l")

    def _pick(self, *values: Any) -> Any:
        return values[int(self.rng.integers(len(values)))]
