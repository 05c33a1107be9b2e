"""Backends in the frameworks people use, each also a lesson in writing the paper's spike there.

Full ones, which answer every case: ``torch_backend``, ``jax_backend`` and
``autograd_backend``, each with a function ``backend``.  What they share is in ``framework``.
Importing one imports its framework.
"""
