"""Training: optimisers, the loop, checkpoints and run records."""
