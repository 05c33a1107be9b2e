"""The runner: executes runs in this process, in several, or on a cluster."""
