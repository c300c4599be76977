"""`mutorch gradcheck`: selection, exit codes, output and reports."""

import json
import time
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner

import mutorch_core as mt
from mutorch_core.gradcheck import cases
from mutorch_core.gradcheck.execution.command import gradcheck
from mutorch_core.gradcheck.profiles import PROFILES
from mutorch_core.gradcheck.properties import properties_of

RIGHT, WRONG, UNUSABLE = 0, 1, 2


def refused(*arguments):
    """Return the message of a usage error, for which pytest is not started."""
    result = CliRunner().invoke(gradcheck, arguments)
    assert result.exit_code == UNUSABLE
    return result.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["basic::subtrac"], "no op and no namespace is called 'basic::subtrac'; did you mean basic::subtract"),
        (["nowhere"], "no op and no namespace is called 'nowhere'"),
        (["--namespace", "basik"], "no op and no namespace is called 'basik'; did you mean basic"),
        (["--namespace", "basic::add"], "no op and no namespace is called 'basic::add'"),
        (["basic::add", "--exclude", "nothing"], "no op and no namespace is called 'nothing'"),
        (["basic::add", "--exclude", "basic"], "nothing to check"),
        (["--require", "acme-ops>=1", "basic::add"], "acme-ops is not installed"),
        (["--require", "mutorch>=99", "basic::add"], "--require mutorch>=99: mutorch 0"),
        (["--require", "!", "basic::add"], "is no requirement"),
        (["--require", "mutorch>=one", "basic::add"], "--require 'mutorch>=one' is no requirement"),
        (["--require", "", "basic::add"], "--require '' is no requirement"),
        (["--backend", "numpy,torsh", "basic::add"], "--backend torsh: no array library 'torsh' can be imported"),
        (["--backend", "json", "basic::add"], "--backend json: json is no namespace of the Array API standard"),
        (["--backend", "numpy:moon", "basic::add"], "--backend numpy:moon: numpy has no device 'moon'; it has cpu"),
        (["--shard", "3", "basic::add"], "write K/N"),
        (["--shard", "3/2", "basic::add"], "write K/N"),
        (["--shard", "0/4", "basic::add"], "write K/N"),
        (["--shard", "-1/4", "basic::add"], "write K/N"),
        (["--shard", "1/2/3", "basic::add"], "write K/N"),
        (["--shard", "a/b", "basic::add"], "write K/N"),
        (["--shard", "²/3", "basic::add"], "write K/N"),
        (["--shard", "", "basic::add"], "write K/N"),
        (["--shard", "2/2", "basic::add"], "nothing to check, there are only 1 ops"),
        (["--case", "x=1", "basic::exp", "basic::sin"], "--case is a case of one op; 2 are selected"),
        (["--case", "x=", "basic::exp"], "--case: expected a value at character 2"),
        (["--case", "y=float64[1]:[1]", "basic::exp"], "basic::exp has no 'y'; it has x, g"),
        (["--case", "", "basic::exp"], "--case: expected `name=value` at character 0"),
        (["--case", "x=float16[1]:[1]", "basic::exp"], "--case: float16 is not checked, for finite differences"),
        (["--case", "x=bfloat16[1]:[1]", "basic::exp"], "--case: bfloat16 is not checked, for finite differences"),
        (["--case", "x='one'", "basic::exp"], "--case: basic::exp refuses these operands"),
        (["--timeout", "-1", "basic::exp"], "-1.0 is not in the range"),
        (["--jobs", "0", "basic::exp"], "0 is not in the range"),
        (["--json", "nowhere/found.json", "basic::exp"], "there is no folder 'nowhere'"),
        (["--junit", "nowhere/found.xml", "basic::exp"], "there is no folder 'nowhere'"),
        (["--profile", "slow", "basic::exp"], "'slow' is not one of"),
        (["--order", "3", "basic::exp"], "3 is not in the range"),
    ],
)
def test_what_cannot_be_meant_is_a_usage_error_that_says_why(arguments, message):
    assert message in " ".join(refused(*arguments).split())


def test_a_right_op_is_proven(acme, lines_with):
    done = acme.gradcheck("acme::twice", "acme::double", "acme::less")
    assert done.returncode == RIGHT, done.stderr
    every = len(properties_of(mt.ops["basic::negative"]))
    assert lines_with(done.stdout, "acme::twice")[0].split()[:4] == ["✓", "acme::twice", "acme", f"{every}/{every}"]
    assert lines_with(done.stdout, "acme::less")[0].split()[:4] == ["✓", "acme::less", "acme", "1/1"]
    assert "slowest: " in done.stdout
    assert "2 ops: 2 proven, in " in done.stdout


def test_a_wrong_op_is_shown_with_a_replay_that_fails_too(acme, lines_with):
    done = acme.gradcheck("acme")
    assert done.returncode == WRONG
    assert "✗ acme::softplus    cotangent of x is wrong    [value]    acme_ops.py:" in done.stdout
    assert "the same as with the default beta: is the parameter ignored?" in done.stdout
    assert lines_with(done.stdout, "acme::planned")[0].split()[0] == "?"
    assert "? acme::planned    value is undecided: the forward accepted 0 of" in done.stdout
    assert "4 ops: 2 proven, 1 wrong, 1 undecided" in done.stdout
    case = lines_with(done.stdout, "replay")[0].partition("--case '")[2].rstrip("'")
    again = acme.gradcheck("acme::softplus", "--case", case)
    assert again.returncode == WRONG
    assert case in again.stdout
    right = acme.gradcheck("acme::softplus", "--case", case.replace("beta=2.0", "beta=1.0"))
    assert right.returncode == RIGHT, right.stdout


