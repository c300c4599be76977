"""`mutorch new`: the names and folders that it refuses."""

import pytest
from click.testing import CliRunner

from mutorch_core.cli import main
from mutorch_core.version import __version__


def new(*arguments):
    return CliRunner().invoke(main, ["new", *map(str, arguments)])


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Acme", "'Acme' can't be a namespace: write a-z, 0-9 and single _, a letter first; acme would do"),
        ("fast-math-ops", "fast_math would do"),
        ("2d", "a letter first; d would do"),
        ("__", "a letter first\n"),
        ("acme/../x", "acme_x would do"),
        ("lambda", "'lambda' can't be a namespace: Python has it"),
        ("core", "'core' can't be a namespace: the engine has it"),
        ("basic", f"the namespace 'basic' is taken by mutorch {__version__}, which is installed: choose another"),
    ],
)
def test_an_invalid_name_is_refused_and_nothing_is_written(tmp_path, name, text):
    done = new("--into", tmp_path, "--", name)
    assert done.exit_code == 2
    assert text in done.stderr
    assert not list(tmp_path.iterdir())


def test_an_existing_folder_is_not_changed(tmp_path):
    folder = tmp_path / "acme-ops"
    folder.mkdir()
    done = new("acme", "--into", tmp_path)
    assert done.exit_code == 2
    assert f"{folder} exists: nothing was written" in done.stderr
    assert not list(folder.iterdir())


def test_a_folder_that_cannot_be_written_is_an_error(tmp_path):
    tmp_path.joinpath("file").write_text("")
    done = new("acme", "--into", tmp_path / "file" / "below")
    assert done.exit_code == 1
    assert "can't be written" in done.stderr
