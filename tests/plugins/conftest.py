"""Packages of `docs/plugins/`, built and installed into a folder of their own, and a fresh process that sees it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PLUGINS = Path(__file__).parents[2] / "docs" / "plugins"


def run(arguments, site=None, **environment):
    """Run a fresh Python with a folder of packages in front of its path."""
    path = os.pathsep.join(filter(None, [site and str(site), os.environ.get("PYTHONPATH")]))
    return subprocess.run(
        [sys.executable, *arguments],
        env={**os.environ, "PYTHONPATH": path, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="session")
def installed(tmp_path_factory):
    """The folder where a package is installed, as pip does it."""

    def install(package):
        target = tmp_path_factory.mktemp("site")
        options = ["--quiet", "--no-deps", "--no-build-isolation", "--target", str(target)]
        done = run(["-m", "pip", "install", *options, str(PLUGINS / package)])
        assert done.returncode == 0, done.stderr
        return target

    return install


@pytest.fixture(scope="session")
def said():
    """Return a program's output; warnings are errors."""

    def words(code, site=None, **environment):
        done = run(["-W", "error", "-c", code], site, **environment)
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    return words


@pytest.fixture(scope="session")
def checked():
    """Return the last line of `mutorch gradcheck` for an installed namespace."""

    def gradcheck(site, namespace, distribution):
        options = ["--namespace", namespace, "--profile", "quick", "--jobs", "2", "--require", distribution]
        call = f"from mutorch_core.cli import main; main(['gradcheck', *{options}], prog_name='mutorch')"
        done = run(["-c", call], site)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.strip().splitlines()[-1]

    return gradcheck
