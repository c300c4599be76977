"""The gallery shows what the checker prints.

Draws differ between versions of Hypothesis, so that a failure may be found at another case; what is shown of a case is
compared at that case.
"""

import re
from pathlib import Path

import pytest

from mutorch_core.gradcheck.verdicts import Verdict
from tests.core.gradcheck.gallery.page import EXHIBITS, OPENING, failure, page, shown, source

PAGE = "\n".join(page())


def without_estimates(text):
    """The last digits of an error estimate are the machine's."""
    return re.sub(r"± \S+?(?=[],\s]|$)", "±", text)


def test_the_page_has_these_exhibits_and_no_others():
    files = {path.stem for path in Path(__file__).parent.glob("*.py")} - {"page", "test_page"}
    assert files == set(EXHIBITS) == {path.stem for path in Path(__file__).parent.glob("*.txt")}
    assert PAGE.startswith(OPENING)
    assert PAGE.count("```python") == PAGE.count("```text") == len(EXHIBITS)
    for name in EXHIBITS:
        assert f"```python\n{source(name)}\n```\n\n```text\n{shown(name)}\n```\n" in PAGE


@pytest.mark.parametrize("name", EXHIBITS)
def test_the_case_that_is_shown_fails_as_shown(name):
    case = re.search("--case '(.*)'", shown(name))
    assert case is not None
    assert without_estimates(failure(name, case[1]).message) == without_estimates(shown(name))


@pytest.mark.parametrize("name", EXHIBITS)
def test_the_checker_finds_it_by_itself(name):
    found = failure(name)
    assert found.verdict is Verdict.WRONG
    assert found.message.split("[")[0] == shown(name).split("[")[0]
