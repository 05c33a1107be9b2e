"""Training, evaluation and prediction in one call each, on top of the training loop."""

import inspect
import math
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from liaf_ref._core import validation as checks
from liaf_ref._core.errors import InputError, unexpected
from liaf_ref._core.imports import progress_bar
from liaf_ref._core.text import count
from liaf_ref.data.batches import split_validation
from liaf_ref.kernels import loss as softmax_cross_entropy
from liaf_ref.kernels import loss_sigmoid_bce, loss_softmax_bce, readout
from liaf_ref.kernels.array import Array
from liaf_ref.layers import Layer
from liaf_ref.training import loop, protocols
from liaf_ref.training.optimizers import Adam, Optimizer
from liaf_ref.training.state import EpochDone, Score, TrainingSettings, initial_training_state

VALIDATION_FRACTION = 0.1
DEFAULT_OPTIMIZER = Adam(1e-3)
OF_CLASSES = (softmax_cross_entropy, loss_softmax_bce, loss_sigmoid_bce)  # losses of nothing else


class EpochRecord(NamedTuple):
    """One epoch of a :class:`TrainingResult`.

    Attributes
    ----------
    epoch : int
        Its number, from 1.
    train_loss, train_accuracy : float
        Mean loss and fraction of correct answers on the training data; each batch is scored
        before its step. Targets have no accuracy: it is NaN.
    val_loss, val_accuracy : float
        The same on the validation data, after the last step.

    Examples
    --------
    >>> import numpy as np
    >>> import liaf_ref as lr
    >>> X, labels = np.eye(2).repeat(10, axis=0)[:, None], np.arange(2).repeat(10)
    >>> result = lr.train(lr.Dense(2, 2), (X, labels), epochs=2, optimizer=lr.SGD(1.0))
    >>> first, second = result.history
    >>> second.epoch, second.train_loss < first.train_loss
    (2, True)
    """

    epoch: int
    train_loss: float
    train_accuracy: float
    val_loss: float
    val_accuracy: float


@dataclass(frozen=True, repr=False, eq=False)
class TrainingResult:
    """What :func:`liaf_ref.train` returns.

    Attributes
    ----------
    params : dict of str to ndarray
        Parameters of the best epoch on the validation data.
    history : tuple of EpochRecord
        One record for each epoch: ``epoch``, ``train_loss``, ``train_accuracy``,
        ``val_loss``, ``val_accuracy``.
    running_stats : dict of str to ndarray or None
        Running statistics of the same epoch, for networks with batch normalisation.
    best_epoch : int
        The number of that epoch.

    Examples
    --------
    >>> import numpy as np
    >>> import liaf_ref as lr
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(40, 5, 4))  # 40 samples of 5 steps
    >>> labels = (X.mean(axis=(1, 2)) > 0).astype(int)
    >>> net = lr.Sequential([lr.DenseLIAF(4, 8), lr.Dense(8, 2)])
    >>> result = lr.train(net, (X, labels), epochs=3)
    >>> result.history[0].epoch, result.history[-1].epoch
    (1, 3)
    """

    params: dict[str, Array]
    history: tuple[EpochRecord, ...]
    running_stats: dict[str, Array] | None
    best_epoch: int

    def __repr__(self) -> str:
        best = self.history[self.best_epoch - 1]
        accuracy = "" if math.isnan(best.val_accuracy) else f"accuracy {best.val_accuracy:.3f}, "
        epochs = f"{count(len(self.history), 'epoch')}, best {best.epoch}"
        return f"TrainingResult({epochs}: validation {accuracy}loss {best.val_loss:.3f})"


class _LayerClassifier:
    """A layer as a network: its output at the last time step is the logits."""

    def __init__(self, layer: Layer) -> None:
        self.layer, self.param_shapes, self.init = layer, layer.param_shapes, layer.init

    def forward(self, params: Mapping[str, Array], X: Array) -> tuple[Array, Any]:
        Y, _, tape = self.layer.forward(params, X)
        return readout.last_forward(Y), tape

    def backward(self, dlogits: Array, tape: Any) -> dict[str, Array]:
        return self.layer.backward(readout.last_backward(dlogits, tape.shape[1]), tape)[2]


