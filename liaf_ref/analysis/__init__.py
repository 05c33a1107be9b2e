"""What networks compute and send: operation counts (Tables I, II) and spike codes (VII-C)."""
