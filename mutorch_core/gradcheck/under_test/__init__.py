"""The code under test as functions of vectors: an op, a whole function, an op on another array library."""
