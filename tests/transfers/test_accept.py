"""Accepting: exactly the version that was read, by who said it back; then the patient is theirs."""

from datetime import timedelta
from uuid import uuid4

import pytest

from handover.patients import access
from handover.transfers import selectors, services
from handover.transfers.models import Acceptance, Handover, OpenAction, Responsibility
from live.refusals import Conflict, Denied, NotFound
from tests.fixtures_transfers import make_synthesis
from tests.transfers.acts import logged, rungs, told

pytestmark = pytest.mark.django_db


def with_digest(handover, **changes):
    handover.refresh_from_db()
    told_of = {
        "key": uuid4(),
        "handover_id": handover.pk,
        "version_id": handover.current_id,
        "digest": bytes(handover.current.digest).hex(),
    }
    return {**told_of, **changes}


def test_the_patient_and_the_open_actions_are_lees_from_the_acceptance_on(
    actor, accepted_handover, patient, lee, amara
):
    assert accepted_handover.status == Handover.Status.ACCEPTED
    rows = Responsibility.objects.filter(patient=patient).order_by("since")
    assert [row.person for row in rows] == [amara, lee]
    assert rows[0].until == rows[1].since
    assert {action.owner for action in OpenAction.objects.filter(patient=patient)} == {lee}
    assert [each.what for each in selectors.open_actions(actor(lee), patient.pk, at=rows[1].since)] == [
        "Lactate again",
        "Tell her son",
    ]
    assert selectors.who_has(actor(amara), patient.pk)[0].person == lee


def test_the_log_the_ladder_and_the_sender_have_it(accepted_handover, patient, lee, amara):
    assert rungs(accepted_handover.current_id, lee) == {"stored", "opened", "read", "said_back", "accepted"}
    assert told(amara)[-1] == "handover.accepted"
    assert logged(patient)[-2:] == ["responsibility.passed", "handover.accepted"]
    row = Acceptance.objects.get()
    assert bytes(row.digest) == bytes(accepted_handover.current.digest)
    assert row.summary_number == 1


def test_it_is_what_the_page_showed_and_nothing_else(actor, lee, sent_handover, say_back):
    say_back(sent_handover, lee)
    for digest in ("", "00" * 32, "not hexadecimal", "überlang", "\ud83d" * 64):
        with pytest.raises(Conflict, match="not what would be accepted"):
            services.accept(actor(lee), **with_digest(sent_handover, digest=digest))
    assert not Acceptance.objects.exists()


def test_it_is_the_version_that_stands(actor, amara, lee, sent_handover, say_back):
    say_back(sent_handover, lee)
    old = with_digest(sent_handover)
    services.renew_handover(actor(amara), key=uuid4(), handover_id=sent_handover.pk)
    with pytest.raises(Conflict, match="has changed since you opened it. Read version 2"):
        services.accept(actor(lee), **old)


def test_it_is_read_and_said_back_first(actor, lee, sent_handover, read):
    with pytest.raises(Conflict, match="Read it to the end first"):
        services.accept(actor(lee), **with_digest(sent_handover))
    read(sent_handover, lee)
    with pytest.raises(Conflict, match="Say it back first"):
        services.accept(actor(lee), **with_digest(sent_handover))


def test_a_severity_said_back_differently_sends_them_back_to_the_text(actor, lee, sent_handover, say_back):
    say_back(sent_handover, lee, "stable")
    with pytest.raises(Conflict, match="You said back: Stable. The handover says otherwise"):
        services.accept(actor(lee), **with_digest(sent_handover))
    say_back(sent_handover, lee, "watcher")
    assert services.accept(actor(lee), **with_digest(sent_handover)).person == lee


def test_what_a_colleague_said_back_is_not_ones_own(actor, lee, make_person, ward, sent_handover, say_back, read):
    colleague = make_person("isa@readback.example", "Isa Thornapple", "nurse", unit=ward)
    say_back(sent_handover, lee)
    read(sent_handover, colleague)
    with pytest.raises(Conflict, match="Say it back first"):
        services.accept(actor(colleague), **with_digest(sent_handover))


def test_nobody_accepts_what_is_not_theirs_to_accept(actor, amara, noor, officer, sent_handover):
    for person, refusal in ((amara, Denied), (noor, NotFound), (officer, NotFound)):
        with pytest.raises(refusal):
            services.accept(actor(person), **with_digest(sent_handover))


def test_nobody_accepts_twice_and_the_same_key_gives_the_first_answer(actor, lee, sent_handover, say_back):
    say_back(sent_handover, lee)
    again = with_digest(sent_handover)
    first = services.accept(actor(lee), **again)
    assert services.accept(actor(lee), **again) == first
    with pytest.raises(Conflict, match="accepted already"):
        services.accept(actor(lee), **with_digest(sent_handover))


def test_the_others_it_was_addressed_to_learn_who_took_the_patient(make_person, ward, lee, draft, send, accept):
    colleague = make_person("isa@readback.example", "Isa Thornapple", "nurse", unit=ward)
    accept(send(draft, to=ward, destination=ward), lee)
    assert told(colleague) == ["handover.sent", "handover.accepted"]


def test_whoever_accepted_looks_back_for_a_day(accepted_handover, lee, patient):
    """However soon the patient is somebody else's: who received them can be asked, and look what they were told."""
    row = patient.relationships.get(reason="handover_received")
    assert (row.person, row.source_id) == (lee, accepted_handover.pk)
    assert row.ends - row.begins <= timedelta(hours=24)
    assert row.ends - row.begins > timedelta(hours=23)


def test_without_a_transfer_the_doors_close_behind_it(actor, lee, amara, noor, send, draft, accept, patient):
    accept(send(draft, to=noor), noor)
    assert access.relationship_for(actor(noor), patient.pk).reason == "responsible"
    row = patient.relationships.get(reason="handover_author")
    assert row.ends is not None
    assert Responsibility.objects.get(patient=patient, until__isnull=True).unit.name == "5 West"


def test_the_receivers_part_of_the_quality_is_kept(sent_handover, accept, lee):
    before = sent_handover.quality_score
    accept(sent_handover, lee)
    assert sent_handover.quality_score == before + 25


def test_an_older_acceptance_does_not_pass_the_patient_on_twice(actor, amara, lee, accepted_handover, accept, patient):
    services.renew_handover(actor(amara), key=uuid4(), handover_id=accepted_handover.pk)
    accept(accepted_handover, lee)
    assert Responsibility.objects.filter(patient=patient).count() == 2
    assert make_synthesis().illness_severity == "watcher"


def test_a_key_that_accepted_one_patient_does_not_say_done_of_another(
    actor, lee, draft, send, say_back, write_draft, make_patient, emergency
):
    second = write_draft(draft.author, make_patient(emergency))
    key, handovers = uuid4(), [send(draft, to=lee), send(second, to=lee)]
    for handover in handovers:
        say_back(handover, lee)
        handover.refresh_from_db()
    one, other = (
        {"handover_id": each.pk, "version_id": each.current_id, "digest": bytes(each.current.digest).hex()}
        for each in handovers
    )
    accepted = services.accept(actor(lee), key=key, **one)
    assert services.accept(actor(lee), key=key, **one) == accepted
    with pytest.raises(Conflict):
        services.accept(actor(lee), key=key, **other)
    second.refresh_from_db()
    assert second.status == "sent"
