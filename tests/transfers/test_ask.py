"""Asking: the question locks the gate until somebody of the sender's side has answered; 'call me' locks nothing."""

from uuid import uuid4

import pytest

from handover.transfers import selectors, services
from live.refusals import Conflict, Denied, Invalid, NotFound
from tests.transfers.acts import logged, told

pytestmark = pytest.mark.django_db


@pytest.fixture
def question(actor, lee, sent_handover):
    return services.ask(actor(lee), key=uuid4(), handover_id=sent_handover.pk, text="Did she have the 22:00 insulin?")


def test_the_sender_learns_and_both_sides_see_why_the_gate_is_locked(actor, amara, lee, sent_handover, question):
    assert told(amara) == ["handover.asked"]
    for person in (amara, lee):
        page = selectors.handover_page(actor(person), sent_handover.pk)
        locks = {reason.code: reason for reason in page.gate}
        assert locks["open_question"].words.startswith("A question from Lee Sparrowhawk waits for Amara Thistledown's")
        assert locks["open_question"].since == question.asked
        assert page.questions[0].text == "Did she have the 22:00 insulin?"


def test_the_answer_reaches_who_asked_and_opens_that_lock(actor, amara, lee, patient, sent_handover, question):
    services.answer(actor(amara), key=uuid4(), question_id=question.pk, text="Yes, 8 units.")
    assert told(lee) == ["handover.sent", "handover.answered"]
    page = selectors.handover_page(actor(lee), sent_handover.pk)
    assert page.questions[0].answer == "Yes, 8 units."
    assert "open_question" not in {reason.code for reason in page.gate}
    assert logged(patient)[-2:] == ["handover.asked", "handover.answered"]


def test_a_colleague_of_the_sender_may_answer_and_the_second_answer_is_refused(
    actor, make_person, emergency, amara, question
):
    colleague = make_person("bo@readback.example", "Bo Candlewick", "nurse", unit=emergency)
    services.answer(actor(colleague), key=uuid4(), question_id=question.pk, text="Yes.")
    with pytest.raises(Conflict):
        services.answer(actor(amara), key=uuid4(), question_id=question.pk, text="No.")


def test_it_refuses_who_asked_to_answer_themselves_and_who_sent_to_ask(actor, amara, lee, sent_handover, question):
    with pytest.raises(Denied):
        services.answer(actor(lee), key=uuid4(), question_id=question.pk, text="Never mind.")
    with pytest.raises(Denied):
        services.ask(actor(amara), key=uuid4(), handover_id=sent_handover.pk, text="Well?")


def test_it_refuses_an_empty_question_and_an_empty_answer(actor, amara, lee, sent_handover, question):
    with pytest.raises(Invalid):
        services.ask(actor(lee), key=uuid4(), handover_id=sent_handover.pk, text="  ")
    with pytest.raises(Invalid):
        services.answer(actor(amara), key=uuid4(), question_id=question.pk, text="")


def test_nobody_accepts_with_a_question_open(actor, lee, sent_handover, say_back, question):
    say_back(sent_handover, lee)
    with pytest.raises(Conflict, match="question is still open"):
        services.accept(
            actor(lee),
            key=uuid4(),
            handover_id=sent_handover.pk,
            version_id=sent_handover.current_id,
            digest=bytes(sent_handover.current.digest).hex(),
        )


def test_a_question_after_acceptance_locks_the_gate_again(actor, lee, amara, accepted_handover):
    services.ask(actor(lee), key=uuid4(), handover_id=accepted_handover.pk, text="Which arm?")
    with pytest.raises(Conflict, match="A question from Lee Sparrowhawk"):
        services.depart(actor(amara), key=uuid4(), transfer_id=accepted_handover.transfer_id)


def test_a_number_is_not_given_again_to_somebody_who_lost_the_patient(actor, amara, noor, draft, send):
    send(draft, to=noor)
    key = uuid4()
    services.request_call(actor(noor), key=key, handover_id=draft.pk)
    services.withdraw_handover(actor(amara), key=uuid4(), handover_id=draft.pk)
    with pytest.raises(NotFound):
        services.request_call(actor(noor), key=key, handover_id=draft.pk)


def test_call_me_gives_the_number_is_on_the_record_and_locks_nothing(actor, amara, lee, patient, sent_handover):
    before = selectors.handover_page(actor(lee), sent_handover.pk).gate
    key = uuid4()
    number = services.request_call(actor(lee), key=key, handover_id=sent_handover.pk)
    assert number == "020 7946 0111"
    assert services.request_call(actor(lee), key=key, handover_id=sent_handover.pk) == number
    assert logged(patient)[-1] == "handover.call_requested"
    assert told(amara) == ["handover.call_requested"]
    assert [r.code for r in selectors.handover_page(actor(lee), sent_handover.pk).gate] == [r.code for r in before]
