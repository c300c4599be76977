"""Reports of a run: terminal, progress bar, GitHub annotations, and the record behind JSON and JUnit."""
