"""``liaf-ref oracle``: check backends and surrogates, explain traces, compare, export, verify."""
