"""A call that does not fit is answered with the call that does."""

import copy
import inspect
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import liaf_ref as lr
from liaf_ref._core.errors import CallError, InputError
from liaf_ref._core.signatures import checked_call
from liaf_ref.networks import MNIST_DVS

LAYER: Any = lr.DenseLIAF(3, 2)
PARAMS = LAYER.init(0)
X = np.ones((1, 4, 3))
NETWORK: Any = lr.BabiNetwork(22, "lif")
ANY: Any = lr  # for calls that a type checker refuses
SWAPPED = (
    "path of save_weights: expected the path as first argument, got a mapping; "
    "call save_weights(path"
)
SHAPE = "shape of {}: expected (L,) or (H, W, L), got {}; call {}"
IMAGE = "shape of {}: expected (height, width, channels), got {}; call {}"

CALLS: dict[str, tuple[Callable[[], object], str]] = {
    "input without parameters": (
        lambda: LAYER(X),
        "DenseLIAF.__call__(): missing a required argument: 'X'; expected layer(params, X), where "
        "params = layer.init(0)",
    ),
    "forward without parameters": (
        lambda: LAYER.forward(X),
        "DenseLIAF.forward(): missing a required argument: 'X'; expected layer(params, X), where",
    ),
    "a network without parameters": (
        lambda: NETWORK(np.ones((1, 3), int)),
        "BabiNetwork.forward(): missing a required argument: 'story'; expected network(params, "
        "story, query), where params = network.init(0)",
    ),
    "init without a seed": (
        LAYER.init,
        "DenseLIAF.init(): missing a required argument: 'rng'; expected layer.init(rng), a seed or "
        "a numpy.random.Generator, such as layer.init(0)",
    ),
    "init of a network": (NETWORK.init, "expected network.init(rng), a seed or a numpy"),
    "backward without a tape": (
        lambda: LAYER.backward(X),
        "expected layer.backward(dY, tape), where Y, state, tape = layer(params, X)",
    ),
    "layers one by one": (
        lambda: ANY.Sequential(lr.Dense(3, 2), lr.Dense(2, 2)),
        "Sequential(): too many positional arguments; expected one list of layers: "
        "Sequential([layer1, layer2])",
    ),
    "one layer": (
        lambda: ANY.Sequential(lr.Dense(3, 2)),
        "expected a list of layers or of (name, layer) pairs, such as Sequential([layer1, "
        "layer2]), got Dense(3, 2)",
    ),
    "no layers": (lambda: lr.Sequential([]), "such as Sequential([layer1, layer2]), got list []"),
    "a name twice": (
        lambda: lr.Sequential([("a", lr.Dense(3, 2)), ("a", lr.Dense(2, 2))]),
        "expected a different name for each layer, got 'a' for 2 of them",
    ),
    "an activation's name": (
        lambda: ANY.Activation("relu"),
        SHAPE.format("Activation, Fig. 6", "str 'relu'", "Activation(shape, ...)"),
    ),
    "a rate": (
        lambda: ANY.Dropout(0.5),
        SHAPE.format("Dropout, Section VI-B2", "float 0.5", "Dropout(shape, ...)"),
    ),
    "features": (
        lambda: ANY.LayerNorm(8),
        SHAPE.format("LayerNorm, Section VI-B2", "int 8", "LayerNorm(shape, ...)"),
    ),
    "channels": (
        lambda: ANY.Conv2D(3, 8),
        IMAGE.format("Conv2D, Eq. (2)", "int 3", "Conv2D(shape, L, ...)"),
    ),
    "a window": (
        lambda: ANY.MaxPool(2),
        IMAGE.format("MaxPool, Fig. 6", "int 2", "MaxPool(shape, ...)"),
    ),
    "a kernel's number": (
        lambda: ANY.Conv2D((8, 8, 3), 4, 5),
        "kernel of Conv2D, Eq. (2): expected a tuple of 2 integers, such as (5, 5), got int 5",
    ),
    "nested lists": (
        lambda: LAYER(PARAMS, X.tolist()),
        "expected an array of shape (B, T, 3), got list of 1 item; convert it: np.asarray(X)",
    ),
    "parameters before the path": (lambda: ANY.save_weights(PARAMS, "w.safetensors"), SWAPPED),
    "the class of a model": (
        lambda: ANY.save_weights("w.safetensors", PARAMS, lr.DenseLIAF),
        "model of the weights: expected a layer or a network, got the class DenseLIAF",
    ),
    "two sizes": (
        lambda: ANY.Dense(3),
        "missing a required argument: 'L'; expected Dense(K, L, .",
    ),
    "a keyword by position": (
        lambda: ANY.DenseLIAF(3, 2, True, "relu"),
        "too many positional arguments; expected DenseLIAF(K, L, ...)",
    ),
}


