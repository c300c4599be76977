"""Array types of plugins, by the hook `mutorch_register_array_types`."""

import pytest

PLUGIN = """
import numpy
from array_api_compat import numpy as space
from mutorch_core import Array, hookimpl

class Plain:
    "An array type without a namespace, which holds a NumPy array."
    def __init__(self, held):
        self.held = numpy.asarray(held)
        self.shape, self.dtype, self.device, self.ndim = self.held.shape, self.held.dtype, "cpu", self.held.ndim
    def __mul__(self, other): return Plain(self.held * getattr(other, "held", other))
    __rmul__ = __mul__
    def __add__(self, other): return Plain(self.held + getattr(other, "held", other))

class Derived(Plain):
    pass

class plain_space:
    float64 = numpy.dtype("float64")
    sin = staticmethod(lambda x: Plain(numpy.sin(x.held)))
    cos = staticmethod(lambda x: Plain(numpy.cos(x.held)))
    zeros_like = staticmethod(lambda x: Plain(numpy.zeros_like(x.held)))
    ones_like = staticmethod(lambda x: Plain(numpy.ones_like(x.held)))
    asarray = staticmethod(lambda x, copy=None: Plain(numpy.array(x.held)))
    isdtype = staticmethod(space.isdtype)

@hookimpl
def mutorch_register_ops(namespace, api_version):
    return []

@hookimpl
def mutorch_register_array_types():
    return {Plain: plain_space}
"""


def test_a_registered_type_and_its_subclasses_have_their_namespace(site):
    site.install("plain-ops", "plain", PLUGIN)
    code = """
    import mutorch_ops_basic as xp
    from plain_ops_module import Derived, Plain, plain_space
    from mutorch_core.arrays.namespaces import namespace_of
    print(namespace_of(Plain([1.0])) is namespace_of(Derived([1.0])) is plain_space)
    x = mt.Var(Plain([0.0, 1.0]))
    (xp.sin(x) * 2.0).backprop(Plain([1.0, 1.0]))
    print(type(x.grad).__name__, x.grad.held)
    """
    assert site.run(code).splitlines() == ["True", "Plain [2.         1.08060461]"]


def test_a_namespace_may_be_the_name_of_a_module(site):
    site.install("plain-ops", "plain", PLUGIN.replace("{Plain: plain_space}", '{Plain: "array_api_compat.numpy"}'))
    code = """
    from plain_ops_module import Plain
    from mutorch_core.arrays.namespaces import namespace_of
    print(namespace_of(Plain([1.0])).__name__)
    """
    assert site.run(code) == "array_api_compat.numpy"


@pytest.mark.parametrize(
    ("returned", "text"),
    [
        ("5", "returned 5, which is no mapping of types to namespaces"),
        ("{'Plain': plain_space}", "speaks of 'Plain', which is no type"),
        ("1 / 0", "raised ZeroDivisionError: division by zero"),
        ("{Plain: 'nowhere.at_all'}", "names 'nowhere.at_all' for Plain: No module named 'nowhere'"),
    ],
)
def test_a_faulty_hook_is_reported_for_its_type_and_affects_no_other_type(site, returned, text):
    site.install("plain-ops", "plain", PLUGIN.replace("{Plain: plain_space}", returned))
    code = """
    from plain_ops_module import Plain
    import mutorch_ops_basic as xp
    try:
        xp.sin(Plain([1.0]))
    except mt.errors.Broken as error:
        print(error)
    print(mt.grad(xp.sin)(0.0))
    """
    said, value = site.run(code).splitlines()
    assert "mutorch_register_array_types of plugin 'plain' of plain-ops 1.0 (" in said
    assert "plain_ops_module.py:" in said
    assert text in said
    assert value == "1.0"


def test_two_plugins_that_disagree_about_a_type_are_both_named(site):
    site.install("plain-ops", "plain", PLUGIN)
    other = "from plain_ops_module import *\n" + PLUGIN[PLUGIN.index("@hookimpl") :]
    site.install("rival-ops", "rival", other.replace("Plain: plain_space", "Plain: 'math'"))
    code = """
    from plain_ops_module import Plain
    from mutorch_core.arrays.namespaces import namespace_of
    try:
        namespace_of(Plain([1.0]))
    except mt.errors.Conflict as error:
        print(error)
    """
    said = site.run(code)
    assert "plugin 'plain' of plain-ops 1.0" in said
    assert "plugin 'rival' of rival-ops 1.0" in said
    assert "both speak of Plain: switch one plugin off" in said


def test_known_types_load_no_plugin(site):
    site.install("plain-ops", "plain", "raise SystemExit('imported')")
    code = """
    import numpy, sys
    import mutorch_ops_basic as xp
    xp.sin(mt.Var(numpy.ones(2)))
    print("plain_ops_module" in sys.modules)
    """
    assert site.run(code) == "False"
