"""Array libraries: the namespace that a value belongs to, its shape and dtype, devices, formatting for messages."""
