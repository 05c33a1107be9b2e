"""What all of the package builds on: errors, validation, files, locks, signals."""
