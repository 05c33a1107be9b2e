"""The base of the package: errors, validation, files, locks, signals, calls of the system."""
