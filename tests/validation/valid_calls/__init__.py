"""Public doors, each with right arguments, by the name under which the reference shows it."""
