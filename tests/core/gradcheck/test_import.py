"""The start-up of the checker, and its deprecated paths."""

import subprocess
import sys
import warnings

import pytest


def test_importing_the_checker_loads_neither_hypothesis_nor_pytest():
    probe = (
        "import sys; import mutorch_core as mt; mt.gradcheck.check_op; import mutorch_core.gradcheck.failures\n"
        "sys.exit(any(name in sys.modules for name in ('hypothesis', 'pytest', 'xdist', 'rich', 'click')))"
    )
    assert subprocess.run([sys.executable, "-c", probe], check=False).returncode == 0


def test_the_old_path_of_the_plugin_hooks_works_and_names_the_new_one():
    from mutorch_core.gradcheck.sampling import plugin_hooks

    with pytest.warns(DeprecationWarning, match=r"gradcheck\.hooks has moved: .*sampling\.plugin_hooks"):
        from mutorch_core.gradcheck.hooks import report_to_plugins, samplers_of
    assert (samplers_of, report_to_plugins) == (plugin_hooks.samplers_of, plugin_hooks.report_to_plugins)


def test_inspection_of_all_modules_does_not_warn_of_the_old_path():
    from mutorch_core.gradcheck import hooks

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not hasattr(hooks, "__file__")
        with pytest.raises(AttributeError, match="nothing"):
            _ = hooks.nothing