def train(
    network: Any,
    data: Any,
    *,
    validation: Any = None,
    epochs: int = 10,
    batch_size: int = 32,
    optimizer: Optimizer = DEFAULT_OPTIMIZER,
    seed: int = 0,
    loss: protocols.Loss | None = None,
    progress: bool = False,
) -> TrainingResult:
    """Train a network and keep the parameters of its best epoch.

    Parameters
    ----------
    network : Network or Layer
        A network such as :class:`BabiNetwork` or :func:`dvs_network`, or a layer whose output
        of shape ``(classes,)`` at the last time step is read as logits. A network is trained
        in float32, a layer in the dtype of its inputs.
    data : tuple (inputs, labels), or object with these two attributes
        ``inputs`` is one array or a tuple of arrays, whose first axis is the sample; ``labels`` is
        an integer array of classes, shape (N,), or a floating one of targets, shape (N, C).
        ``load_babi(1).train`` is such an object, whose ``inputs`` are story and query.
    validation : as data, optional
        Data that select the best epoch; by default a tenth of ``data``, drawn by ``seed``.
        Questions of one bAbI story stay together.
    epochs, batch_size : int
        Passes over the training data, and samples per step.
    optimizer : Optimizer
        :class:`SGD`, :class:`Adam` or :class:`AdamW` with its learning rate.
    seed : int
        Random seed of the initial parameters, the validation split, the order of the batches and
        the dropout masks. The same seed gives the same result, bit for bit.
    loss : module or object, optional
        ``forward(logits, labels)`` and ``backward(dloss, tape)``; by default the network's
        own loss, or softmax cross-entropy, Eq. (17). For targets ``liaf_ref.kernels.loss_mse``.
    progress : bool
        Whether to show a progress bar on standard error.

    Returns
    -------
    TrainingResult
        ``params``, ``history`` and ``running_stats``.

    Raises
    ------
    InputError
        If an argument is invalid, or ``data`` is too small for a validation set.
    NonFiniteError
        If a loss, gradient or parameter becomes NaN or infinite.

    Warns
    -----
    RuntimeWarning
        If no batch of an epoch gives a layer a gradient, as where all units behind it are silent.

    See Also
    --------
    evaluate : Score parameters on other data.

    Examples
    --------
    >>> import liaf_ref as lr
    >>> task = lr.load_babi(1)  # generated text; pass a folder for the published one
    >>> net = lr.BabiNetwork(task.vocab_size, "gru", embedding_dim=8, units=8)
    >>> result = lr.train(net, task.train, epochs=1, optimizer=lr.Adam(0.01))
    >>> len(result.history)
    1
    >>> score = lr.evaluate(net, result, task.test)
    >>> 0 < score.accuracy < 1
    True

    Targets in place of classes, here the mean of two inputs over time:

    >>> import numpy as np
    >>> X = np.random.default_rng(0).normal(size=(200, 10, 2))
    >>> mean = X.mean(axis=(1, 2)).reshape(-1, 1)
    >>> net = lr.Sequential([lr.DenseLIAF(2, 16, alpha=0.9), lr.Dense(16, 1)])
    >>> result = lr.train(net, (X, mean), loss=lr.kernels.loss_mse, optimizer=lr.Adam(0.01))
    >>> result.history[-1].val_loss < 0.5 * result.history[0].val_loss
    True
    """
    where = "training"
    seed = checks.check_int("seed", seed, where, minimum=0)
    settings = TrainingSettings(epochs, batch_size)
    show = checks.check_bool("progress", progress, where)
    init_rng, split_rng, order_rng = (
        np.random.default_rng(s) for s in np.random.SeedSequence(seed).spawn(3)
    )
    trainee = _as_network(network, where)
    samples = _as_dataset("data", data, trainee, where)
    criterion = _choose_loss(network, loss, samples, where)
    if validation is None:
        samples, held_out = _hold_out(data, samples, split_rng)
    else:
        held_out = _as_dataset("validation", validation, trainee, where)
    buffers = trainee if isinstance(trainee, protocols.BufferProvider) else None
    state = initial_training_state(
        trainee.init(init_rng, _param_dtype(network, samples)),
        optimizer,
        order_rng,
        protocols.initial_running_stats(trainee),
    )
    history = []
    with progress_bar(total=settings.epochs, unit="epoch", disable=not show) as bar:
        for event in loop.iter_training(
            trainee, criterion, optimizer, (samples, held_out), settings, state, buffers
        ):
            state = event.state
            if isinstance(event, EpochDone):
                history.append(EpochRecord(state.epoch, *event.train, *event.validation))
                if warning := event.warning():
                    warnings.warn(warning, RuntimeWarning, stacklevel=2)
                shown = {"loss": event.train.loss, "val_loss": event.validation.loss}
                if protocols.are_classes(held_out.labels):
                    shown["val_accuracy"] = event.validation.accuracy
                bar.set_postfix({name: f"{value:.3f}" for name, value in shown.items()})
                bar.update()
    epoch, params, stats = state.best
    return TrainingResult(params, tuple(history), stats if buffers else None, epoch)


