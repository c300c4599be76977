"""`mutorch new` and `mutorch stubs`: files that are written for authors of op packages."""
