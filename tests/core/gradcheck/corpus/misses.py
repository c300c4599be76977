"""The faults that the checker does not catch, each with the reason. The suite holds this table exact."""

from __future__ import annotations

__all__ = ["MISSES", "NOT_NAMED"]

NOT_NAMED: dict[str, str] = {}
"""The faults that are caught and not called by their name, each with the reason; held exact too."""

MISSES: dict[str, str] = {}
"""By fault and site, as `sign at basic::add.x1`: why no draw of the `ci` profile can show it."""
