"""The list of all properties."""

import mutorch_core as mt
from mutorch_core.gradcheck.profiles import REGIMES
from mutorch_core.gradcheck.properties import PROPERTIES, properties_of
from mutorch_core.gradcheck.under_test.backends import NUMPY


def names(operation, *arguments):
    return [prop.name for prop in properties_of(mt.ops[operation], *arguments)]


def test_each_property_has_an_exception_of_its_own():
    kinds = [prop.failure for prop in PROPERTIES]
    assert len(set(kinds)) == len(kinds)
    assert len({prop.name for prop in PROPERTIES}) == len(PROPERTIES)


def test_an_op_has_the_properties_that_apply_to_it():
    assert "masks" in names("basic::add")
    assert "masks" not in names("basic::exp")
    assert names("basic::less") == ["pure"]
    assert "parameters" in names("basic::sum")


def test_the_second_order_is_left_out_on_request():
    assert "second_order" in names("basic::exp")
    assert "second_order" not in names("basic::exp", 1)


def test_libraries_come_last_and_only_with_a_backend():
    assert "libraries" not in names("basic::exp")
    assert names("basic::exp", 2, [NUMPY])[-1] == "libraries"


def test_every_property_looks_at_regimes_that_exist():
    assert {regime for prop in PROPERTIES for regime in prop.regimes} == set(REGIMES)
    assert all(0 < prop.fraction <= 1 for prop in PROPERTIES)