@pytest.mark.parametrize(("call", "message"), CALLS.values(), ids=CALLS)
def test_a_call_that_does_not_fit_is_answered_with_one_that_does(
    call: Callable[[], object], message: str
) -> None:
    with pytest.raises(InputError) as refused:
        call()
    assert message in str(refused.value)


MEANT: dict[str, tuple[Callable[[], object], str]] = {
    "threshold": (lambda: ANY.DenseLIAF(3, 2, threshold=1.0), "v_th"),
    "padding": (lambda: ANY.ConvLIAF((8, 8, 2), 4, padding=1), "pad"),
    "embedding_dim": (lambda: ANY.Embedding(10, embedding_dim=3), "K"),
    "hidden_size": (lambda: ANY.BabiNetwork(22, "lif", hidden_size=3), "units"),
    "loss": (lambda: ANY.gesture_network(loss="ce"), "criterion"),
    "drop": (lambda: ANY.dvs_network(MNIST_DVS, drop=0.3), "dropout"),
    "learning_rate": (lambda: ANY.Adam(learning_rate=0.1), "lr"),
    "epoch": (lambda: ANY.train(NETWORK, None, epoch=3), "epochs"),
    "seed": (lambda: LAYER.init(seed=0), "rng"),
    "x": (lambda: LAYER(PARAMS, x=X), "X"),
    "inputs": (lambda: LAYER(PARAMS, inputs=X), "X"),
    "level": (lambda: ANY.golden_cases(level="L0"), "levels"),
}


@pytest.mark.parametrize(("call", "meant"), MEANT.values(), ids=MEANT)
def test_an_unknown_keyword_is_answered_with_the_one_that_was_meant(
    call: Callable[[], object], meant: str
) -> None:
    with pytest.raises(CallError, match=rf"has no argument '\w+'; did you mean '{meant}'\?"):
        call()


@pytest.mark.parametrize(
    "name",
    [n for n in lr.__all__ if inspect.isfunction(getattr(lr, n)) and n != "surrogate"],
)
def test_every_public_function_explains_its_calls(name: str) -> None:
    function = getattr(lr, name)
    surplus = [None] * (len(inspect.signature(function).parameters) + 1)
    with pytest.raises(CallError, match=rf"^{name}\(\): too many positional arguments"):
        function(*surplus)


@pytest.mark.parametrize("name", [n for n in lr.__all__ if inspect.isclass(getattr(lr, n))])
def test_every_public_class_explains_its_calls(name: str) -> None:
    cls = getattr(lr, name)
    if not inspect.isabstract(cls) and not issubclass(cls, tuple | Exception):
        with pytest.raises(
            CallError, match=rf"^{name}\(\) has no argument 'spam'; its arguments are "
        ):
            cls(spam=1)


# Names of other frameworks, and misspelt ones.


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("Linear", "Dense"),
        ("ReLU", r'Activation\(shape, "relu"\)'),
        ("Tanh", r'Activation\(shape, "tanh"\)'),
        ("Softmax", r"kernels\.loss"),
        ("CrossEntropyLoss", r"kernels\.loss"),
        ("Conv2d", "Conv2D"),
        ("Conv3d", "Conv3D"),
        ("LIF", "DenseLIF, ConvLIF or DirectLIF"),
        ("LIAF", "DenseLIAF, ConvLIAF or DirectLIAF"),
        ("Leaky", "DenseLIF, ConvLIF or DirectLIF"),
        ("BatchNorm2d", "BatchNorm"),
        ("LayerNormalization", "LayerNorm"),
        ("AvgPool2d", "AveragePool"),
        ("MaxPooling2D", "MaxPool"),
        ("SimpleRNN", "RNN"),
        ("Module", "Layer"),
        ("fit", "train"),
        ("load_state_dict", "load_weights"),
        ("Sequental", "Sequential"),
        ("denseliaf", "DenseLIAF"),
        ("gradchek", "gradcheck"),
    ],
)
def test_a_name_of_another_framework_is_answered_with_ours(name: str, meant: str) -> None:
    with pytest.raises(AttributeError, match=f"no attribute '{name}'; did you mean {meant}\\?$"):
        getattr(lr, name)


