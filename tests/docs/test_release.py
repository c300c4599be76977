"""The release script compares version, changelog and tag, and the distributions contain the licence."""

import email
import runpy
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "docs" / "contributing" / "release.py"
RELEASE = runpy.run_path(str(SCRIPT))
CHANGELOG = """\
# Changelog

## 1.3.0, 2026-03-01

- New.

  A paragraph.

## 1.2.0, 2026-01-31

- Old.
"""


@pytest.fixture
def checkout(tmp_path):
    """A function that writes version and changelog of a checkout."""
    (tmp_path / "mutorch_core").mkdir()
    (tmp_path / "docs").mkdir()

    def write(version="1.3.0", changelog=CHANGELOG):
        (tmp_path / "mutorch_core" / "version.py").write_text(f'"""The release."""\n\n__version__ = "{version}"\n')
        (tmp_path / "docs" / "changelog.md").write_text(changelog)
        return tmp_path

    return write


def test_a_tag_that_agrees_with_version_and_changelog_can_be_published(checkout):
    assert list(RELEASE["problems"]("v1.3.0", checkout())) == []


@pytest.mark.parametrize(
    ("tag", "version", "changelog", "problem"),
    [
        ("v1.2.0", "1.3.0", CHANGELOG, "the tag v1.2.0 is not v1.3.0"),
        ("1.3.0", "1.3.0", CHANGELOG, "the tag 1.3.0 is not v1.3.0"),
        ("v1.4.0", "1.4.0", CHANGELOG, "no section '## 1.4.0, YYYY-MM-DD'"),
        ("v1.2.0", "1.2.0", CHANGELOG, "starts with 1.3.0"),
        ("v1.3.0", "1.3.0", CHANGELOG.replace("2026-03-01", "unreleased"), "dates 1.3.0 'unreleased'"),
        ("v1.3.0", "1.3.0", CHANGELOG.replace("2026-03-01", "20260301"), "dates 1.3.0 '20260301'"),
        ("v1.3.0", "1.3.0", "# Changelog\n\n## 1.3.0, 2026-03-01\n", "says nothing about 1.3.0"),
    ],
)
def test_each_disagreement_is_named(checkout, tag, version, changelog, problem):
    (found,) = RELEASE["problems"](tag, checkout(version, changelog))
    assert problem in found


def test_the_notes_are_the_section_of_the_tag_alone(checkout):
    assert RELEASE["notes"]("v1.3.0", checkout()) == "- New.\n\n  A paragraph."
    assert RELEASE["notes"]("v1.2.0", checkout()) == "- Old."
    with pytest.raises(SystemExit, match=r"no section '## 9.0.0, YYYY-MM-DD'; it has: 1.3.0, 1.2.0"):
        RELEASE["notes"]("v9.0.0", checkout())


def test_a_version_that_is_no_release_is_refused(checkout):
    with pytest.raises(SystemExit, match="has no line like"):
        RELEASE["version"](checkout("1.3"))


def test_the_command_reads_this_checkout():
    import mutorch_core as mt

    def run(*arguments):
        return subprocess.run([sys.executable, str(SCRIPT), *arguments], capture_output=True, text=True, check=False)

    wrong = run("check", "v0.0.0")
    assert wrong.returncode == 1
    assert f"the tag v0.0.0 is not v{mt.__version__}" in wrong.stderr
    notes = run("notes")
    assert notes.returncode == 0
    assert notes.stdout.strip() == RELEASE["notes"](f"v{mt.__version__}")


def test_wheel_and_sdist_have_the_licence_the_version_and_the_type_markers(tmp_path):
    pytest.importorskip("hatchling")
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    (wheel,), (sdist,) = tmp_path.glob("*.whl"), tmp_path.glob("*.tar.gz")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        (metadata,) = [name for name in names if name.endswith(".dist-info/METADATA")]
        described = email.message_from_bytes(archive.read(metadata))
        (licence,) = [name for name in names if "/licenses/" in name]
        assert archive.read(licence) == (ROOT / "docs" / "LICENSE").read_bytes()
    assert described["Version"] == RELEASE["version"]()
    assert described["License-Expression"] == "MIT"
    assert {f"{package}/py.typed" for package in ("mutorch_core", "mutorch_ops_basic", "mutorch_ops_nn")} <= set(names)
    with tarfile.open(sdist) as archive:
        assert any(name.endswith("/docs/LICENSE") for name in archive.getnames())
