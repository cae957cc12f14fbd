"""The inbox of a person holds what rooms above add: the most urgent first, whatever room it comes from."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from handover.transfers import selectors, waiting
from handover.transfers.waiting import Waits
from live import drawing
from live.inbox import Subject

pytestmark = pytest.mark.django_db


@pytest.fixture
def say(monkeypatch):
    """say(Waits...): a room above says that this waits, and draws it by its event."""

    def register(*waits):
        monkeypatch.setattr(waiting, "_providers", [lambda actor: waits])
        monkeypatch.setattr(drawing, "_drawers", dict(drawing._drawers))
        for each in waits:
            drawing.register_drawer(
                each.event,
                lambda items: {item.pk: {"title": item.event, "url": f"/{item.subject_id}/"} for item in items},
            )

    return register


def test_an_emergency_of_another_room_stands_above_a_handover(sent_handover, lee, actor, say):
    old, now = timezone.now() - timedelta(hours=1), timezone.now()
    say(
        Waits("letter.calm", Subject("letter", uuid4()), now),
        Waits("letter.urgent", Subject("letter", uuid4()), old, rank=0),
    )
    lines = [line for line in selectors.inbox_page(actor(lee)) if line.needs_me]
    assert [line.event for line in lines][0] == "letter.urgent"
    assert {"handover.sent", "letter.calm"} <= {line.event for line in lines}
    assert selectors.inbox_count(actor(lee)) == 3


def test_what_its_room_does_not_draw_for_this_reader_is_not_shown(lee, actor, monkeypatch):
    monkeypatch.setattr(
        waiting, "_providers", [lambda actor: [Waits("letter.lost", Subject("letter", uuid4()), timezone.now())]]
    )
    assert selectors.inbox_page(actor(lee)) == []
