"""An interrupted run reports the results so far."""

import json
import os
import signal
import subprocess
import sys
import time
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner

from mutorch_core.gradcheck.execution import command

SLOW = '''
"""A wrong op, a right one, and one that takes for ever and says when it begins."""
import pathlib, time
from mutorch_core import Array, hookimpl, op

def made(name, forward, factor):
    @op(f"slow::{name}")
    def function(x: Array, /) -> Array:
        return forward(x)

    @function.vjp("x")
    def _(g):
        return factor * g

    return function

def twice(x):
    pathlib.Path(__file__).with_name("alive").touch()
    return 2 * x

def endless(x):
    pathlib.Path(__file__).with_name("begun").touch()
    time.sleep(1000)

@hookimpl
def mutorch_register_ops(namespace, api_version):
    return [made("right", twice, 2), made("wrong", twice, 1), made("endless", endless, 1), made("after", twice, 2)]
'''


@pytest.mark.parametrize(
    ("number", "jobs", "names", "code"),
    [
        (signal.SIGINT, "1", ["slow::right", "slow::endless", "slow::after"], 2),
        (signal.SIGTERM, "1", ["slow::right", "slow::wrong", "slow::endless"], 1),
        (signal.SIGINT, "2", ["slow::right", "slow::endless"], 2),
    ],
)
def test_what_was_found_until_then_is_reported_in_every_form(site, number, jobs, names, code):
    site.install("slow-ops", "slow", SLOW)
    running = started(site, *names, "--jobs", jobs, "--json", "found.json", "--junit", "found.xml")
    begun, alive = site.path / "begun", site.path / "alive"
    wait_for(begun.exists)
    wait_for(lambda: alive.exists() and time.time() - alive.stat().st_mtime > 4 * (int(jobs) - 1))
    os.killpg(running.pid, number) if number == signal.SIGINT else os.kill(running.pid, number)
    out, err = running.communicate(timeout=60)
    assert running.returncode == code, err
    found = json.loads((site.path / "found.json").read_text())
    assert found["exit_code"] == code
    assert [op["verdict"] for op in found["ops"]][:1] == ["proven"]
    assert len(found["ops"]) == (2 if code == 1 else 1)
    assert "1 proven" in out
    assert f"error: interrupted: {len(names) - len(found['ops'])} of {len(names)} ops were not looked at" in err
    cases = ElementTree.parse(site.path / "found.xml").iter("testcase")
    assert ("mutorch.slow.right", "saves") in {(case.get("classname"), case.get("name")) for case in cases}
    with pytest.raises(ProcessLookupError):
        os.killpg(running.pid, 0)  # nothing is left behind


def started(site, *arguments):
    path = os.pathsep.join([str(site.path), *filter(None, [os.environ.get("PYTHONPATH")])])
    heeding = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"  # jobs in the background do not
    code = f"{heeding}; import sys; from mutorch_core.cli import main; sys.argv[0] = 'mutorch'; main()"
    return subprocess.Popen(
        [sys.executable, "-c", code, "gradcheck", "--profile", "quick", "--timeout", "0", *arguments],
        cwd=site.path,
        env={**os.environ, "PYTHONPATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def wait_for(condition):
    until = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_ctrl_c_before_anything_was_checked_is_no_verdict(monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "select", interrupted)
    result = CliRunner().invoke(command.gradcheck, ["basic::exp"])
    assert result.exit_code == 2
    assert "error: interrupted" in result.output
