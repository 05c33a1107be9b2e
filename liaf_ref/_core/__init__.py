"""The base of the package: errors, validation, reading and writing files, locks, signals."""
