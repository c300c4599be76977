"""Late binding: functions of higher layers, and old module paths."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module

import pytest

from mutorch_core import errors
from mutorch_core.late_binding import PROVIDERS, late_bound, register_moved_module


@pytest.mark.parametrize(("name", "module"), PROVIDERS.items())
def test_a_late_bound_function_is_set_by_its_provider(name, module):
    function = getattr(late_bound, name)
    assert callable(function)
    bound_by_a_plugin = name in ("numpy_function", "numpy_ufunc") and "mutorch_ops_basic" in sys.modules
    home = f"mutorch_core.{module}"
    assert function.__module__.startswith((home, "mutorch_ops_basic.numpy_protocols") if bound_by_a_plugin else home)
    assert vars(late_bound)[name] is function


def test_a_provider_is_imported_on_first_use_and_the_function_is_kept():
    code = """
import sys
from mutorch_core.late_binding import PROVIDERS, late_bound
assert "mutorch_core.graph.printing" not in sys.modules
first = late_bound.format_graph
assert "mutorch_core.graph.printing" in sys.modules
assert late_bound.format_graph is first
for name in PROVIDERS:
    assert callable(getattr(late_bound, name)), name
print("done")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout == "done\n", done.stderr


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="nowhere"):
        late_bound.nowhere


class TestMovedModules:
    """Old paths of modules that have moved."""

    @pytest.fixture
    def old(self):
        name = "mutorch_core.place_of_old"
        register_moved_module(name, "mutorch_core.errors")
        yield name
        del sys.modules[name]

    def test_a_name_of_the_old_path_is_that_of_the_new_one_with_a_warning_that_names_it(self, old):
        text = r"mutorch_core\.place_of_old has moved: write `from mutorch_core\.errors import Released`"
        with pytest.warns(DeprecationWarning, match=text) as caught:
            from mutorch_core.place_of_old import Released  # pyright: ignore[reportMissingImports]
        assert Released is errors.Released
        assert [warning.filename for warning in caught] == [__file__]

    def test_the_import_of_the_module_alone_does_not_warn(self, old):
        module = import_module(old)
        assert module.__name__ == old
        assert module.__doc__ == "Moved to mutorch_core.errors."
        with pytest.warns(DeprecationWarning, match="import NotScalar"):
            assert module.NotScalar is errors.NotScalar

    def test_a_name_that_the_new_module_lacks_is_an_attribute_error_without_a_warning(self, old):
        with pytest.raises(AttributeError, match="nothing"):
            import_module(old).nothing
        with pytest.raises(AttributeError, match="__path__"):
            import_module(old).__path__

    def test_the_new_module_is_imported_on_first_use(self):
        register_moved_module("mutorch_core.place_of_nothing", "mutorch_core.not_there")
        try:
            module = import_module("mutorch_core.place_of_nothing")
            with pytest.raises(ModuleNotFoundError, match="not_there"):
                module.anything
        finally:
            del sys.modules["mutorch_core.place_of_nothing"]
