"""The pytest run behind the command, isolated from the user's configuration, plugins and files."""

from __future__ import annotations

import os
import signal
import tempfile
import threading
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

from mutorch_core.gradcheck.reporting.progress import ProgressPlugin

__all__ = ["run_pytest"]


BLOCKED_PLUGINS = ("cacheprovider", "logging", "terminal")

OPTIONS = (
    *(f"-pno:{name}" for name in BLOCKED_PLUGINS),
    "--capture=sys",
    "-p",
    "mutorch_core.gradcheck.execution.pytest_plugin",
)


ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
"""Environment of worker processes: the threads of their linear algebra would compete for the same cores."""


def run_pytest(selected_ops: Sequence[Any], arguments: Iterable[str], progress: ProgressPlugin) -> None:
    """Run pytest in an empty folder with xdist and this plugin alone; results go to the progress plugin's run."""
    import pytest

    variables = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": "", **ONE_THREAD}
    interrupted = False
    with tempfile.TemporaryDirectory() as folder, environment(HYPOTHESIS_STORAGE_DIRECTORY=folder, **variables):
        configuration = Path(folder, "pytest.ini")
        configuration.write_text("[pytest]\n")
        started = [folder, "-c", str(configuration), "--rootdir", folder, *OPTIONS, "--gradcheck", "--gradcheck-apart"]
        started += [f"--gradcheck-op={op.name}" for op in selected_ops]
        try:
            with terminable(), progress.start():
                pytest.main([*started, *arguments], plugins=[progress])
        except KeyboardInterrupt:  # outside of the part that pytest handles
            interrupted = True
    progress.run.close(interrupted or progress.interrupted)


@contextmanager
def environment(**values: str) -> Generator[None]:
    """Set environment variables for this process and its children within a block."""
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
    """Treat SIGTERM as Ctrl-C within a block, so that a cancelled CI job still reports."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before or signal.SIG_DFL)


def interrupt(number: int, frame: Any) -> NoReturn:
    """Raise KeyboardInterrupt."""
    raise KeyboardInterrupt
