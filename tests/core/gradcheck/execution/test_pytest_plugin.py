"""`pytest --gradcheck` in the repository of an op package."""

import re
import sys
from xml.etree import ElementTree

import pytest

import mutorch_core as mt
from mutorch_core.gradcheck.properties import properties_of

PLUGIN = ("-p", "mutorch_core.gradcheck.execution.pytest_plugin")


@pytest.fixture
def own_tests(acme, monkeypatch):
    """Run the op package's own pytest, with Mutorch's plugin alone."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    acme.path.joinpath("test_own.py").write_text("def test_of_its_own():\n    pass\n")
    acme.path.joinpath("pytest.ini").write_text("[pytest]\nfilterwarnings = error\n")
    return lambda *arguments: acme.run("-m", "pytest", "-p", "no:cacheprovider", *PLUGIN, *arguments)


QUICK = ("--gradcheck", "--gradcheck-profile", "quick")


def test_without_the_option_nothing_is_added(own_tests):
    done = own_tests("-q")
    assert done.returncode == 0
    assert "1 passed" in done.stdout


def test_the_ops_of_the_repository_come_after_its_own_tests(own_tests):
    done = own_tests("--gradcheck", "--collect-only", "-q")
    items = [line for line in done.stdout.splitlines() if "::" in line]
    assert items[0] == "test_own.py::test_of_its_own"
    assert items[1] == "mutorch::acme::twice::value"
    assert "mutorch::acme::less::pure" in items
    assert {item.split("::")[1] for item in items[1:]} == {"acme"}


def test_a_failure_is_shown_as_its_block_and_not_as_a_traceback(own_tests):
    done = own_tests(*QUICK, "-k", "twice or softplus or own")
    assert done.returncode == 1
    assert "✗ acme::softplus    cotangent of x is wrong    [value]" in done.stdout
    assert "Traceback" not in done.stdout
    assert "derivative.py" not in done.stdout


def test_selection_by_keyword_and_stopping_at_the_first(own_tests):
    done = own_tests(*QUICK, "-k", "twice and value", "-q")
    assert "1 passed" in done.stdout
    done = own_tests(*QUICK, "-k", "softplus", "-x", "-q")
    assert "1 failed" in done.stdout
    assert "stopping after 1 failures" in done.stdout


def test_other_ops_are_checked_where_they_are_named(own_tests):
    done = own_tests(*QUICK, "--gradcheck-op", "basic::negative", "--gradcheck-order", "1", "-q", "-k", "basic")
    assert done.returncode == 0, done.stdout
    assert f"{len(properties_of(mt.ops['basic::negative'], order=1))} passed" in done.stdout


def test_workers_share_the_items(own_tests):
    done = own_tests(*QUICK, "-p", "xdist", "-n", "2", "-q", "-k", "twice or less")
    assert f"{len(properties_of(mt.ops['basic::negative'])) + 1} passed" in done.stdout


def test_one_case_is_replayed(own_tests):
    case = "x=float64[2]:[1,0];beta=2.0;g=float64[2]:[1,0]"
    done = own_tests(*QUICK, "--gradcheck-op", "acme::softplus", "--gradcheck-case", case, "-q", "-k", "value")
    assert "1 failed" in done.stdout
    assert f"--case '{case}'" in done.stdout
    done = own_tests(*QUICK, "--gradcheck-op", "acme::softplus", "--gradcheck-case", "x=", "-q")
    assert "--case: expected a value at character 2" in done.stderr


@pytest.mark.usefixtures("own_tests")
def test_what_failed_last_is_run_again_alone(acme):
    first, again = (
        acme.run("-m", "pytest", *PLUGIN, *QUICK, "-q", "-k", "twice or softplus", *option)
        for option in ((), ("--lf",))
    )
    failed = re.findall("FAILED (mutorch::acme::softplus::\\w+)", first.stdout)
    assert failed
    assert re.findall("FAILED (\\S+)", again.stdout) == failed
    assert f"{len(failed)} failed" in again.stdout
    assert "passed" not in again.stdout


@pytest.mark.parametrize("jobs", [(), ("-p", "xdist", "-n", "auto")])
def test_junit_has_a_class_for_each_op_and_a_case_for_each_property(own_tests, acme, jobs):
    own_tests(*QUICK, *jobs, "--junitxml", "found.xml", "-k", "twice or softplus or own")
    cases = {
        (case.get("classname"), case.get("name")): case
        for case in ElementTree.parse(acme.path / "found.xml").iter("testcase")
    }
    names = {found.name for found in properties_of(mt.ops["basic::negative"])}
    assert {name for kind, name in cases if kind == "mutorch.acme.twice"} == names
    assert ("test_own", "test_of_its_own") in cases
    assert cases["mutorch.acme.twice", "value"].find("failure") is None
    failure = cases["mutorch.acme.softplus", "value"].find("failure")
    assert failure is not None
    assert (failure.text or "").startswith("✗ acme::softplus    cotangent of x is wrong    [value]    acme_ops.py:")


def test_one_item_is_named_by_its_identifier(own_tests):
    done = own_tests(*QUICK, "-v", "-k", "acme::twice and (value or pure)")
    assert re.findall(r"^(mutorch\S+) PASSED", done.stdout, re.MULTILINE) == [
        "mutorch::acme::twice::value",
        "mutorch::acme::twice::pure",
    ]


def test_an_op_has_its_time_limit_in_pytest_too(own_tests, acme):
    source = acme.path / "acme_ops.py"
    source.write_text(source.read_text().replace("return 2 * x", "import time; time.sleep(1000)"))
    for options in ((), ("--gradcheck-apart",)):
        done = own_tests(*QUICK, *options, "--gradcheck-timeout", "4", "-q", "-k", "twice or less")
        assert "1 passed" in done.stdout
        assert "acme::twice: value is undecided: timed out after 4 s, at acme_ops.py:" in done.stdout


def test_in_a_process_apart_failures_look_the_same(own_tests):
    def blocks(*options):
        case = ("--gradcheck-op", "acme::softplus", "--gradcheck-case", "x=float64[2]:[1,0];beta=2.0")
        done = own_tests(*QUICK, *case, *options, "-k", "value or linear")
        assert done.returncode == 1
        assert "1 failed, 1 passed" in done.stdout
        return done.stdout.partition("✗ ")[2].partition("= short test summary")[0]

    assert blocks() == blocks("--gradcheck-apart")


def test_a_repository_without_ops_is_an_error(own_tests, acme):
    acme.path.joinpath("empty").mkdir()
    done = own_tests("--gradcheck", "--rootdir", "empty", "-c", "pytest.ini", "empty")
    assert done.returncode == 4
    assert "no registered op is written below" in done.stderr


def test_the_fixture_checks_one_op(own_tests, acme):
    acme.path.joinpath("test_own.py").write_text(
        "import acme_ops\n"
        "def test_twice(assert_op_is_right):\n"
        "    assert_op_is_right(acme_ops.twice, 'quick')\n"
        "def test_softplus(assert_op_is_right):\n"
        "    assert_op_is_right(acme_ops.softplus, 'quick')\n"
    )
    done = own_tests("-q", "--tb=short")
    assert "1 failed, 1 passed" in done.stdout
    assert "is the parameter ignored?" in done.stdout


def test_loading_the_plugin_loads_nothing_heavy(acme):
    probe = (
        "import pytest, sys; before = set(sys.modules)\n"
        "import mutorch_core.gradcheck.execution.pytest_plugin\n"
        "new = set(sys.modules) - before\n"
        "heavy = {'hypothesis', 'mutorch_ops_basic', 'scipy', 'rich', 'xdist'} & new\n"
        "sys.exit(f'loaded {heavy}' if heavy else 0)"
    )
    assert acme.run("-c", probe).returncode == 0, sys.version
