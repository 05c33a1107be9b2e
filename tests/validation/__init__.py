"""What every public door says to a wrong guest: the doors, the guests, and a table of texts."""
