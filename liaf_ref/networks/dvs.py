"""The networks of Fig. 6 and Table VIII: frames in, one class out."""

from dataclasses import dataclass

from liaf_ref._core.errors import InputError
from liaf_ref._core.validation import check_choice, check_instance
from liaf_ref.kernels.array import Array
from liaf_ref.layers.call_repr import call_repr
from liaf_ref.layers.sequential import Sequential, squeeze_single_step
from liaf_ref.networks.network_config import NetworkConfig, check_network_config
from liaf_ref.networks.sequential_network import LOSSES, SequentialNetwork


@dataclass(frozen=True, repr=False)
class DVSNetwork(SequentialNetwork):
    """Network on event frames, with one logit for each class.

    Built by :func:`liaf_ref.dvs_network` and :func:`liaf_ref.gesture_network`.

    Parameters
    ----------
    network_config : NetworkConfig
        Sizes of the network.
    cell : str
        Kind of its layers, such as ``"liaf"``.
    sequential : Sequential
        The layers; the last one returns one step, a logit for each class.
    criterion : str
        Loss: ``"ce"``, ``"softmax_bce"``, ``"sigmoid_bce"`` or ``"mse"``.

    Raises
    ------
    InputError
        If an argument is invalid.

    Examples
    --------
    >>> import liaf_ref as lr
    >>> net = lr.gesture_network()
    >>> net.name, net.steps, net.criterion
    ('gesture-liaf', 60, 'ce')
    """

    network_config: NetworkConfig
    cell: str
    sequential: Sequential
    criterion: str

    def __post_init__(self) -> None:
        setting = check_network_config(self.network_config, "a DVSNetwork", min_blocks=0)
        chain = check_instance(
            "sequential", self.sequential, Sequential, "a DVSNetwork", "a Sequential"
        )
        check_choice("criterion", self.criterion, LOSSES, self.label)
        expected, actual = (
            (setting.shape, (setting.num_classes,)),
            (chain.in_shape, chain.out_shape),
        )
        if actual != expected:
            fits = "input {} and output {} per step".format
            reason = f"expected {fits(*expected)}, got {fits(*actual)}"
            raise InputError.for_argument("sequential", self.label, reason)

    def __repr__(self) -> str:
        return call_repr(self)

    @property
    def name(self) -> str:
        """Name of the network on the command line."""
        return f"{self.network_config.name}-{self.cell}"

    @property
    def steps(self) -> int:
        """Frames of a sample in the paper."""
        return self.network_config.steps

    @property
    def label(self) -> str:
        """Name of the network in error messages."""
        return f"{self.name}, {self.sequential.label}"

    def _read_logits(self, Y: Array) -> Array:
        return squeeze_single_step(Y, self.label)
