"""A task that is due soon, or was, waits in its owner's inbox; the others stand with their patients."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from handover.patients import access
from handover.transfers import selectors, services
from handover.transfers.models import OpenAction
from ledger.models import Event

pytestmark = pytest.mark.django_db


@pytest.fixture
def action(accepted_handover):
    """action(minutes): the first task that Lee has taken with the patient is due in so many minutes, the rest never."""

    def due_in(minutes):
        OpenAction.objects.update(due=None)
        row = OpenAction.objects.order_by("pk").first()
        row.due = timezone.now() + timedelta(minutes=minutes)
        row.save(update_fields=["due"])
        return row

    return due_in


def lines(actor, person):
    """What waits for this person of their tasks."""
    return [line for line in selectors.inbox_page(actor(person)) if line.event == "action.due"]


def test_what_is_due_within_the_hour_waits_for_its_owner_with_who_it_is_for(actor, lee, action, patient):
    action(50)
    (line,) = lines(actor, lee)
    assert line.needs_me
    assert line.title.startswith("Task due ")
    assert "FENWICKLE, Odalys" in line.line
    assert line.url == f"/patients/{patient.pk}/"
    assert Event.objects.filter(event="patient.listed", agent_id=lee.pk, patient_id=patient.pk).exists()


def test_what_is_late_says_so_and_stands_above_what_is_due(actor, lee, action):
    late = action(-10)
    other = OpenAction.objects.exclude(pk=late.pk).first()
    OpenAction.objects.filter(pk=other.pk).update(due=timezone.now() + timedelta(minutes=5))
    first, second = lines(actor, lee)
    assert first.title.startswith("Task late: it was due ")
    assert second.title.startswith("Task due ")
    assert first.rank < second.rank


def test_what_is_due_later_does_not_wait(actor, lee, action):
    action(90)
    assert lines(actor, lee) == []


def test_nobody_else_has_it_in_theirs(actor, amara, noor, action):
    action(10)
    assert lines(actor, amara) == []
    assert lines(actor, noor) == []


def test_once_it_is_done_it_waits_no_longer(actor, lee, action):
    row = action(10)
    before = selectors.inbox_count(actor(lee))
    services.finish_action(actor(lee), key=uuid4(), action_id=row.pk)
    assert lines(actor, lee) == []
    assert selectors.inbox_count(actor(lee)) == before - 1


def test_of_a_patient_whom_its_owner_may_not_see_any_more_nothing_is_told(actor, lee, action, monkeypatch):
    row = action(10)
    monkeypatch.setattr(access, "visible_to", lambda actor: type(row.patient).objects.none())
    assert lines(actor, lee) == []