def test_what_is_undecided_is_not_proven(acme):
    done = acme.gradcheck("acme::planned")
    assert done.returncode == UNUSABLE
    assert "nothing is known about the values of plan" in done.stdout


def test_a_broken_plugin_is_named_and_the_rest_checked(acme):
    acme.install("ruined-ops", "ruined", "raise RuntimeError('out of order')")
    done = acme.gradcheck("acme::twice")
    assert done.returncode == UNUSABLE
    assert "error: plugin 'ruined' of ruined-ops 1.0 is broken: RuntimeError: out of order" in done.stderr
    assert "1 op: 1 proven" in done.stdout
    assert acme.gradcheck("acme::twice", "--exclude", "ruined").returncode == RIGHT


def test_the_reports_say_what_was_found(acme):
    done = acme.gradcheck(
        "acme::softplus", "acme::less", "--json", "found.json", "--junit", "found.xml", "--order", "1"
    )
    assert done.returncode == WRONG
    found = json.loads((acme.path / "found.json").read_text())
    assert found["profile"] == "quick"
    assert found["exit_code"] == WRONG
    softplus, less = found["ops"]
    assert (softplus["name"], softplus["plugin"], softplus["verdict"]) == ("acme::softplus", "acme", "wrong")
    assert less["verdict"] == "proven"
    by_name = {item["name"]: item for item in softplus["properties"]}
    assert "second_order" not in by_name
    assert set(by_name["value"]) == {"name", "verdict", "examples", "seconds", "message", "case"}
    assert by_name["linear"]["verdict"] == "proven"
    assert by_name["linear"]["examples"] > 5
    assert by_name["parameters"]["case"].startswith("x=float64[")
    cases = ElementTree.parse(acme.path / "found.xml").iter("testcase")
    named = {(case.get("classname"), case.get("name")): case for case in cases}
    assert ("mutorch.acme.less", "pure") in named
    failure = named["mutorch.acme.softplus", "value"].find("failure")
    assert failure is not None
    assert failure.text.startswith("✗ acme::softplus    cotangent of x is wrong")


def test_json_on_stdout_is_nothing_but_json(acme):
    loud = (
        "import os\nprint('loud')\nfrom acme_ops import *\n@hookimpl\ndef mutorch_register_ops():\n    return [shout]\n"
    )
    forward = (
        "@op('loud::shout')\ndef shout(x: Array, /) -> Array:\n    print(x)\n    os.write(1, b'!')\n    return x\n"
    )
    acme.install("loud-ops", "loud", f"{loud}{forward}\nshout.vjp('x')(lambda g: g)\n")
    done = acme.gradcheck("loud", "--json", "-")
    assert json.loads(done.stdout)["ops"][0]["verdict"] == "proven"
    assert "1 op: 1 proven" in done.stderr


def test_the_help_says_the_limits_that_the_profiles_have():
    said = " ".join(CliRunner().invoke(gradcheck, ["--help"]).output.split())
    limits = ", ".join(f"{profile.limit:g} in {name}" for name, profile in PROFILES.items())
    assert f"0 for none: {limits}." in said


def test_a_case_that_does_not_come_back_is_refused(monkeypatch):
    exp = mt.ops["basic::exp"]
    monkeypatch.setattr(cases, "read_case", lambda *_: time.sleep(100))
    said = refused("--case", "x=float64[1]:[1]", "--timeout", "0.1", exp.name)
    assert "basic::exp does not come back from it within 0.1 s" in said


def test_processes_find_the_same(acme):
    one, two = (acme.gradcheck("acme", "--jobs", jobs, "--json", f"{jobs}.json") for jobs in "12")
    assert one.returncode == two.returncode == WRONG

    def without_times(name):
        ops = json.loads((acme.path / name).read_text())["ops"]
        for op in ops:
            op["properties"].sort(key=lambda found: found["name"])
            for found in op["properties"]:
                del found["seconds"]
        return ops

    assert without_times("1.json") == without_times("2.json")


def test_shards_share_all_ops_out(acme):
    names = []
    for shard in ("1/2", "2/2"):
        acme.gradcheck("acme", "--shard", shard, "--json", "shard.json")
        names += [op["name"] for op in json.loads((acme.path / "shard.json").read_text())["ops"]]
    assert sorted(names) == ["acme::less", "acme::planned", "acme::softplus", "acme::twice"]


def test_nightly_keeps_its_failures_and_starts_with_them(acme):
    nightly = ("acme::softplus", "--profile", "nightly", "--order", "1", "--json", "found.json")

    def value():
        assert acme.gradcheck(*nightly).returncode == WRONG
        properties = json.loads((acme.path / "found.json").read_text())["ops"][0]["properties"]
        return next(found for found in properties if found["name"] == "value")

    assert value()["examples"] > 0
    assert (acme.path / ".mutorch" / "failures").is_dir()
    assert value()["examples"] == 0  # the kept one came first
    left = {path.name for path in acme.path.iterdir()} - {"__pycache__"}
    assert left == {"acme_ops.py", "acme_ops-1.0.dist-info", ".mutorch", "found.json"}


def test_a_checkers_own_pytest_is_not_disturbed_by_what_lies_around(acme):
    acme.path.joinpath("pytest.ini").write_text("[pytest]\naddopts = --no-such-option\n")
    acme.path.joinpath("conftest.py").write_text("raise RuntimeError('not mine')\n")
    done = acme.gradcheck("acme::twice")
    assert done.returncode == RIGHT, done.stderr
