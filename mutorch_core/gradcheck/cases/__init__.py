"""Cases: one call of an op with its cotangents, as a value, as text, as Python code and as a saved file."""
