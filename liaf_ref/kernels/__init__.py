"""The paper, one equation a line: forward and, below it, its derivative.

Every kernel is a pure function of what it is given.  ``forward`` returns its
outputs and a tape; ``backward`` takes the gradients of the outputs and that
tape, and returns the gradients of the inputs and parameters in mirror order.
``dZ`` is the gradient of the loss in ``Z``; a number in brackets at the end of
a line is the paper's number for what the line computes.  The same lines run in
float32, float64, longdouble and complex; arguments are checked by the layers.
"""
