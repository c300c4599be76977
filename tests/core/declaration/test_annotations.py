"""Annotations of a forward's signature."""

from mutorch_core import Hidden, injected


def test_hidden_separates_the_public_result_from_outputs_for_rules():
    result = Hidden("y", 1, 2)
    assert result.public == "y"
    assert result.hidden == (1, 2)


def test_injected_is_readable_in_a_signature():
    assert repr(injected) == "injected"
