"""Invalid arguments: public callables, invalid values, and a table of messages."""
