"""SciPy, scikit-learn, einops, xarray, opt_einsum and array-api-extra give right gradients when handed `Var`s."""

import itertools
import json
import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

import mutorch_core as mt

ROOT = Path(__file__).parents[2]
NEEDED = ("array_api_extra", "einops", "opt_einsum", "sklearn", "xarray")
needs_consumers = pytest.mark.skipif(
    not all(map(find_spec, NEEDED)), reason=f"not all of {', '.join(NEEDED)} are installed: the extra `consumers`"
)


def python(*arguments):
    """What a new interpreter prints, in which SciPy is imported with its variable set."""
    environment = {**os.environ, "SCIPY_ARRAY_API": "1"}
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True).stdout


@needs_consumers
def test_compositions_of_other_libraries_functions_have_right_gradients():
    verdicts = json.loads(python("-m", "tests.consumers.judge", "composites"))
    assert len(verdicts) >= 40
    assert {call: verdict for call, verdict in verdicts.items() if verdict[0] != "right"} == {}


@needs_consumers
def test_the_judge_tells_wrong_constant_and_refused_gradients_from_right_ones():
    expected = {
        "xp.sum(vector * vector)": ["right"],
        "xp.sum(vector * (getattr(vector, 'value', vector)))": ["wrong"],
        "getattr(vector, 'value', vector) * 2": ["wrong"],
        "xp.floor(vector + 0.2)": ["constant"],
        "array(float(number)) * 2": [
            "refused",
            "float() of Var(0.7) would cut the graph: use xp.sin or np.sin in the place of math.sin, "
            "y = xp.zeros(n) in the place of y = np.zeros(n) before y[0] = x; only for a constant, "
            "whose gradient is lost, float(x.value) or x.detach()",
        ],
        "xp.nonesuch(vector) if isinstance(vector, numpy.ndarray) is False else vector": ["failed"],
    }
    code = "import json, sys; from tests.consumers.judge import judge; print(json.dumps([*map(judge, sys.argv[1:])]))"
    for verdict, wanted in zip(json.loads(python("-c", code, *expected)), expected.values(), strict=True):
        assert verdict[: len(wanted)] == wanted


@needs_consumers
def test_the_page_lists_every_call_once():
    from tests.consumers.judge import Verdict, calls
    from tests.consumers.page import KINDS, LISTS, page

    keys = [key for name in LISTS for key in calls(name)]
    kinds = itertools.cycle(KINDS)
    lines = list(page({key: Verdict(next(kinds), f"reason {place % 7}") for place, key in enumerate(keys)}))
    listed = [call for _, call in keys]
    assert len(listed) > 600
    assert len(set(listed)) == len(listed)
    assert sorted(line for line in lines if line in set(listed)) == sorted(listed)


@needs_consumers
def test_the_page_is_printed_with_the_verdicts_of_all_calls(tmp_path):
    from tests.consumers.judge import calls
    from tests.consumers.page import LISTS
    from tests.pages import write

    write("consumers", tmp_path)
    text = tmp_path.joinpath("consumers.md").read_text(encoding="utf-8")
    total, right, constant, refused, failed, wrong = map(
        int,
        re.search(
            r"Of (\d+) calls\s+of other.*?tried, (\d+) have.*?, (\d+) are constant.*?, (\d+) are\s+refused.*?, "
            r"(\d+) fail.*? and (\d+) have",
            text,
            re.DOTALL,
        ).groups(),
    )
    assert total == right + constant + refused + failed + wrong == sum(len(list(calls(name))) for name in LISTS)
    assert right >= 430
    assert wrong <= 8
    assert "no mutorch-ops-special" not in text


@needs_consumers
@pytest.mark.parametrize("first", ["einops, opt_einsum, mutorch_core", "mutorch_core, einops, opt_einsum"])
def test_backends_are_registered_by_one_import_in_any_order(first):
    code = f"""
import {first}
import mutorch_core.interop.consumers
x = mutorch_core.Var(__import__("numpy").ones((2, 3)))
print(einops.rearrange(x, "a b -> b a").shape, opt_einsum.contract("ab->b", x).shape)
"""
    assert python("-c", code).strip() == "(3, 2) (3,)"


@needs_consumers
def test_einops_array_api_takes_variables_without_a_registration():
    code = """
import numpy, mutorch_core, einops.array_api, sys
x = mutorch_core.Var(numpy.ones((2, 3)))
y = einops.array_api.rearrange(einops.array_api.reduce(x, "a b -> a", "sum"), "a -> a 1")
(y * y).sum().backprop()
print(y.shape, x.grad.tolist(), "mutorch_core.interop.consumers" in sys.modules)
"""
    assert python("-c", code).strip() == "(2, 1) [[6.0, 6.0, 6.0], [6.0, 6.0, 6.0]] False"


def test_a_library_that_is_not_installed_is_left_out():
    code = """
import sys, importlib.util
find = importlib.util.find_spec
importlib.util.find_spec = lambda name: None if name in ("einops", "opt_einsum") else find(name)
import mutorch_core.interop.consumers
print(*{"einops", "opt_einsum"} & set(sys.modules))
"""
    assert python("-c", code).strip() == ""


def test_importing_mutorch_adds_no_finder():
    code = "import sys; before = list(sys.meta_path); import mutorch_core; print(sys.meta_path == before)"
    assert python("-c", code).strip() == "True"


def test_importing_mutorch_imports_no_consumer():
    print_loaded = "import sys, mutorch_core, mutorch_ops_basic; print(*{name.split('.')[0] for name in sys.modules})"
    assert not set(python("-c", print_loaded).split()) & set(NEEDED)
    assert mt.Var(1.0).value == 1.0
