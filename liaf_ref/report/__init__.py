"""The tables and figures of the paper with our results, one module each."""
