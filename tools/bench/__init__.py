"""The cases of `make bench`, and the same computations in PyTorch and in JAX."""
