"""The property `saves`."""

import pytest

from mutorch_core import Array, op
from mutorch_core.gradcheck.failures import KeepsTooMuch
from mutorch_core.gradcheck.properties.conduct.saves import SAVES
from tests.core.gradcheck.properties.shared_ops import VECTOR, at, square_with


def test_a_graph_without_the_operand_passes():
    @op("test::twice")
    def twice(x: Array, /) -> Array:
        return 2 * x

    twice.vjp("x")(lambda g: 2 * g)
    assert SAVES.check(at(twice, VECTOR)) is True


def test_an_operand_that_the_forward_hoards_is_found():
    hoard = []

    @op("test::hoarder")
    def hoarder(x: Array, /) -> Array:
        hoard.append(x)
        return 2 * x

    hoarder.vjp("x")(lambda g: 2 * g)
    with pytest.raises(KeepsTooMuch, match="keeps operand x alive, though no rule names it"):
        SAVES.check(at(hoarder, VECTOR))


def test_a_reference_cycle_is_not_kept_for_ever():
    @op("test::cyclic")
    def cyclic(x: Array, /) -> Array:
        cycle = [x]
        cycle.append(cycle)
        return 2 * x

    cyclic.vjp("x")(lambda g: 2 * g)
    assert SAVES.check(at(cyclic, VECTOR)) is True


def test_operands_and_results_that_rules_name_may_be_kept():
    assert SAVES.check(at(square_with(lambda g, x: 2 * g * x), VECTOR)) is None

    @op("test::identity")
    def identity(x: Array, /) -> Array:
        return x[...]

    identity.vjp("x")(lambda g, out: g + 0 * out)
    assert SAVES.check(at(identity, VECTOR)) is None
