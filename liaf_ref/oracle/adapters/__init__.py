"""Backends in the frameworks people use, each also a lesson in writing the paper's neuron there.

Full ones, which answer every case: ``torch_backend``, ``jax_backend`` and
``autograd_backend``; each has its equations in its ``_layers``, and a function
``backend``.  Importing one imports its framework.
"""
