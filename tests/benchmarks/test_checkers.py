"""The page about checkers speaks of every wrong rule, and a rule asks for what its formula has."""

import inspect
import re

import pytest

from tests.benchmarks.checkers import CHECKERS, FOUND, PASSED, caught, table
from tests.benchmarks.formulas import FORMULAS
from tests.benchmarks.wrong_rules import WRONG_RULES


def test_the_page_has_a_row_for_each_wrong_rule():
    half = len(WRONG_RULES) // 2
    cells = [[FOUND, *[FOUND if place < half else PASSED] * (len(CHECKERS) - 1)] for place in range(len(WRONG_RULES))]
    lines = list(table(cells))
    rows = [line.split(" | ")[0].removeprefix("| ") for line in lines if "| ✓ |" in line or "| – |" in line]
    assert rows == [mistake.what.replace("|", "\\|") for mistake in WRONG_RULES]
    sums = re.findall(r"\*\*(\d+)\*\*", lines[-1])
    assert sums == [str(len(WRONG_RULES)), *[str(half)] * (len(CHECKERS) - 1)]


@pytest.mark.parametrize("mistake", WRONG_RULES, ids=lambda mistake: mistake.what)
def test_mutorchs_checker_finds_it(mistake):
    assert caught(CHECKERS["Mutorch"], mistake)


@pytest.mark.parametrize("mistake", WRONG_RULES, ids=lambda mistake: mistake.what)
def test_a_wrong_rule_asks_for_what_its_formula_has(mistake):
    formula = FORMULAS[mistake.formula]
    known = {"g", "out", "xp", *inspect.signature(formula.forward).parameters}
    assert inspect.signature(mistake.make()).parameters.keys() <= known
    assert mistake.operand in formula.rules
