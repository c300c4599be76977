"""What a distribution requires of Mutorch, and whether this release meets it."""

from __future__ import annotations

from email.message import Message
from types import SimpleNamespace

import pytest

from mutorch_core.plugins import discovery
from mutorch_core.plugins.discovery import DistributionMetadata


def source(*requirements):
    message = Message()
    message["Name"], message["Version"] = "acme-ops", "1.0"
    for requirement in requirements:
        message["Requires-Dist"] = requirement
    return DistributionMetadata(SimpleNamespace(metadata=message, _path=None))


@pytest.mark.parametrize("version", ["1.0.dev1", "1.0a1", "1.0rc1", "1.0", "1.0.post1"])
@pytest.mark.parametrize(
    ("requirement", "lowest"), [("mutorch>=0.5", "1.0.dev1"), ("mutorch>=1.0rc1", "1.0rc1"), ("mutorch>=1.0", "1.0")]
)
def test_a_pre_release_meets_what_its_order_among_versions_meets(monkeypatch, version, requirement, lowest):
    order = ["1.0.dev1", "1.0a1", "1.0rc1", "1.0", "1.0.post1"]
    monkeypatch.setattr(discovery, "__version__", version)
    met = order.index(version) >= order.index(lowest)
    assert source("numpy", requirement).unmet_requirement() == (None if met else requirement)
