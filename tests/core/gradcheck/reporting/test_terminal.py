"""The report on the terminal."""

from tests.core.gradcheck.wrong_ops import found_wrong


def test_the_block_says_where_what_and_how_to_see_it_again():
    _, found = found_wrong("a parameter ignored")
    text = str(found.failure)
    assert text == found.message
    assert text.startswith("✗ test::softplus    cotangent of x is wrong    [parameters]    wrong_ops.py:")
    assert "    softplus(x=float64[2] [0.0, 1.0], beta=2.0),  g=[1.0, 1.0]\n" in text
    assert "\n      rule says   [0.5, 0.7310585786]\n" in text
    assert "\n      it is       [0.5 ± " in text or "\n      it is       [0.5, 0.880797078]" in text
    assert f"replay        mutorch gradcheck test::softplus --case '{found.case}'" in text
    assert "import numpy as np, mutorch_core as mt" in text
