"""What a screen holds of a thread, and what each event makes of it: a screen that has missed none shows the truth.

A snapshot is {"thread": id, "members": [...], "messages": [...]}; an event of a message carries that message whole, one
of the members all of them. tests/messaging/test_snapshot.py holds this to a snapshot that is taken anew.
"""

from collections.abc import Mapping
from typing import Any

Snapshot = Mapping[str, Any]


def applied(snapshot: Snapshot, view: Mapping[str, Any] | None) -> Snapshot:
    """The snapshot after an event of this view; as it was, where the event is of another thread or of nobody's."""
    if view is None or view.get("thread") != snapshot["thread"]:
        return snapshot
    after = dict(snapshot)
    if "members" in view:
        after["members"] = view["members"]
    if "message" in view:
        told = view["message"]
        others = [one for one in snapshot["messages"] if one["number"] != told["number"]]
        after["messages"] = sorted([*others, told], key=lambda one: int(one["number"]))
    return after
