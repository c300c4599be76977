"""Properties of the numbers: first and second derivatives, kinks, linearity, precision, extreme operands."""
