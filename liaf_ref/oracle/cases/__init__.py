"""How the numbers of a random case are drawn, and what they decide."""
