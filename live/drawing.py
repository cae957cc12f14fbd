"""How an event is drawn for its reader: rooms above register a drawer per event, the hub calls them in batches.

A drawer is told the items (reader, event, subject) and gives a view for each: plain JSON, or None when that reader may
no longer see it. It reads the permissions anew, and records the read in the same transaction.
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

from django.db import InterfaceError, OperationalError, transaction

from live.models import InboxItem

logger = logging.getLogger("readback.live")

View = Mapping[str, object]
Drawer = Callable[[Sequence[InboxItem]], Mapping[int, View | None]]
_drawers: dict[str, Drawer] = {}


def register_drawer(event: str, drawer: Drawer) -> None:
    """From now on `drawer` draws `event`: item.id -> view, or None. It runs in a thread of the pool."""
    _drawers[event] = drawer


def drawn_events() -> frozenset[str]:
    """The events that have a drawer."""
    return frozenset(_drawers)


def draw(items: Sequence[InboxItem]) -> dict[int, View | None]:
    """A view per item, None for an event without a drawer. In the caller's transaction; raises what a drawer raises."""
    by_event: dict[str, list[InboxItem]] = defaultdict(list)
    for item in items:
        by_event[item.event].append(item)
    views: dict[int, View | None] = dict.fromkeys((item.pk for item in items), None)
    for event, group in by_event.items():
        drawer = _drawers.get(event)
        if drawer is not None:
            views.update(drawer(group))
    return views


def fetch_and_draw(fetch: Callable[[], list[InboxItem]]) -> tuple[list[InboxItem], dict[int, View | None]]:
    """The items that `fetch` reads and their views, in one transaction, which is committed when this returns.

    Where one item cannot be drawn the others are drawn all the same. Raises what `fetch` raises.
    """
    items: list[InboxItem] = []
    try:
        with transaction.atomic():
            items = fetch()
            return items, draw(items)
    except Exception:
        if not items:
            raise
    return items, draw_each(items)


def draw_each(items: Sequence[InboxItem]) -> dict[int, View | None]:
    """The same after draw() has failed: each item in a transaction of its own, None for one that cannot be drawn.

    A failure must not hold up the stream behind it: the frame goes out without content, and the page that the reader
    opens next shows the error that there is. Raises what a database raises that cannot be reached: that passes.
    """
    views: dict[int, View | None] = {}
    for item in items:
        try:
            with transaction.atomic():
                views.update(draw([item]))
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            logger.exception("live.not_drawn", extra={"event": item.event})
            views[item.pk] = None
    return views
