"""The check of an op or of a whole function: find a counterexample, shrink it, and explain it."""
