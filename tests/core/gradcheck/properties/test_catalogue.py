"""The list of all properties."""


def test_each_property_has_an_exception_of_its_own():
    from mutorch_core.gradcheck.properties import PROPERTIES

    kinds = [found.failure for found in PROPERTIES]
    assert len(set(kinds)) == len(kinds)
    assert len({found.name for found in PROPERTIES}) == len(PROPERTIES)
