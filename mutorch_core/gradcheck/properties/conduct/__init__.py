"""Properties of the behaviour: purity, shapes, memory layout, masks, repeated operands, saved arrays, libraries."""