def test_a_name_like_none_of_ours_is_not_guessed() -> None:
    with pytest.raises(AttributeError, match=r"no attribute 'zzz'; dir\(liaf_ref\) lists all$"):
        ANY.zzz  # noqa: B018
    assert not hasattr(lr, "__wrapped__")


# What the mechanism leaves as it was.


def test_an_error_from_within_a_call_stays_what_it_is() -> None:
    @checked_call()
    def add(a: int, b: int) -> int:
        return a + b

    assert add(1, b=2) == 3
    with pytest.raises(TypeError, match="unsupported operand"):
        add(1, None)  # type: ignore[arg-type]
    with pytest.raises(CallError, match=r"add\(\): missing a required argument: 'b'; expected "):
        add(1)  # type: ignore[call-arg]


def test_signatures_and_documentation_are_those_of_the_functions() -> None:
    assert str(inspect.signature(lr.Dense)) == "(K: int, L: int, bias: bool = True) -> None"
    assert list(inspect.signature(LAYER.forward).parameters)[:2] == ["params", "X"]
    assert inspect.signature(LAYER) == inspect.signature(LAYER.forward)
    assert type(LAYER).__call__.__doc__ == lr.Layer.forward.__doc__
    assert inspect.getsource(lr.golden_case).startswith("@checked_call()\ndef golden_case(")


def test_layers_are_copied_and_pickled_as_before() -> None:
    for made in (LAYER, lr.Sequential([LAYER, lr.Dense(2, 2)]), lr.Embedding(5, 2), NETWORK):
        assert copy.deepcopy(made) == pickle.loads(pickle.dumps(made)) == made  # noqa: S301


# What NumPy takes for a dtype is one.


@pytest.mark.parametrize("dtype", [np.float32, "float32", "f4", np.dtype("float32"), "<f4"])
def test_a_dtype_is_a_name_a_type_or_a_dtype(dtype: Any) -> None:
    assert LAYER.init(0, dtype)["W"].dtype == np.float32
    assert NETWORK.init(0, dtype)["head.b"].dtype == np.float32
    golden = lr.golden_case("l0_lif_all_mu0300")
    answer = {name: array.astype(np.float32) for name, array in golden.expected.items()}
    assert golden.compare(answer, dtype).status == "passed"
    assert lr.check_backend(lambda case: answer, dtype=dtype, pattern=golden.name).ok


@pytest.mark.parametrize("dtype", [np.float16, "float16", int, None, 4, "spam", np.zeros(2)])
def test_any_other_dtype_is_refused(dtype: Any) -> None:
    with pytest.raises(InputError, match="expected dtype float32, float64, longdouble or complex"):
        LAYER.init(0, dtype)


@pytest.mark.parametrize("dtype", [int, None, 4, "spam", np.zeros(2)])
def test_a_check_refuses_a_dtype_that_is_no_format(dtype: Any) -> None:
    formats = "expected dtype float32 or float64 or float16 or bfloat16 or tf32, got"
    with pytest.raises(InputError, match=formats):
        lr.check_backend(lambda case: {}, dtype=dtype)


def test_an_integer_seeds_whatever_draws() -> None:
    drawn = [lr.Dropout((4,)).draw_mask(rng, 2, "f4") for rng in (3, np.random.default_rng(3))]
    assert np.array_equal(drawn[0], drawn[1])
    net = lr.dvs_network(MNIST_DVS)
    masks = [net.draw_masks(rng, 2) for rng in (3, np.random.default_rng(3))]
    assert all(np.array_equal(masks[0][name], masks[1][name]) for name in masks[0])
    assert not np.array_equal(masks[0]["drop1.M"][..., :8], masks[0]["drop2.M"][..., :8])