def evaluate(
    network: Any,
    params: Mapping[str, Array] | TrainingResult,
    data: Any,
    *,
    running_stats: Mapping[str, Array] | None = None,
    batch_size: int = 250,
    loss: protocols.Loss | None = None,
) -> Score:
    """Score parameters on data.

    Parameters
    ----------
    network : Network or Layer
        As for :func:`train`.
    params : mapping of str to ndarray, or TrainingResult
        Parameters by name; the computation has their dtype. A :class:`TrainingResult` includes
        running statistics.
    data : tuple (inputs, labels), or object with these two attributes
        As for :func:`train`.
    running_stats : mapping of str to ndarray, optional
        Running statistics of batch normalisation; without them each batch is normalised
        by its own statistics.
    batch_size : int
        Samples at a time; affects memory and rounding only.
    loss : module or object, optional
        As for :func:`train`.

    Returns
    -------
    Score
        ``loss`` and ``accuracy``.

    Raises
    ------
    InputError
        If an argument is invalid.

    Examples
    --------
    >>> import numpy as np
    >>> import liaf_ref as lr
    >>> net = lr.Dense(3, 2)
    >>> params = {"W": np.eye(3, 2), "b": np.zeros(2)}
    >>> X = np.array([[[5.0, 0, 0]], [[0, 5.0, 0]]])  # 2 samples, 1 step, 3 inputs
    >>> lr.evaluate(net, params, (X, np.array([0, 0]))).accuracy
    0.5
    """
    where = "evaluation"
    scored = _as_network(network, where)
    samples = _as_dataset("data", data, scored, where)
    values, stats = _trained(scored, params, running_stats, where)
    criterion = _choose_loss(network, loss, samples, where)
    size = checks.check_positive_int("batch_size", batch_size, where)
    return loop.compute_score(scored, criterion, values, samples, size, stats)


def predict(
    network: Any,
    params: Mapping[str, Array] | TrainingResult,
    inputs: Any,
    *,
    running_stats: Mapping[str, Array] | None = None,
    batch_size: int = 250,
) -> Array:
    """Compute the outputs for samples without labels.

    Parameters
    ----------
    network : Network or Layer
        As for :func:`train`.
    params : mapping of str to ndarray, or TrainingResult
        As for :func:`evaluate`.
    inputs : ndarray or tuple of ndarray
        As for :func:`train`; the first axis is the sample.
    running_stats : mapping of str to ndarray, optional
        As for :func:`evaluate`.
    batch_size : int
        Samples at a time; affects memory and rounding only.

    Returns
    -------
    ndarray, shape (N, C)
        One logit for each class, the largest of the answer: ``outputs.argmax(axis=-1)``; after
        training on targets, what they should be.

    Raises
    ------
    InputError
        If an argument is invalid.

    Examples
    --------
    >>> import numpy as np
    >>> import liaf_ref as lr
    >>> params = {"W": np.eye(3, 2), "b": np.zeros(2)}
    >>> X = np.array([[[5.0, 0, 0]], [[0, 5.0, 0]]])  # 2 samples, 1 step, 3 inputs
    >>> lr.predict(lr.Dense(3, 2), params, X).argmax(axis=-1)
    array([0, 1])
    """
    where = "prediction"
    asked = _as_network(network, where)
    arrays = inputs if isinstance(inputs, tuple) else (inputs,)
    first = checks.as_array("inputs", arrays[0] if arrays else None, where)
    unknown = np.zeros(first.shape[:1], int)
    samples = _as_dataset("inputs", (arrays, unknown), asked, where)
    values, stats = _trained(asked, params, running_stats, where)
    size = checks.check_positive_int("batch_size", batch_size, where)
    parts = loop.iter_batches(samples, size)
    return np.concatenate([loop.forward_batch(asked, values, part, stats)[0] for part in parts])


