"""Fixed point: words of m + n bits, how a number becomes one, and the kernels in them."""
