"""What every part of the package builds on: errors, validation, files, locks, signals."""