def _trained(network: Any, params: Any, running_stats: Any, where: str) -> tuple[Any, Any]:
    """Parameters and running statistics, of a result or as they are given."""
    if isinstance(params, TrainingResult):
        running_stats = params.running_stats if running_stats is None else running_stats
        params = params.params
    if running_stats is not None and not isinstance(network, protocols.BufferProvider):
        expected = "None, as the network has no running statistics"
        raise unexpected("running_stats", running_stats, where, expected)
    return params, running_stats


def _as_network(network: object, where: str) -> Any:
    if isinstance(network, Layer):
        if len(network.out_shape) != 1 or network.buffer_shapes():
            expected = "a layer with one output vector per step, without dropout and batch norm"
            reason = f"expected {expected}, got {network.label}; use dvs_network"
            raise InputError.for_argument("network", where, reason)
        return _LayerClassifier(network)
    is_network = isinstance(network, protocols.Trainable) and hasattr(network, "init")
    if not is_network or isinstance(network, type):
        raise unexpected("network", network, where, "a Network or a Layer")
    return network


def _choose_loss(network: object, loss: Any, data: protocols.ArrayDataset, where: str) -> Any:
    expected = "an object with forward and backward, such as liaf_ref.kernels.loss_mse"
    own = getattr(network, "loss", softmax_cross_entropy) if loss is None else loss
    chosen = checks.check_instance("loss", own, protocols.Loss, where, expected)  # type: ignore[type-abstract]
    if chosen in OF_CLASSES and not protocols.are_classes(data.labels):
        reason = "expected a loss of targets, such as liaf_ref.kernels.loss_mse, got one of classes"
        raise InputError.for_argument("loss", where, reason)
    return chosen


def _param_dtype(network: object, samples: protocols.ArrayDataset) -> Any:
    """float32, in which networks train; a layer trains in the dtype of the inputs."""
    if not isinstance(network, Layer):
        return np.float32
    return checks.check_float_dtype("inputs", samples.inputs[0].dtype, "the data")


def _as_dataset(name: str, data: Any, network: Any, where: str) -> protocols.ArrayDataset:
    if isinstance(data, protocols.ArrayDataset):
        return data
    if hasattr(data, "inputs") and hasattr(data, "labels"):
        inputs, labels = data.inputs, data.labels
    elif isinstance(data, tuple | list) and len(data) == 2:
        inputs, labels = data
    else:
        expected = "(inputs, labels) or an object with both, such as the train part of a task"
        raise unexpected(name, data, where, expected)
    if isinstance(inputs, list):
        raise unexpected("inputs", inputs, "the data", "an array or a tuple of arrays")
    arrays = inputs if isinstance(inputs, tuple) else (inputs,)
    _check_input_count(name, arrays, network, where)
    return protocols.ArrayDataset(arrays, labels)


def _check_input_count(name: str, arrays: tuple[Any, ...], network: Any, where: str) -> None:
    """Refuse fewer or more inputs than the network's forward pass takes after its parameters."""
    takes = inspect.signature(network.forward)
    _, *inputs = takes.parameters.values()
    required = [
        p.name for p in inputs if p.kind <= p.POSITIONAL_OR_KEYWORD and p.default is p.empty
    ]
    try:
        takes.bind({}, *arrays)
    except TypeError:
        call = f"(({', '.join(required)}), labels)" if len(required) > 1 else "(inputs, labels)"
        reason = f"expected {call}, as the network takes {' and '.join(required)}"
        given = count(len(arrays), "input array")
        raise InputError.for_argument(name, where, f"{reason}; got {given}") from None
    if required == ["story", "query"] and np.shape(arrays[0])[1:] < np.shape(arrays[1])[1:]:
        # Both hold indices of tokens, so that nothing else tells them apart.
        reason = "expected ((story, query), labels), got a story with fewer tokens than the query"
        raise InputError.for_argument(name, where, reason)


def _hold_out(
    data: Any, samples: protocols.ArrayDataset, rng: np.random.Generator
) -> tuple[protocols.ArrayDataset, protocols.ArrayDataset]:
    """Training and validation part; questions of one story stay together."""
    stories = getattr(data, "story_index", None)
    units, groups = (
        ("samples", np.arange(len(samples))) if stories is None else ("stories", stories)
    )
    try:
        learn, validate = split_validation(groups, VALIDATION_FRACTION, rng, units)
    except InputError as error:
        reason = f"expected (inputs, labels), as none can be held out of the data: {error.reason}"
        raise InputError.for_argument("validation", "training", reason) from None
    return samples.take(learn), samples.take(validate)
