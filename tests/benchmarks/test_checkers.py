"""The page about checkers speaks of every wrong rule, and a rule asks for what its formula has."""

import inspect
from pathlib import Path

import pytest

from tests.benchmarks.formulas import FORMULAS
from tests.benchmarks.wrong_rules import WRONG_RULES

PAGE = Path(__file__).parents[2] / "docs" / "checkers.md"


def test_the_page_has_a_row_for_each_wrong_rule():
    table = [line for line in PAGE.read_text().splitlines() if "| ✓ |" in line or "| – |" in line]
    rows = [line.split(" | ")[0].removeprefix("| ") for line in table]
    assert rows == [mistake.what.replace("|", "\\|") for mistake in WRONG_RULES]


@pytest.mark.parametrize("mistake", WRONG_RULES, ids=lambda mistake: mistake.what)
def test_a_wrong_rule_asks_for_what_its_formula_has(mistake):
    formula = FORMULAS[mistake.formula]
    known = {"g", "out", "xp", *inspect.signature(formula.forward).parameters}
    assert inspect.signature(mistake.make()).parameters.keys() <= known
    assert mistake.operand in formula.rules
