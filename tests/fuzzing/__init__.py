"""Damaged inputs of every reader but those of events, made by a seed, and what they may do."""
