"""The report on the terminal."""

import numpy as np

from mutorch_core.gradcheck.reporting.terminal import messages, result_cells, summary, value_text
from mutorch_core.gradcheck.verdicts import OpResult, PropertyResult, Verdict
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


def result_of(*properties):
    return OpResult("a::b", "a", [PropertyResult(*fields) for fields in properties])


def test_a_row_counts_the_properties_that_apply():
    result = result_of(
        ("value", Verdict.PROVEN, 3, 0.5),
        ("kinks", Verdict.SKIPPED),
        ("linear", Verdict.WRONG, 1, 0.25),
        ("pure", Verdict.UNDECIDED),
    )
    assert result_cells(result) == ("a::b", "a", "1/3, 1 wrong, 1 undecided", "4", "0.75")


def test_the_summary_counts_ops_by_verdict():
    right, wrong = result_of(("value", Verdict.PROVEN)), result_of(("value", Verdict.WRONG))
    assert summary([right], 1.26) == "1 op: 1 proven, in 1.3 s"
    assert summary([right, wrong, right], 2.0) == "3 ops: 2 proven, 1 wrong, in 2.0 s"
    assert summary([wrong], 2.0) == "1 op: 0 proven, 1 wrong, in 2.0 s"


def test_a_message_that_several_properties_have_is_shown_once():
    result = result_of(
        ("value", Verdict.UNDECIDED, 0, 0.0, "no draws"),
        ("kinks", Verdict.UNDECIDED, 0, 0.0, "no draws"),
        ("pure", Verdict.PROVEN, 1, 0.0, "a note"),
    )
    assert list(messages(result)) == ["- a::b    a note", "? a::b    value is undecided: no draws    (and kinks)"]


def test_of_several_failures_only_the_first_is_shown_in_full():
    block = "✗ a::b    {0}\n      it is       [1]\n    replay        {0}"
    result = result_of(
        ("value", Verdict.WRONG, 0, 0.0, block.format("first")),
        ("kinks", Verdict.WRONG, 0, 0.0, block.format("second")),
    )
    assert list(messages(result)) == [block.format("first"), "✗ a::b    second\n    replay        second"]


def test_values_are_shown_with_dtype_shape_and_few_entries():
    assert value_text(np.array([[1.0, 2.0]])) == "float64[1,2] [[1.0, 2.0]]"
    assert value_text(np.zeros(65)) == "float64[65] […]"
    assert value_text((np.zeros(1), 3)) == "(float64[1] [0.0], 3)"
    assert value_text([np.zeros(1)], brief=True) == "[[0.0]]"
