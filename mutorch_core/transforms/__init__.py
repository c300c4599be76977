"""Function transforms: `grad` and its siblings, and `checkpoint`."""
