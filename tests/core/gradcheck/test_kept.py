"""Counterexamples of earlier runs: which are kept, and in which order they are tried."""

from __future__ import annotations

import mutorch_core as mt
from mutorch_core.gradcheck.case import read_case
from mutorch_core.gradcheck.kept import keep, kept_cases


def test_the_latest_case_comes_first_and_each_once(tmp_path):
    op = mt.ops["basic::exp"]
    texts = [f"x=float64[1]:[{n}];g=float64[1]:[1]" for n in (1, 2, 3)]
    for text in (*texts, texts[0]):
        keep(str(tmp_path), read_case(op, text))
    assert [case.text for case in kept_cases(str(tmp_path), op)] == texts[::-1]


def test_a_line_that_fits_the_op_no_longer_is_passed_over(tmp_path):
    op = mt.ops["basic::exp"]
    keep(str(tmp_path), read_case(op, "x=float64[1]:[1];g=float64[1]:[1]"))
    (path,) = tmp_path.iterdir()
    path.write_text("y=float64[1]:[1];g=float64[1]:[1]\n" + path.read_text())
    assert [case.text for case in kept_cases(str(tmp_path), op)] == ["x=float64[1]:[1];g=float64[1]:[1]"]


def test_an_op_without_a_file_has_no_cases(tmp_path):
    assert kept_cases(str(tmp_path / "missing"), mt.ops["basic::exp"]) == []
