"""First steps: numbers, their graph and their gradients.

    python docs/examples/first_steps.py

Every printed result is asserted too.
"""

from fractions import Fraction

import mutorch_core as mt
import mutorch_ops_basic as xp

# Names make printed graphs readable.
x = mt.Var(10.0, name="x")
y = mt.Var(20.0, name="y")
p = mt.Var(30.0, name="p")  # unused

# A computation builds a graph. It is printed as an S-expression: the op, its operands, and the result after the bar.
z = x * x + y
print(z)
assert str(z) == "(+ (* (var-x | 10.0) (var-x | 10.0) | 100.0) (var-y | 20.0) | 120.0)"

# The backward pass gives each leaf its gradient: dz/dx = 2x, dz/dy = 1, and 0 for p, which z does not use.
z.backprop()
print("dz/dx =", x.grad, "  dz/dy =", y.grad, "  dz/dp =", p.grad)
assert (x.grad, y.grad, p.grad) == (20.0, 1.0, 0.0)

# Gradients accumulate over backward passes until they are cleared.
z.backprop()
assert (x.grad, y.grad, p.grad) == (40.0, 2.0, 0.0)
for leaf in (x, y, p):
    leaf.clear_grad()
assert (x.grad, y.grad, p.grad) == (0.0, 0.0, 0.0)
z.backprop()
print("cleared, and again:", x.grad, y.grad, p.grad)
assert (x.grad, y.grad, p.grad) == (20.0, 1.0, 0.0)

# The larger operand of a maximum receives the whole gradient.
for leaf in (x, y, p):
    leaf.clear_grad()
larger = xp.maximum(x * y, p)
print(larger)
assert str(larger) == "(max (* (var-x | 10.0) (var-y | 20.0) | 200.0) (var-p | 30.0) | 200.0)"
larger.backprop()
print("d max/dx =", x.grad, "  d max/dy =", y.grad, "  d max/dp =", p.grad)
assert (x.grad, y.grad, p.grad) == (20.0, 10.0, 0.0)


# A value can be any number. Fractions give exact gradients of every order.
def polynomial(t):
    return 3 * t * t * t - 2 * t + 5


slope = mt.grad(polynomial)
print("3t³ - 2t + 5 at t = 2/7: slope", slope(Fraction(2, 7)), " curvature", mt.grad(slope)(Fraction(2, 7)))
assert slope(Fraction(2, 7)) == Fraction(-62, 49)
assert mt.grad(slope)(Fraction(2, 7)) == Fraction(36, 7)

# Graphs can be deep, since nothing recurses.
one = mt.Var(1, name="one")
total = one
for _ in range(1_000_000):
    total = total + one
total.backprop()
print("a chain of a million sums:", total.value, "and its gradient:", one.grad)
assert total.value == one.grad == 1_000_001
