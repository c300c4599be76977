"""The pytest run that the command is: on the ops' items alone, and on nothing that lies around."""

from __future__ import annotations

import os
import signal
import tempfile
import threading
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import attrs

from mutorch_core.gradcheck.face import Face
from mutorch_core.gradcheck.profiles import PROFILES, Profile

__all__ = ["Request", "run_pytest"]


@attrs.frozen
class Request:
    """What was asked for on the command line."""

    profile: str
    order: int
    backend: str
    seed: int | None
    case: str | None
    timeout: float | None
    jobs: int
    junit: str | None

    @property
    def limited(self) -> Profile:
        """The profile with the time limit that was asked for."""
        return PROFILES[self.profile].limited(self.timeout)

    def arguments(self) -> Iterator[str]:
        """The same for pytest."""
        profile = self.limited.seeded(self.seed)  # one seed for all processes
        yield from (f"--gradcheck-profile={self.profile}", f"--gradcheck-order={self.order}")
        yield from (f"--gradcheck-seed={profile.seed}", f"--gradcheck-backend={self.backend}")
        if self.timeout is not None:
            yield f"--gradcheck-timeout={self.timeout}"
        if self.case is not None:
            yield f"--gradcheck-case={self.case}"
        if self.jobs > 1:
            yield from ("-p", "xdist", "-n", str(self.jobs), "--dist", "loadscope")
        if self.junit is not None:
            yield f"--junitxml={Path(self.junit).resolve()}"


OWN = ("-p", "no:cacheprovider", "-p", "no:terminal", "--capture=sys", "-p", "mutorch_core.gradcheck.pytest_plugin")


def run_pytest(chosen: Sequence[Any], request: Request, face: Face) -> None:
    """Run pytest in an empty folder, with no plugins but xdist and this one; what it finds is in the face's run."""
    import pytest

    variables = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": ""}
    interrupted = False
    with tempfile.TemporaryDirectory() as folder, environment(HYPOTHESIS_STORAGE_DIRECTORY=folder, **variables):
        configuration = Path(folder, "pytest.ini")
        configuration.write_text("[pytest]\n")
        arguments = [folder, "-c", str(configuration), "--rootdir", folder, *OWN, "--gradcheck", "--gradcheck-apart"]
        arguments += [*(f"--gradcheck-op={op.name}" for op in chosen), *request.arguments()]
        try:
            with terminable(), face.start():
                pytest.main(arguments, plugins=[face])
        except KeyboardInterrupt:  # before or after the part of it in which pytest looks for that
            interrupted = True
    face.run.close(interrupted or face.interrupted)


@contextmanager
def environment(**values: str) -> Generator[None]:
    """Environment variables for this process and its workers, for a while."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextmanager
def terminable() -> Generator[None]:
    """Let SIGTERM, which a CI sends to a job that it gives up, end a run as Ctrl-C does: with a report."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before or signal.SIG_DFL)


def interrupt(number: int, frame: Any) -> NoReturn:
    """As Ctrl-C does."""
    raise KeyboardInterrupt
