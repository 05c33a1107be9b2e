"""The paper's experiments, one file per section of VI, and the numbers it prints."""
