"""Guesses at the mistake in a rule."""

import pytest

from tests.core.gradcheck.wrong_ops import found_wrong


@pytest.mark.parametrize(
    ("what", "guess"),
    [
        ("square: sign", "right but for its sign"),
        ("square: zero", "it is zero"),
        ("square: conjugated", "the complex conjugate"),
        ("square: only where negative", "wrong just where x is negative"),
        ("square: only beyond 3", "off by the factor 2"),
        ("swapped operands", "x1 and x2 have each other's cotangents"),
        ("right only for symmetric matrices", "right but for a transposition"),
        ("a parameter ignored", "the same as with the default beta: is the parameter ignored?"),
        ("a flag misread", "the same as with the default cubed"),
        ("square: a constant detached", "it is zero: is something detached"),
    ],
)
def test_the_diagnosis_names_the_mistake(what, guess):
    rows = dict(found_wrong(what)[1].failure.rows)
    assert guess in rows["diagnosis"]
