"""Counterexamples that later runs check first."""

import numpy as np
import pytest

import mutorch_core as mt
from mutorch_core import Array, op
from mutorch_core.gradcheck.cases.case import read_case
from mutorch_core.gradcheck.cases.saved_cases import read_saved_cases, save_case

EXP = mt.ops["basic::exp"]


def case_of(operation, value):
    return read_case(operation, f"x=float64[1]:[{value}];g=float64[1]:[1]")


def test_there_are_none_without_a_file(tmp_path):
    assert read_saved_cases(str(tmp_path / "nowhere"), EXP) == []


def test_the_latest_case_comes_first(tmp_path):
    for value in (1, 2, 3):
        save_case(str(tmp_path), case_of(EXP, value))
    assert [case.operands["x"].item() for case in read_saved_cases(str(tmp_path), EXP)] == [3.0, 2.0, 1.0]


def test_a_case_is_saved_once_and_as_its_text(tmp_path):
    folder = tmp_path / "deep" / "down"
    for _ in range(2):
        save_case(str(folder), case_of(EXP, 1))
    (file,) = folder.iterdir()
    assert file.name == "basic.exp.cases"
    assert file.read_text() == case_of(EXP, 1).text + "\n"


def test_ops_have_files_of_their_own(tmp_path):
    save_case(str(tmp_path), case_of(EXP, 1))
    assert read_saved_cases(str(tmp_path), mt.ops["basic::log"]) == []


@pytest.mark.parametrize("line", ["x=float64[2]:[1,2];beta=3", "nonsense", ""])
def test_a_case_that_no_longer_fits_is_passed_over(tmp_path, line):
    @op("test::changed")
    def changed(x: Array, /) -> Array:
        return 2 * x

    save_case(str(tmp_path), case_of(changed, 1))
    with (tmp_path / "test.changed.cases").open("a") as file:
        file.write(line + "\n")
    save_case(str(tmp_path), case_of(changed, 2))
    assert [case.operands["x"].item() for case in read_saved_cases(str(tmp_path), changed)] == [2.0, 1.0]


def test_a_saved_case_has_its_cotangent(tmp_path):
    save_case(str(tmp_path), read_case(EXP, "x=float64[2]:[0,1];g=float64[2]:[3,-4]"))
    (case,) = read_saved_cases(str(tmp_path), EXP)
    np.testing.assert_array_equal(case.cotangents[0], [3, -4])


def test_a_case_that_is_saved_again_keeps_its_place(tmp_path):
    texts = [f"x=float64[1]:[{n}];g=float64[1]:[1]" for n in (1, 2, 3)]
    for text in (*texts, texts[0]):
        save_case(str(tmp_path), read_case(EXP, text))
    assert [case.text for case in read_saved_cases(str(tmp_path), EXP)] == texts[::-1]


def test_a_case_of_an_older_signature_hides_no_other(tmp_path):
    save_case(str(tmp_path), case_of(EXP, 1))
    (path,) = tmp_path.iterdir()
    path.write_text("y=float64[1]:[1];g=float64[1]:[1]\n" + path.read_text())
    assert [case.text for case in read_saved_cases(str(tmp_path), EXP)] == [case_of(EXP, 1).text]
