"""What the checker needs is loaded when something is checked, and named where it is missing."""

import importlib.util
import subprocess
import sys
import warnings

import pytest

from mutorch_core.gradcheck import check_op, failures


def test_importing_the_checker_loads_neither_hypothesis_nor_pytest():
    probe = (
        "import sys; import mutorch_core as mt; mt.gradcheck.check_op; import mutorch_core.gradcheck.failures\n"
        "sys.exit(any(name in sys.modules for name in ('hypothesis', 'pytest', 'xdist', 'rich', 'click')))"
    )
    assert subprocess.run([sys.executable, "-c", probe], check=False).returncode == 0


def test_a_missing_extra_is_named_with_what_installs_it(monkeypatch):
    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "hypothesis" else real(name))
    with pytest.raises(failures.CheckerNotInstalled, match=r'needs hypothesis: pip install "mutorch\[gradcheck\]"'):
        check_op("basic::add")
    with pytest.raises(ImportError):
        check_op("basic::add")


def test_every_failure_is_an_assertion_and_a_mutorch_error():
    from mutorch_core.errors import MutorchError

    kinds = [
        value for value in vars(failures).values() if isinstance(value, type) and issubclass(value, failures.Failure)
    ]
    assert len(kinds) >= 12
    assert all(issubclass(kind, (MutorchError,)) and issubclass(kind, AssertionError) for kind in kinds)
    assert sorted(kind.__name__ for kind in kinds if kind in vars(failures).values()) == sorted(
        {kind.__name__ for kind in kinds}
    )
    drawn = failures.__doc__ or ""
    assert all(kind.__name__ in drawn for kind in kinds)


def test_each_property_has_an_exception_of_its_own():
    from mutorch_core.gradcheck.properties import PROPERTIES

    kinds = [found.failure for found in PROPERTIES]
    assert len(set(kinds)) == len(kinds)
    assert len({found.name for found in PROPERTIES}) == len(PROPERTIES)


def test_the_old_path_of_the_plugin_hooks_works_and_names_the_new_one():
    from mutorch_core.gradcheck.sampling import plugin_hooks

    with pytest.warns(DeprecationWarning, match=r"gradcheck.hooks is mutorch_core.gradcheck.sampling.plugin_hooks now"):
        from mutorch_core.gradcheck.hooks import report_to_plugins, samplers_of
    assert (samplers_of, report_to_plugins) == (plugin_hooks.samplers_of, plugin_hooks.report_to_plugins)


def test_inspection_of_all_modules_does_not_warn_of_the_old_path():
    from mutorch_core.gradcheck import hooks

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not hasattr(hooks, "__file__")
        with pytest.raises(AttributeError, match="nothing"):
            _ = hooks.nothing
