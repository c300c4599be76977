"""Random cases of an op: lattice points, strategies, parameters, and the samplers that plugins add."""
