"""Start-up time does not grow with 300 foreign distributions installed."""

import json

import pytest

FOREIGN = 300
PROBE = """
import collections, json, os, sys
opened = collections.Counter()

def note(event, arguments):
    if event == "open" and isinstance(arguments[0], str):
        opened[os.path.relpath(arguments[0], FOLDER)] += 1

def metadata():
    return {path: times for path, times in opened.items() if ".dist-info" in path and not path.startswith("..")}

sys.addaudithook(note)
import mutorch_core as mt
at_import = metadata()
x, y = mt.Var(2.0), mt.Var(3.0)
assert (x * y).value == 6.0
modules = [name for name in sys.modules if name.startswith("foreign")]
read = metadata()
mt.plugins.records()
all_read = metadata()
print(json.dumps([at_import, modules, read, all_read]))
"""


@pytest.fixture(scope="module")
def opened_files(shared_site):
    """The files that a process with 300 foreign op packages opened, and the modules that it imported."""
    for number in range(FOREIGN):
        shared_site.install(
            f"foreign{number}", f"foreign{number}", "raise SystemExit('imported')", requires=["mutorch>=99"]
        )
    done = shared_site.python("-c", f"FOLDER = {str(shared_site.path)!r}\n{PROBE}")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_importing_the_core_reads_no_metadata(opened_files):
    assert opened_files[0] == {}


def test_the_first_product_imports_no_foreign_package(opened_files):
    assert opened_files[1] == []


def test_the_first_product_reads_the_entry_points_of_each_once_and_nothing_else(opened_files):
    assert opened_files[2] == {f"foreign{number}-1.0.dist-info/entry_points.txt": 1 for number in range(FOREIGN)}


def test_no_metadata_is_read_twice(opened_files):
    assert len(opened_files[3]) == 2 * FOREIGN
    assert set(opened_files[3].values()) == {1}
