"""The check itself: search for a counterexample, shrink it, and explain it, for an op or a whole function."""
