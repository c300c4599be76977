"""`mutorch plugins --explain NAME`."""

import re

import pytest

ACME = """
from mutorch_core import Array, hookimpl, op

@op("acme::double")
def double(x: Array, /) -> Array:
    return x * 2.0

@double.vjp("x")
def _(g):
    return g * 2.0

@op("acme::sign", nondiff=("x1", "x2"), operator="^")
def sign(x1: Array, x2: Array, /) -> Array:
    return x1 * x2

twice = double

@hookimpl
def mutorch_register_ops(namespace, api_version):
    return [double, sign]

@hookimpl
def mutorch_gradcheck_samples(op):
    return None
"""


def sections(text):
    """The lines below each heading."""
    found = {}
    for line in text.splitlines():
        heading = line[:14].strip()
        lines = found[heading] if not heading else found.setdefault(heading, [])
        lines.append(line[14:])
        found[""] = lines
    return found


@pytest.mark.parametrize("name", ["acme", "acme-ops", "acme_ops_module"])
def test_a_working_plugin_is_explained_in_full(site, name):
    site.install("acme-ops", "acme", ACME, requires=["numpy", "mutorch>=0.0.1"], provides=["special"])
    done = site.mutorch("plugins", "--explain", name, MUTORCH_DISABLE="acme::sign,basic::bitwise_xor,basic::max")
    assert done.returncode == 0, done.stderr
    headings = sections(done.stdout)
    assert headings["plugin"] == ["acme"]
    assert headings["status"] == ["ok"]
    assert headings["distribution"] == ["acme-ops 1.0"]
    assert headings["entry point"] == ["acme = acme_ops_module"]
    assert headings["module"] == [f"acme_ops_module ({site.path / 'acme_ops_module.py'})"]
    assert headings["requires"] == ["mutorch>=0.0.1"]
    assert re.fullmatch(r"\d+\.\d{3} s", headings["import took"][0])
    assert headings["provides"] == ["special"]
    assert headings["operators"] == ["none"]
    assert headings["hooks"] == ["mutorch_gradcheck_samples, mutorch_register_ops"]
    assert headings["switches"] == [
        "MUTORCH_DISABLE=acme::sign,basic::bitwise_xor,basic::max, acme::sign is off by MUTORCH_DISABLE=acme::sign"
    ]
    assert headings["ops"] == ["1", "acme::double  (also twice)"]
    assert "reason" not in headings


def test_the_operators_of_a_plugin_are_listed(site):
    site.install("acme-ops", "acme", ACME)
    done = site.mutorch("plugins", "--explain", "acme", MUTORCH_DISABLE="basic::bitwise_xor")
    assert sections(done.stdout)["operators"] == ["^"]


def test_a_broken_plugin_is_explained_with_its_traceback(site):
    site.install("acme-ops", "acme", "def late():\n    return 1 / 0\n\nlate()\n", version="2.5")
    headings = sections(site.mutorch("plugins", "--explain", "acme").stdout)
    assert headings["status"] == ["broken"]
    assert headings["reason"][0].startswith("ZeroDivisionError: division by zero [")
    assert headings["reason"][0].endswith("acme_ops_module.py:2]")
    assert headings["distribution"] == ["acme-ops 2.5"]
    assert headings["traceback"][0] == "Traceback (most recent call last):"
    assert headings["traceback"][-1] == "ZeroDivisionError: division by zero"
    assert any("in late" in line for line in headings["traceback"])
    assert headings["ops"] == ["0"]


def test_metadata_without_a_name_is_reported(site):
    site.install("acme-ops", "acme", ACME.replace(', operator="^"', ""), metadata="Metadata-Version: 2.1\n")
    headings = sections(site.mutorch("plugins", "--explain", "acme").stdout)
    assert headings["status"] == ["ok"]
    assert headings["metadata"] == ["its metadata has no Name and no Version"]


def test_an_unknown_name_is_an_error_that_names_the_known_ones(site):
    done = site.mutorch("plugins", "--explain", "acme")
    assert done.returncode == 2
    assert "no plugin is called 'acme'; installed: basic, nn" in done.stderr
    assert "for people" in site.mutorch("plugins", "--explain", "nn", "--json").stderr
