"""The isolation of the command's pytest run."""

import os
import signal
import threading
from contextlib import suppress

import pytest

from mutorch_core.gradcheck.execution.pytest_session import environment, terminable


def test_variables_are_set_within_the_block_and_put_back(monkeypatch):
    monkeypatch.setenv("MUTORCH_TEST_KEPT", "before")
    monkeypatch.delenv("MUTORCH_TEST_NEW", raising=False)
    with suppress(LookupError), environment(MUTORCH_TEST_KEPT="within", MUTORCH_TEST_NEW="new"):
        assert (os.environ["MUTORCH_TEST_KEPT"], os.environ["MUTORCH_TEST_NEW"]) == ("within", "new")
        raise LookupError
    assert os.environ["MUTORCH_TEST_KEPT"] == "before"
    assert "MUTORCH_TEST_NEW" not in os.environ


def test_a_termination_is_an_interrupt_within_the_block():
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(KeyboardInterrupt), terminable():
        signal.raise_signal(signal.SIGTERM)
    assert signal.getsignal(signal.SIGTERM) is before


def test_outside_of_the_main_thread_signals_are_left_alone():
    handlers = []

    def run():
        with terminable():
            handlers.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert handlers == [signal.getsignal(signal.SIGTERM)]
