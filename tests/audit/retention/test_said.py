"""What was said about a patient in a conversation or by a page is part of the record: kept, held and erased with it."""

from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from audit.retention import holds
from audit.retention.due import due, is_due
from handover.messaging import services as messaging
from handover.messaging.models import Message
from handover.messaging.sealed import text_of
from handover.messaging.services import Between, Said, To
from handover.paging import services as paging
from handover.paging.models import Page
from handover.paging.sealed import sbar_of
from handover.paging.services import Wanted
from live.acting import acting_as_system
from tests.audit.retention.test_erasure import fire
from vault.errors import KeyDestroyed
from vault.services import Scope, destroy

pytestmark = pytest.mark.django_db


@pytest.fixture
def say(actor, amara, lee):
    """say(patient): Amara writes to Lee about the patient."""

    def send(patient):
        # Whatever went back in the years before left them immediate; outside a test each act has its own transaction.
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        thread = messaging.open_thread(actor(amara), key=uuid4(), between=Between(patient_id=patient.pk))
        said = Said("Lactate 4.1", "urgent")
        return messaging.send_message(actor(amara), key=uuid4(), thread_id=thread.pk, said=said, to=To([lee.pk]))

    return send


@pytest.fixture
def page(actor, amara, lee):
    """page(patient): Amara pages Lee about the patient."""

    def send(patient):
        actor(lee)
        wanted = Wanted(level="urgent", words={"situation": "NEWS2 7"}, person_id=lee.pk)
        return paging.send_page(actor(amara), key=uuid4(), patient_id=patient.pk, wanted=wanted)

    return send


@pytest.mark.parametrize("how", ["say", "page"])
def test_whoever_was_written_or_paged_about_yesterday_is_due_for_no_erasure(request, old, how):
    with acting_as_system("test"):
        assert [row.patient_id for row in due()] == [old.pk]
    request.getfixturevalue(how)(old)
    with acting_as_system("test"):
        assert due() == []
        assert not is_due(old.pk)


@pytest.mark.parametrize("how", ["say", "page"])
def test_what_is_said_while_an_erasure_waits_stops_it(request, old, due_erasure, how):
    row = due_erasure(old)
    request.getfixturevalue(how)(old)
    assert fire(row).erased is None


# The property: one act holds the whole record. Attacked by destroying the key that each thing said lies under.
def test_one_hold_keeps_what_was_said_and_paged(say, page, patient, actor, officer):
    message, sent = say(patient), page(patient)
    holds.place(actor(officer), key=uuid4(), record_number="4471 0893", case="24-1107", reason="The court asks")
    with pytest.raises(IntegrityError, match="legal hold"), transaction.atomic():
        destroy(Scope.patient(patient.pk))
    assert text_of(message, thread=message.thread) == "Lactate 4.1"
    assert sbar_of(sent).situation == "NEWS2 7"


def test_an_erasure_takes_what_was_said_and_paged_with_the_rest(say, page, patient, without_key):
    message, sent = say(patient), page(patient)
    without_key(patient)
    with acting_as_system("test"):
        message, sent = Message.objects.select_related("thread").get(pk=message.pk), Page.objects.get(pk=sent.pk)
    with pytest.raises(KeyDestroyed):
        text_of(message, thread=message.thread)
    with pytest.raises(KeyDestroyed):
        sbar_of(sent)
