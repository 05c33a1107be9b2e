"""Layers whose synapses are dense or a convolution; the subclass adds the dynamics."""

from dataclasses import dataclass

from liaf_ref.kernels.grid import Pad, Size
from liaf_ref.layers.conv import Conv2D
from liaf_ref.layers.dense import Dense
from liaf_ref.layers.neuron_layer import NeuronLayer


@dataclass(frozen=True, repr=False)
class DenseSynapses(NeuronLayer[Dense]):
    """A layer on dense synapses."""

    K: int
    L: int
    bias: bool = True

    def _make_synapse(self, width: int | None = None) -> Dense:
        return Dense(self.K, self.L if width is None else width, self.bias)


@dataclass(frozen=True, repr=False)
class ConvSynapses(NeuronLayer[Conv2D]):
    """A layer on convolutional synapses."""

    shape: Size
    L: int
    kernel: Size = (3, 3)
    stride: Size | None = None
    pad: Pad | None = None
    bias: bool = True

    def _make_synapse(self, width: int | None = None) -> Conv2D:
        L = self.L if width is None else width
        return Conv2D(self.shape, L, self.kernel, self.stride, self.pad, self.bias)
