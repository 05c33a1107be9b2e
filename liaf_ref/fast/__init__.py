"""Fast float32 versions of the kernels.

A module here has the same name and signatures as its reference in :mod:`liaf_ref.kernels`, and
computes the same; tests compare the two.  Arguments without a fast version are passed to the
reference.  You need not read this package to understand the paper.

Beyond the reference's contract:

- Shapes are the reference's, ``(B, T, ..., L)``, but the order in memory is
  private.  Layers pass ``(B, T, ..., L)`` views of time-major memory to each
  other, and every function accepts any order.
- A gradient ``dY`` may be short: ``(B, k, ..., L)`` with ``k <= T`` is the
  gradient in the last k outputs; that in the earlier outputs is zero.
- The input of tokens may be a :class:`liaf_ref.fast.tokens.IndexedInput`, not yet looked
  up; its gradient may then be returned summed by token.
- Outputs may be read-only, if a tape shares their memory.
- Inputs are never written to, and nothing is kept between two calls.
"""
