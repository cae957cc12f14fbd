"""A page climbs until somebody owns it: who is asked when, what stops it, and that no way of it ends in silence."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, connection, connections, transaction

from accounts.models import Person
from handover.paging import selectors, services
from handover.paging.models import Page, PageAnswer, PageStep
from handover.paging.rules import Answer
from handover.paging.sealed import sbar_of
from handover.paging.services import Wanted, climbing
from handover.patients import access
from handover.patients.models import CareRelationship
from ledger.models import Event
from live import timers
from live.acting import acting_for
from live.models import Rung, Timer
from live.refusals import Conflict, Denied, Invalid, NotFound
from tests.paging.conftest import WORDS, asked, fresh, time_passes, told

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_page_is_with_whoever_holds_the_role_when_send_returns(page_out, noor, amara):
    page = page_out()
    assert (page.state, asked(page), told(noor, "paging.sent")) == ("waiting", [["Noor"]], 1)
    assert sbar_of(fresh(page)).situation == WORDS["situation"]
    assert Rung.objects.filter(subject_id=page.pk, person_id=noor.pk, name="stored").exists()
    assert told(amara, "paging.sent") == 0


def test_nothing_of_its_words_lies_open_in_its_row(page_out):
    page = page_out()
    with connection.cursor() as cursor:
        cursor.execute("SELECT paging_page::text FROM paging_page WHERE id = %s", [page.pk])
        (row,) = cursor.fetchone()
    assert "septic" not in row
    assert b"septic" not in bytes(fresh(page).sealed)


def test_sent_twice_with_one_key_it_is_one_page(page_out, noor):
    key = uuid4()
    assert page_out(key=key) == page_out(key=key)
    assert (Page.objects.count(), told(noor, "paging.sent")) == (1, 1)


def test_the_first_who_owns_it_stops_it(page_out, answer, noor, amara, lee):
    page = page_out()
    answer(noor, page)
    assert (fresh(page).state, fresh(page).owned_by) == ("owned", noor)
    assert told(amara, "paging.owned") == 1
    assert not Timer.objects.filter(kind=climbing.DUE).exists()
    assert (time_passes(60), asked(page), told(lee, "paging.sent")) == (0, [["Noor"]], 0)


def test_unanswered_it_goes_on_to_the_next_when_its_time_has_come_and_not_before(page_out, lee, amara):
    page = page_out()
    assert (time_passes(4), asked(page)) == (0, [["Noor"]])
    assert (time_passes(1.1), asked(page)) == (1, [["Noor"], ["Lee"]])
    assert (told(lee, "paging.sent"), told(amara, "paging.climbed")) == (1, 1)


def test_opening_it_is_no_answer(page_out, actor, noor, amara):
    page = page_out()
    assert services.open_page(actor(noor), page_id=page.pk)
    assert not services.open_page(actor(noor), page_id=page.pk)
    assert told(amara, "ladder.climbed") == 1
    time_passes(6)
    assert asked(page) == [["Noor"], ["Lee"]]


def test_busy_passes_it_on_at_once_and_the_one_who_was_busy_is_not_asked_again(page_out, answer, noor, amara):
    page = page_out()
    answer(noor, page, Answer.PASSES)
    assert (asked(page), told(amara, "paging.passed")) == ([["Noor"], ["Lee"]], 1)
    answer(noor, page, Answer.OWNS)
    assert fresh(page).owned_by == noor


def test_wrong_person_sends_it_on_at_once_and_closes_the_door(page_out, answer, noor, lee, actor):
    page = page_out()
    answer(noor, page, Answer.WRONG_PERSON)
    assert asked(page) == [["Noor"], ["Lee"]]
    with pytest.raises(NotFound):
        selectors.page_for(actor(noor), page.pk)
    # The door of whoever it went on to is open.
    assert selectors.page_for(actor(lee), page.pk).is_asked


def test_an_empty_step_is_passed_over_in_the_same_moment_and_reported(
    make_role, other_ward, lead, page_out, lee, amara
):
    empty = make_role(other_ward, "Stroke on call")
    page = page_out(role_id=empty.pk)
    assert asked(page) == ["-", ["Lee"]]
    assert told(amara, "paging.climbed") == 1
    assert Event.objects.filter(event="paging.skipped", entity_id=page.pk).count() == 1
    assert Event.objects.filter(event="paging.skipped", entity_id=page.pk).first().patient_id == page.patient_id


def test_when_nobody_is_reached_the_sender_and_the_lead_are_told_and_a_late_answer_still_owns_it(
    page_out, answer, lee, amara, noor
):
    page = page_out()
    for _step in range(6):
        time_passes(6)
    assert (fresh(page).state, asked(page)) == ("nobody", [["Noor"], ["Lee"], "-", "-", ["Lee"]])
    assert (told(amara, "paging.nobody"), told(lee, "paging.nobody")) == (1, 1)
    answer(noor, page)
    assert (fresh(page).state, fresh(page).owned_by) == ("owned", noor)


def test_a_role_that_nobody_could_ever_hold_tells_the_sender_at_once(make_role, ward, page_out, amara):
    page = page_out(role_id=make_role(ward, "Nobody's role").pk)
    assert (page.state, told(amara, "paging.nobody")) == ("nobody", 1)


def test_the_role_is_resolved_when_the_step_fires_and_not_when_it_was_sent(
    page_out, actor, lead, make_person, other_ward
):
    from handover.duty import services as duty
    from tests.duty.conftest import in_hours

    page = page_out()
    robin = make_person("robin@readback.example", "Robin Rushlight", "nurse", unit=other_ward)
    actor(robin)
    duty.take_role(actor(robin), key=uuid4(), role_id=lead.pk, until=in_hours(4))
    time_passes(6)
    assert asked(page) == [["Noor"], ["Robin"]]


def test_whoever_sent_it_is_not_asked(make_role, other_ward, lead, page_out, amara):
    own = make_role(other_ward, "Amara's own role", amara)
    assert asked(page_out(role_id=own.pk)) == ["-", ["Lee"]]


def test_the_sender_who_does_not_wait_calls_the_next_one_at_once(page_out, actor, amara, answer, noor):
    page = page_out()
    services.raise_page(actor(amara), key=uuid4(), page_id=page.pk)
    assert asked(page) == [["Noor"], ["Lee"]]
    assert Timer.objects.filter(kind=climbing.DUE).count() == 1
    answer(noor, page)
    with pytest.raises(Conflict, match="Noor Wintergreen owns this page already"):
        services.raise_page(actor(amara), key=uuid4(), page_id=page.pk)


def test_withdrawn_it_calls_nobody_and_closes_every_door(page_out, actor, amara, noor, patient):
    page = page_out()
    services.withdraw_page(actor(amara), key=uuid4(), page_id=page.pk)
    assert (time_passes(60), asked(page), told(noor, "paging.withdrawn")) == (0, [["Noor"]], 1)
    assert access.relationship_for(actor(noor), patient.pk) is None


def test_owned_is_not_done_and_done_is_said_by_the_owner_or_the_sender(page_out, answer, actor, noor, amara, lee):
    page = page_out()
    with pytest.raises(Conflict):
        services.finish_page(actor(amara), key=uuid4(), page_id=page.pk)
    answer(noor, page)
    services.finish_page(actor(noor), key=uuid4(), page_id=page.pk)
    assert (fresh(page).state, fresh(page).done_by) == ("done", noor)
    assert told(amara, "paging.done") == 1


def test_each_of_a_step_has_to_answer_where_the_policy_says_so(
    page_out, actor, admin_person, answer, noor, lee, other_ward
):
    from datetime import timedelta

    from handover.paging.rules import Mode, Policy, Step, Target

    both = Step((Target.ADDRESSED, Target.CHARGE_NURSE), timedelta(minutes=2), Mode.EACH)
    last = Step((Target.BY_PHONE,), timedelta(minutes=2))
    services.set_policy(
        actor(admin_person), key=uuid4(), unit_id=other_ward.pk, level="urgent", policy=Policy((both, last))
    )
    page = page_out()
    answer(noor, page)
    assert fresh(page).state == "waiting"
    answer(lee, page)
    assert fresh(page).state == "owned"


def test_a_policy_that_is_changed_changes_no_page_that_climbs(page_out, actor, admin_person, other_ward):
    from datetime import timedelta

    from handover.paging.rules import Policy, Step, Target

    page = page_out()
    short = Policy((Step((Target.BY_PHONE,), timedelta(minutes=1)),))
    services.set_policy(actor(admin_person), key=uuid4(), unit_id=other_ward.pk, level="urgent", policy=short)
    time_passes(6)
    assert asked(page) == [["Noor"], ["Lee"]]
    assert page_out().steps == [{"targets": ["by_phone"], "wait_s": 60, "mode": "first"}]


def test_a_policy_without_a_person_at_the_telephone_is_refused(actor, admin_person, other_ward):
    from datetime import timedelta

    from handover.paging.rules import Policy, Step, Target

    silent = Policy((Step((Target.ADDRESSED,), timedelta(minutes=5)),))
    with pytest.raises(Invalid, match="no page may end in silence"):
        services.set_policy(actor(admin_person), key=uuid4(), unit_id=other_ward.pk, level="urgent", policy=silent)


def test_only_whoever_answers_for_the_unit_sets_its_policy(actor, noor, other_ward, lead):
    with pytest.raises(Denied):
        services.set_policy(actor(noor), key=uuid4(), unit_id=other_ward.pk, level="urgent", policy=None)


# Whom a page lets in.


def test_who_is_asked_sees_the_patient_and_who_is_not_does_not(page_out, actor, noor, lee, patient):
    # Minimum necessary (45 CFR 164.502(b)): a page opens the patient for those who are asked, for a shift, and for
    # nobody before their step has fired.
    page = page_out()
    assert access.relationship_for(actor(noor), patient.pk).reason == "paged"
    assert access.relationship_for(actor(lee), patient.pk) is None
    with pytest.raises(NotFound):
        selectors.page_for(actor(lee), page.pk)


def test_when_somebody_owns_it_the_others_see_the_patient_no_longer(page_out, answer, actor, noor, lee, patient):
    page = page_out()
    time_passes(6)
    answer(lee, page)
    assert access.relationship_for(actor(noor), patient.pk) is None
    assert access.relationship_for(actor(lee), patient.pk) is not None


def test_the_door_of_a_page_closes_by_itself_after_a_shift(page_out, noor, patient):
    page_out()
    row = CareRelationship.objects.get(patient=patient, person=noor, reason="paged")
    assert (row.ends - row.begins).total_seconds() == pytest.approx(12 * 3600, abs=5)


@pytest.mark.parametrize("act", ["answer", "withdraw", "raise", "finish"])
def test_a_page_that_is_not_yours_is_not_there(page_out, actor, lee, act):
    page = page_out()
    acts = {
        "answer": lambda id: services.answer_page(actor(lee), key=uuid4(), page_id=id, said=Answer.OWNS),
        "withdraw": lambda id: services.withdraw_page(actor(lee), key=uuid4(), page_id=id),
        "raise": lambda id: services.raise_page(actor(lee), key=uuid4(), page_id=id),
        "finish": lambda id: services.finish_page(actor(lee), key=uuid4(), page_id=id),
    }
    said = []
    for page_id in (page.pk, uuid4()):
        with pytest.raises(NotFound) as refusal:
            acts[act](page_id)
        said.append((refusal.value.message, refusal.value.status))
    assert said[0] == said[1]
    assert fresh(page).state == "waiting"


def test_a_colleague_of_the_unit_who_was_not_asked_cannot_own_it(page_out, make_person, emergency, actor, answer):
    page = page_out()
    robin = make_person("robin@readback.example", "Robin Rushlight", "nurse", unit=emergency)
    with pytest.raises(Denied, match="did not ask you"):
        answer(robin, page)


def test_a_patient_who_is_not_yours_cannot_be_paged_about(actor, lee, patient, on_call):
    wanted = Wanted(level="urgent", words=WORDS, role_id=on_call.pk)
    with pytest.raises(NotFound):
        services.send_page(actor(lee), key=uuid4(), patient_id=patient.pk, wanted=wanted)


def test_no_row_of_a_page_is_there_for_whoever_may_not_see_its_patient(page_out, lee, noor):
    page_out()
    with acting_for(lee.pk):
        assert (Page.objects.count(), PageStep.objects.count()) == (0, 0)
    with acting_for(noor.pk):
        assert (Page.objects.count(), PageStep.objects.count()) == (1, 1)


# What must never be, whatever writes the row.


def test_the_database_refuses_a_second_owner_changed_words_and_a_step_behind_an_owner(page_out, answer, noor, lee):
    page = page_out()
    answer(noor, page)
    for change in (
        {"owned_by": lee},
        {"sealed": b"x"},
        {"state": "waiting", "owned_by": None, "owned": None},
        {"level": "emergency"},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Page.objects.filter(pk=page.pk).update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        PageStep.objects.create(page=page, number=1, fired=page.sent)
    for forbidden in (PageAnswer.objects.filter(page=page).update, Page.objects.filter(pk=page.pk).delete):
        # The server's role may not; where it might, a trigger refuses.
        with pytest.raises(DatabaseError), transaction.atomic():
            forbidden(**({"said": "passes"} if forbidden.__name__ == "update" else {}))


def test_two_who_own_it_at_once_one_owns_it_and_the_other_is_told_who(page_out, actor, noor, lee):
    page = page_out()
    time_passes(6)

    def own(person):
        try:
            services.answer_page(actor(person), key=uuid4(), page_id=page.pk, said=Answer.OWNS)
        except Conflict as refusal:
            return refusal.message
        finally:
            connections.close_all()
        return ""

    with ThreadPoolExecutor(2) as pool:
        words = sorted(pool.map(own, (noor, lee)))
    owner = fresh(page).owned_by
    assert words == ["", f"{owner.display_name} owns this page already."]


def test_an_answer_and_the_timer_at_once_never_fire_a_step_behind_the_owner(page_out, actor, noor):
    # PROTECTION I6: an escalation step is never shown after a committed acknowledgement. They meet on the page's row.
    from django.db.models import F

    from tests.paging.conftest import timedelta

    page = page_out()
    Page.objects.update(fired=F("fired") - timedelta(minutes=6))
    Timer.objects.filter(kind=climbing.DUE).update(due=F("due") - timedelta(minutes=6))

    def work(which):
        try:
            if which == "own":
                services.answer_page(actor(noor), key=uuid4(), page_id=page.pk, said=Answer.OWNS)
            else:
                timers.run_due()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(work, ("own", "fire")))
    page = fresh(page)
    assert page.state == "owned"
    fired = list(PageStep.objects.filter(page=page, number__gt=0).values_list("fired", flat=True))
    assert all(moment <= page.owned for moment in fired)


# What is typed.


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"level": "fyi"}, "level"),
        ({"level": ""}, "level"),
        ({"words": {"situation": "   "}}, "situation"),
        ({"words": {"situation": "x" * 1001}}, "situation"),
        ({"words": {"situation": "ill", "background": "y" * 64_000}}, "background"),
    ],
)
def test_what_will_not_do_is_said_at_its_field(page_out, on_call, change, field):
    with pytest.raises(Invalid) as refusal:
        page_out(**{"role_id": on_call.pk, **change})
    assert field in refusal.value.fields
    assert not Page.objects.exists()


def test_a_role_that_is_not_there_and_nobody_at_all_are_said_at_the_receiver(page_out, amara):
    for to in ({"role_id": uuid4()}, {"person_id": uuid4()}, {"person_id": amara.pk}, {"role_id": None}):
        with pytest.raises(Invalid) as refusal:
            page_out(**to)
        assert "to" in refusal.value.fields


def test_marks_that_hide_or_turn_text_are_gone_before_it_is_sealed(page_out):
    page = page_out(words={"situation": "NEWS2 \u202e7\u202c\x00 <script>alert(1)</script>"})
    assert sbar_of(fresh(page)).situation == "NEWS2 7 <script>alert(1)</script>"


def test_a_page_to_a_person_climbs_in_the_unit_of_whoever_sent_it(page_out, make_role, emergency, noor, lee):
    make_role(emergency, "Charge nurse", lee, is_lead=True)
    page = page_out(person_id=noor.pk)
    time_passes(6)
    assert (page.unit, asked(page)) == (emergency, [["Noor"], ["Lee"]])


def test_a_person_who_left_between_send_and_the_next_step_is_not_asked(page_out, lee):
    page = page_out()
    Person.objects.filter(pk=lee.pk).update(is_active=False)
    for _step in range(6):
        time_passes(6)
    assert (asked(page), fresh(page).state) == ([["Noor"], "-", "-", "-", "-"], "nobody")


def test_every_step_and_every_answer_is_on_the_record_without_a_word_of_the_patient(page_out, answer, noor):
    page = page_out()
    answer(noor, page)
    events = list(Event.objects.filter(entity_id=page.pk).order_by("id"))
    assert [each.event for each in events] == ["paging.fired", "paging.sent", "paging.owned"]
    assert {each.patient_id for each in events} == {page.patient_id}
    assert "septic" not in str([each.detail for each in events])
