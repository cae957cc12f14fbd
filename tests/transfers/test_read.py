"""Opening and reading: rungs that only somebody it is addressed to can reach, once, on a device."""

from uuid import uuid4

import pytest

from handover.transfers import services
from live.models import InboxItem, Rung
from live.refusals import Conflict, Denied, NotFound
from tests.fixtures_transfers import make_synthesis
from tests.transfers.acts import logged, rungs

pytestmark = pytest.mark.django_db


def told_of(handover):
    return {"handover_id": handover.pk, "version_id": handover.current_id}


def test_each_rung_has_its_device_and_reaches_the_sender(actor, amara, lee, patient, sent_handover, read):
    read(sent_handover, lee)
    assert rungs(sent_handover.current_id, lee) == {"stored", "opened", "read"}
    rung = Rung.objects.get(subject_id=sent_handover.current_id, name="read")
    assert (rung.device, rung.session_id) == ("Test phone", actor(lee).session_id)
    climbed = InboxItem.objects.filter(person_id=amara.pk, event="ladder.climbed", subject_id=rung.pk)
    assert climbed.count() == 1
    assert logged(patient)[-2:] == ["handover.opened", "handover.read"]


def test_who_reads_to_the_end_has_opened_it(actor, lee, sent_handover):
    services.read_handover(actor(lee), key=uuid4(), **told_of(sent_handover))
    assert rungs(sent_handover.current_id, lee) == {"stored", "opened", "read"}


def test_a_second_time_is_no_second_rung_and_no_second_event(actor, lee, patient, sent_handover):
    for _ in range(3):
        services.open_handover(actor(lee), key=uuid4(), **told_of(sent_handover))
    assert logged(patient, "handover.opened") == ["handover.opened"]


def test_the_sender_the_outsider_and_the_ward_across_reach_no_rung(actor, amara, noor, agent_person, sent_handover):
    for person, refusal in ((amara, Denied), (noor, NotFound), (agent_person, NotFound)):
        with pytest.raises(refusal):
            services.open_handover(actor(person), key=uuid4(), **told_of(sent_handover))
        assert rungs(sent_handover.current_id, person) == set()


def test_somebody_off_duty_sees_it_and_does_not_climb_for_those_who_are_on(actor, make_person, ward, sent_handover):
    off_duty = make_person("isa@readback.example", "Isa Thornapple", "nurse", unit=ward, on_duty=False)
    with pytest.raises(Denied, match="not addressed to you"):
        services.open_handover(actor(off_duty), key=uuid4(), **told_of(sent_handover))


def test_what_was_withdrawn_is_read_by_nobody(actor, amara, lee, send, draft):
    send(draft, to=lee)
    services.withdraw_handover(actor(amara), key=uuid4(), handover_id=draft.pk)
    with pytest.raises(NotFound):
        services.read_handover(actor(lee), key=uuid4(), **told_of(draft))


def test_a_version_of_another_handover_is_not_found(
    actor, lee, noor, send, write_draft, amara, sent_handover, make_patient, emergency
):
    other = send(write_draft(amara, make_patient(emergency)), to=lee)
    with pytest.raises(NotFound):
        services.read_handover(actor(lee), key=uuid4(), handover_id=sent_handover.pk, version_id=other.current_id)


def test_reading_the_old_version_is_not_reading_the_new_one(actor, amara, lee, sent_handover, read, say_back):
    old = sent_handover.current_id
    services.renew_handover(actor(amara), key=uuid4(), handover_id=sent_handover.pk)
    services.read_handover(actor(lee), key=uuid4(), handover_id=sent_handover.pk, version_id=old)
    sent_handover.refresh_from_db()
    assert rungs(old, lee) >= {"read"}
    assert "read" not in rungs(sent_handover.current_id, lee)
    with pytest.raises(Conflict, match="Read it to the end first"):
        services.say_back(actor(lee), key=uuid4(), **told_of(sent_handover), synthesis=make_synthesis())
