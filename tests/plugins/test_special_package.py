"""The package of special functions, built, installed and checked as a stranger's is; and `xp.special`."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="module")
def site(installed):
    return installed("mutorch_ops_special")


def test_every_op_of_the_installed_package_is_proven(site, checked):
    assert checked(site, "special", "mutorch-ops-special>=0.1").startswith("122 ops: 122 proven")


NAMESPACES = """
import sys
import mutorch_core as mt, mutorch_ops_basic as xp, numpy as np
assert "mutorch_ops_special" not in sys.modules
x = mt.Var(np.asarray(1.0))
special = x.__array_namespace__().special
assert special is xp.special is sys.modules["mutorch_ops_special"]
special.spence(x).backprop()
print(x.grad, xp.special.stats.norm.cdf(0.0))
"""


def test_the_installed_package_is_the_namespace_special_from_its_first_use_on(site, said):
    assert said(NAMESPACES, site) == ["-1.0 0.5"]


ABSENT = """
import mutorch_ops_basic as xp
for name in ("special", "nonsense"):
    try:
        getattr(xp, name)
    except AttributeError as error:
        print(error)
"""


def test_without_a_provider_the_namespace_says_what_to_install(tmp_path, said):
    special, nonsense = said(ABSENT, tmp_path)
    assert special.startswith("no installed plugin provides the namespace 'special': install one that does")
    assert nonsense == "module 'mutorch_ops_basic' has no attribute 'nonsense'"


def test_a_provider_that_is_switched_off_is_named(site, said):
    special, _ = said(ABSENT, site, MUTORCH_DISABLE="special")
    assert special.startswith("the plugin that provides the namespace 'special' can't be used: plugin 'special' of")
    assert "MUTORCH_DISABLE=special" in special


OTHER_LIBRARIES = """
import array_api_strict, mutorch_ops_basic as xp
print(xp.on("array_api_strict").special is xp.special)
"""


def test_the_namespace_of_each_library_has_it(site, said):
    pytest.importorskip("array_api_strict")
    assert said(OTHER_LIBRARIES, site) == ["True"]


SCIPY = """
import mutorch_core as mt, numpy as np
from scipy.special import j1
print(mt.grad(j1)(np.asarray(0.0)))
"""


def test_scipys_own_functions_are_differentiable_through_it(site, said):
    assert said(SCIPY, site, SCIPY_ARRAY_API="1") == ["0.5"]
