"""The neurons that are compared, a module per framework."""
