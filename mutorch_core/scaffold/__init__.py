"""`mutorch new`: an op package of one's own, complete: built, typed, tested and checked as it is."""
