"""The review from the log to the finding: what the scanner raises, who is asked, who may not judge, what is kept."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts.models import Duty
from audit.review import breaches, marks, scanner, sealed, selectors, services
from audit.review.documents import Worksheet
from audit.review.models import Breach, Flag, FlagReason, PatientMark, ScanMark
from audit.rules.facts import Act, Rule
from config.roles import as_owner
from handover.patients.models import CareRelationship
from ledger.models import Event
from ledger.services import record, record_read
from live import drawing
from live.acting import acting_for
from live.inbox import Announcement, Subject, announce
from live.models import InboxItem, Timer
from live.refusals import Conflict, Invalid, NotFound
from tests.audit.test_events_page import without_tokens


@pytest.fixture
def opened(actor):
    """opened(person, patient): the person opens the patient, by the row that would let them."""

    def put(person, patient, *, row=None, event="patient.read", **more):
        row = row or CareRelationship.objects.filter(patient=patient, unit__isnull=False).first()
        record(event, agent=actor(person).agent, patient_id=patient.pk, relationship_id=row.pk, **more)

    return put


@pytest.fixture
def off_duty(amara):
    """Amara belongs to the ward and went home hours ago."""
    now = timezone.now()
    Duty.objects.filter(person=amara).update(starts=now - timedelta(hours=9), ends=now - timedelta(hours=3))
    return amara


def judged():
    """What the scanner raises from this test's events."""
    now = timezone.now()
    with transaction.atomic():
        begins = max(now - timedelta(minutes=30), scanner.day_begins(now))
        return scanner.judge(begins, now + timedelta(minutes=1))


def mark(actor, officer, patient, *, staff=None):
    kind = "staff" if staff else "vip"
    told = {"key": uuid4(), "patient_id": patient.pk, "kind": kind, "staff": staff, "why": "The records office says so"}
    return marks.mark_patient(actor(officer), **told)


@pytest.fixture
def flag(opened, off_duty, patient, actor, officer, make_person):
    """Amara, off duty, opened Odalys, who works here too."""
    colleague = make_person("tove@readback.example", "Tove Alderwick", "nurse")
    mark(actor, officer, patient, staff=colleague)
    opened(off_duty, patient)
    judged()
    return Flag.objects.get(person=off_duty, patient=patient)


@pytest.fixture
def asked(flag, actor, officer):
    services.ask(actor(officer), key=uuid4(), flag_id=flag.pk, question="What did you need it for?")
    flag.refresh_from_db()
    return flag


def rules_of(flag):
    return sorted(FlagReason.objects.filter(flag=flag).values_list("rule", flat=True))


# What is raised


def test_somebody_on_duty_who_opens_the_wards_patients_is_no_flag(opened, amara, patient):
    opened(amara, patient)
    assert judged() == 0


def test_a_colleagues_record_opened_from_home_is_one_flag_with_both_reasons(flag, off_duty):
    assert rules_of(flag) == ["R3", "R8"]
    raised = Event.objects.get(event="flag.raised", entity_id=flag.pk)
    assert raised.detail == {"person": str(off_duty.pk), "rules": ["R3", "R8"], "score": flag.score}


def test_the_same_family_is_found_without_a_name_being_kept(opened, make_person, make_patient, emergency):
    kin = make_person("una@readback.example", "Una de la Cruz", "nurse", unit=emergency, on_duty=False)
    opened(kin, make_patient(emergency, family="De La Cruz"))
    judged()
    flag = Flag.objects.get(person=kin)
    assert "R2" in rules_of(flag)
    assert "cruz" not in str(list(flag.reasons.values())).lower()


def test_an_erased_patient_has_no_name_to_compare_and_stops_nothing(
    opened, off_duty, patient, make_patient, emergency, without_key
):
    other = make_patient(emergency, family="Thistledown")
    opened(off_duty, patient)
    opened(off_duty, other)
    without_key(patient)
    judged()
    assert "R2" in rules_of(Flag.objects.get(patient=other))
    assert rules_of(Flag.objects.get(patient=patient)) == ["R8"]


def test_a_row_of_ones_own_counts_where_the_log_names_the_units(opened, off_duty, patient):
    CareRelationship.objects.create(patient=patient, person=off_duty, reason="responsible")
    opened(off_duty, patient)
    assert judged() == 0


def test_emergency_access_alone_raises_no_second_case(opened, noor, patient, actor):
    from handover.patients.glass import services as glass
    from handover.patients.sealed import identity_of

    who = identity_of(patient)
    told = {"record_number": who.record_number, "birth_date": who.birth_date, "code": "called_to_help"}
    glass.break_glass(actor(noor), key=uuid4(), words="Called to an arrest", **told)
    opened(noor, patient, row=CareRelationship.objects.get(person=noor, reason="break_glass"))
    assert judged() == 0


def test_emergency_access_to_ones_own_record_is_a_flag(opened, noor, patient, actor, officer):
    test_emergency_access_alone_raises_no_second_case(opened, noor, patient, actor)
    mark(actor, officer, patient, staff=noor)
    assert judged() == 1
    assert rules_of(Flag.objects.get(person=noor)) == ["R1", "R5"]


def test_names_tried_one_after_the_other_are_a_flag_about_nobody(actor, amara):
    for _ in range(11):
        record_read("patient.searched", agent=actor(amara).agent, patient_ids=[], relationship_ids=[])
    judged()
    flag = Flag.objects.get(person=amara)
    assert (flag.patient_id, rules_of(flag)) == (None, ["R7"])


def test_what_is_taken_out_in_bulk_is_told_at_once(actor, amara, officer):
    record("audit.exported", agent=actor(amara).agent, detail={"rows": 300}, purpose="HOPERAT")
    judged()
    flag = Flag.objects.get(person=amara)
    assert rules_of(flag) == ["R10"]
    [told] = views_of(officer, "flag.raised")
    assert told["url"] == f"/audit/flags/{flag.pk}/"


# Whoever wants a ward's records and not to be seen makes them one by one, in whichever of the ways out.
def test_what_is_taken_out_one_by_one_is_told_of_too(actor, amara):
    ways = ("audit.access_report_made", "audit.accounting_made", "evidence.exported")
    for number in range(42):
        record(ways[number % 3], agent=actor(amara).agent, patient_id=uuid4(), purpose="HOPERAT")
    judged()
    reason = FlagReason.objects.get(flag__person=amara)
    assert (reason.rule, reason.facts) == ("R10", {"patients": 42})


# A printed checkpoint holds a size, a root and signatures: nothing of a patient leaves with it.
def test_printed_checkpoints_are_nobodys_data(actor, amara):
    for _number in range(42):
        record("audit.checkpoint_printed", agent=actor(amara).agent, purpose="HOPERAT")
    assert judged() == 0


# Judging again


def test_judging_again_raises_nothing_and_changes_nothing(flag):
    before = list(FlagReason.objects.filter(flag=flag).values())
    assert judged() == 0
    assert list(FlagReason.objects.filter(flag=flag).values()) == before


def test_what_comes_after_is_added_while_the_flag_is_open(flag, opened, off_duty, patient):
    opened(off_duty, patient)
    assert judged() == 0
    assert set(FlagReason.objects.filter(flag=flag).values_list("count", flat=True)) == {2}


def test_what_comes_after_it_was_settled_is_a_new_flag_and_the_old_one_stays(
    flag, opened, off_duty, patient, actor, officer
):
    services.settle(actor(officer), key=uuid4(), flag_id=flag.pk, finding="justified", note="")
    assert judged() == 0, "the same events"
    opened(off_duty, patient)
    assert judged() == 1
    assert Flag.objects.get(person=off_duty, part=2).settled is None
    assert set(FlagReason.objects.filter(flag=flag).values_list("count", flat=True)) == {1}


def test_the_database_holds_one_flag_of_a_person_patient_and_day(flag):
    """The attack: two scanners that both saw none. The lock keeps them apart; this holds where it fails."""
    again = Flag(person=flag.person, patient=flag.patient, day=flag.day, score=1, review_due=flag.review_due)
    with pytest.raises(IntegrityError), transaction.atomic():
        again.save(force_insert=True)


@pytest.mark.django_db(transaction=True)
def test_one_process_works_at_a_time(opened, off_duty, patient):
    from live.pool import POOL

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [scanner.LOCK])
        assert POOL.submit(scanner.run_due).result() == 0
    POOL.close()
    assert not ScanMark.objects.exists()


def test_a_round_begins_with_what_comes_and_goes_on_from_there(opened, off_duty, patient):
    opened(off_duty, patient)
    assert scanner.run_due() == 0
    assert set(ScanMark.objects.values_list("round", flat=True)) == {"at_once", "hour", "day"}
    # As after a night without a server: yesterday is judged as soon as there is one.
    begins = scanner.day_begins(timezone.now()) - timedelta(days=1)
    ScanMark.objects.filter(round="day").update(done_until=begins)
    assert scanner.run_due() == 1
    assert ScanMark.objects.get(round="day").done_until == scanner.day_begins(timezone.now())


def test_a_night_is_of_one_day():
    evening = timezone.make_aware(timezone.datetime(2026, 3, 2, 23, 30))
    morning = timezone.make_aware(timezone.datetime(2026, 3, 3, 6, 59))
    assert scanner.day_of(evening) == scanner.day_of(morning)
    assert scanner.day_of(morning + timedelta(minutes=1)) != scanner.day_of(evening)


# Asking and answering


def views_of(person, event):
    items = list(InboxItem.objects.filter(person_id=person.pk, event=event))
    with transaction.atomic():
        return [view for view in drawing.draw(items).values() if view]


def test_who_is_asked_gets_a_card_that_says_nothing_of_the_patient(asked, off_duty, patient):
    from handover.patients.sealed import identity_of

    [card] = views_of(off_duty, "flag.asked")
    assert card["url"] == f"/questions/{asked.pk}/"
    assert identity_of(patient).family not in str(card)


def test_two_taps_answer(client, sign_in, asked, off_duty, officer):
    sign_in(client, off_duty)
    page = client.get(f"/questions/{asked.pk}/").content.decode()
    assert "What did you need it for?" in page
    assert "works here" not in page, "the reasons tell of marks, which are not theirs to know"
    told = {"key": str(uuid4()), "quick": "by_mistake", "words": ""}
    assert client.post(f"/questions/{asked.pk}/", told).status_code == 303
    asked.refresh_from_db()
    assert (asked.quick, asked.answered is not None) == ("by_mistake", True)
    assert len(views_of(officer, "flag.answered")) == 1
    assert Event.objects.filter(event="flag.read", agent_id=off_duty.pk, entity_id=asked.pk).exists()


def test_another_persons_question_is_not_there(client, sign_in, asked, lee):
    sign_in(client, lee)
    assert client.get(f"/questions/{asked.pk}/").status_code == 404
    told = {"key": str(uuid4()), "quick": "by_mistake"}
    assert client.post(f"/questions/{asked.pk}/", told).status_code == 404


# Whoever guesses ids learns nothing: what is somebody else's, one's own to judge, or nothing at all is one answer, in
# its words and its status, by GET and by POST.
def test_what_is_not_theirs_and_what_is_not_there_are_the_same_bytes(client, sign_in, asked, own_flag, lee, officer):
    for person, address, theirs in [
        (lee, "/questions/{}/", asked.pk),
        (lee, "/audit/flags/{}/", asked.pk),
        (lee, "/audit/flags/{}/breach/", asked.pk),
        (officer, "/audit/flags/{}/", own_flag.pk),
        (officer, "/audit/flags/{}/breach/", own_flag.pk),
        (officer, "/questions/{}/", asked.pk),
    ]:
        sign_in(client, person)
        for ask in (
            client.get,
            lambda url: client.post(url, {"key": uuid4(), "quick": "care", "finding": "justified"}),
        ):
            answers = [ask(address.format(each)) for each in (theirs, uuid4())]
            assert [each.status_code for each in answers] == [404, 404], address
            assert len({without_tokens(each) for each in answers}) == 1, address


def lines(characters):
    """So many characters as a browser counts them, a line's end as one; it sends two for each (HTML, 4.10.5.4)."""
    return ("x" * 49 + "\n") * (characters // 50 - 1) + "y" * 50


def test_of_words_that_fit_the_field_none_is_cut(client, sign_in, desk, flag, off_duty, officer):
    words = lines(services.WORDS)
    sent = words.replace("\n", "\r\n")
    desk.post(f"/audit/flags/{flag.pk}/", {"key": uuid4(), "act": "ask", "question": sent})
    sign_in(client, off_duty)
    client.post(f"/questions/{flag.pk}/", {"key": uuid4(), "quick": "other", "words": sent})
    sign_in(client, officer)
    client.post(f"/audit/flags/{flag.pk}/", {"key": uuid4(), "act": "settle", "finding": "coaching", "note": sent})
    flag.refresh_from_db()
    for field in ("sealed_question", "sealed_answer", "sealed_note"):
        assert sealed.words_of(flag, field) == words, field


def test_own_words_are_needed_where_no_answer_fits_and_are_sealed(asked, off_duty, actor):
    with pytest.raises(Invalid):
        services.answer(actor(off_duty), key=uuid4(), flag_id=asked.pk, quick="other", words="  ")
    words = "Her sister asked me to look"
    services.answer(actor(off_duty), key=uuid4(), flag_id=asked.pk, quick="other", words=words)
    asked.refresh_from_db()
    assert words.encode() not in bytes(asked.sealed_answer)
    with pytest.raises(Conflict):
        services.answer(actor(off_duty), key=uuid4(), flag_id=asked.pk, quick="care")


# Who may judge


@pytest.mark.parametrize("who", ["amara", "noor", "admin_person", "agent_person"])
def test_only_an_officer_judges(request, asked, actor, who):
    person = request.getfixturevalue(who)
    for act in (
        lambda: selectors.queue(actor(person)),
        lambda: selectors.case_for(actor(person), asked.pk),
        lambda: services.settle(actor(person), key=uuid4(), flag_id=asked.pk, finding="justified", note=""),
        lambda: marks.end_mark(actor(person), key=uuid4(), mark_id=PatientMark.objects.get().pk),
    ):
        with pytest.raises(NotFound):
            act()


@pytest.fixture
def own_flag(officer, patient):
    now = timezone.now()
    told = {"review_due": now + timedelta(hours=72), "day": timezone.localdate(), "score": 70}
    flag = Flag.objects.create(person=officer, patient=patient, **told)
    flag.reasons.create(rule="R1", since=now, since_event=1, until=now, until_event=1, count=1)
    return flag


def test_ones_own_flag_is_not_there_by_any_way(client, sign_in, own_flag, officer, actor):
    sign_in(client, officer)
    assert client.get(f"/audit/flags/{own_flag.pk}/").status_code == 404
    assert str(own_flag.pk) not in client.get("/audit/flags/?all").content.decode()
    for act, told in ((services.ask, {"question": "Me?"}), (services.settle, {"finding": "justified", "note": ""})):
        with pytest.raises(NotFound):
            act(actor(officer), key=uuid4(), flag_id=own_flag.pk, **told)


# The property: nobody judges in their own matter, from either side. An officer who is a patient here is marked as one;
# who opened that record is another officer's to judge, as the mark on oneself is another's to end.
def test_who_opened_an_officers_own_record_is_another_officers_to_judge(
    client, sign_in, flag, opened, off_duty, officer, actor, make_person, make_patient, emergency
):
    second = make_person("sanna@readback.example", "Sanna Quickbeam", "compliance_officer")
    own_record = make_patient(emergency)
    mark(actor, second, own_record, staff=officer)
    opened(off_duty, own_record)
    judged()
    about_own = Flag.objects.get(person=off_duty, patient=own_record)
    nobodys = Flag.objects.create(
        person=off_duty, day=timezone.localdate(), score=70, review_due=timezone.now() + timedelta(hours=72)
    )
    nobodys.reasons.create(
        rule="R7",
        since=timezone.now(),
        since_event=1,
        until=timezone.now(),
        until_event=1,
        count=12,
        facts={"opened": 0},
    )
    announce(Announcement("flag.overdue", [officer.pk, second.pk], Subject("flag", about_own.pk)))
    told = {"key": str(uuid4()), "act": "settle", "finding": "breach", "note": "She looked at me."}

    sign_in(client, officer)
    address = f"/audit/flags/{about_own.pk}/"
    page = client.get("/audit/flags/").content.decode()
    assert str(about_own.pk) not in page
    assert str(flag.pk) in page
    assert str(nobodys.pk) in page
    assert views_of(officer, "flag.overdue") == []
    assert client.get(address).status_code == client.post(address, told).status_code == 404

    sign_in(client, second)
    assert len(views_of(second, "flag.overdue")) == 1
    assert client.get(address).status_code == 200
    assert client.post(address, told).status_code == 303
    sign_in(client, officer)
    assert client.get(f"{address}breach/").status_code == 404
    worksheet = Worksheet(nature="a", who="b", acquired="c", mitigated="d")
    with pytest.raises(NotFound):
        services.assess(actor(officer), key=uuid4(), flag_id=about_own.pk, worksheet=worksheet)


def test_the_database_refuses_who_settles_their_own(own_flag, officer):
    """The attack: an UPDATE past all of the code. Whoever is flagged can be neither asker nor judge of it."""
    now = timezone.now()
    for changed in (
        {"settled_by": officer, "settled": now, "finding": "justified"},
        {"asked_by": officer, "asked": now, "sealed_question": b"x"},
    ):
        with pytest.raises(IntegrityError, match="nobody_settles_their_own"), transaction.atomic():
            Flag.objects.filter(pk=own_flag.pk).update(**changed)


def test_a_settled_flag_does_not_change_and_nothing_is_deleted(flag, actor, officer):
    services.settle(actor(officer), key=uuid4(), flag_id=flag.pk, finding="coaching", note="Talk about the list")
    attacks = (
        "UPDATE review_flag SET finding = 'justified' WHERE id = %s",
        "UPDATE review_flag SET score = 0 WHERE id = %s",
        "UPDATE review_flagreason SET count = 0 WHERE flag_id = %s",
        "DELETE FROM review_flagreason WHERE flag_id = %s",
        "DELETE FROM review_flag WHERE id = %s",
    )
    with as_owner():
        for attack in attacks:
            with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SET LOCAL readback.acting = 'system:test'; " + attack, [flag.pk])


def test_a_flag_is_no_caregivers_to_see_by_sql_either(flag, off_duty, lee):
    """A query that forgot its filter, in the request of whoever looks after the patient, or of the flagged one."""
    for person_id in (off_duty.pk, lee.pk, None):
        with acting_for(person_id):
            assert [table.objects.count() for table in (Flag, FlagReason, PatientMark, Breach)] == [0, 0, 0, 0]


def test_a_finding_that_is_not_plain_needs_its_reason(flag, actor, officer):
    for finding in ("coaching", "breach", "nothing"):
        with pytest.raises(Invalid):
            services.settle(actor(officer), key=uuid4(), flag_id=flag.pk, finding=finding, note=" ")


# The officer's pages


def test_the_officers_reads_are_on_record(desk, officer, flag, patient):
    page = desk.get("/audit/flags/")
    assert b"Opened the record of somebody who works here" in page.content
    assert b"Amara Thistledown" in page.content
    desk.get(f"/audit/flags/{flag.pk}/")
    for event in ("audit.flags_read", "audit.flag_read"):
        read = Event.objects.filter(event=event, agent_id=officer.pk).latest("id")
        assert read.patient_id == patient.pk


# The property: whose number an officer was shown is on record. The person's own timeline stands beside a flag, with the
# other patients whom they opened around that time.
def test_the_other_patients_beside_a_flag_are_on_record_too(
    desk, officer, flag, opened, off_duty, make_patient, emergency
):
    from handover.patients.sealed import identity_of

    other = make_patient(emergency)
    opened(off_duty, other)
    page = desk.get(f"/audit/flags/{flag.pk}/").content.decode()
    assert identity_of(other).record_number in page
    looks = Event.objects.filter(event="audit.flag_read", agent_id=officer.pk)
    named = {look.patient_id for look in looks} | {each for look in looks for each in look.patient_ids or []}
    assert named == {flag.patient_id, other.pk}


def test_no_page_of_the_desk_names_the_patient(desk, flag, patient):
    from handover.patients.sealed import identity_of

    who = identity_of(patient)
    for url in ("/audit/flags/", f"/audit/flags/{flag.pk}/", "/audit/marks/"):
        page = desk.get(url).content.decode()
        assert who.record_number in page
        assert who.family.lower() not in page.lower()


def test_ten_a_day_the_worst_first(desk, make_patient, emergency, off_duty, actor, officer):
    told = {"person": off_duty, "review_due": timezone.now() + timedelta(days=3), "day": timezone.localdate()}
    for score in range(40, 52):
        flag = Flag.objects.create(patient=make_patient(emergency), score=score, **told)
        flag.reasons.create(
            rule="R8", since=timezone.now(), since_event=1, until=timezone.now(), until_event=1, count=1
        )
    queue = selectors.queue(actor(officer))
    assert [line.flag.score for line in queue.to_judge] == list(range(51, 41, -1))
    assert queue.more == 2
    assert b"Show 2 more" in desk.get("/audit/flags/").content


def test_an_overdue_flag_is_told_to_every_officer(flag, officer):
    assert Timer.objects.filter(kind=services.OVERDUE, subject_id=flag.pk).exists()
    [told] = services.overdue(flag.pk)
    assert told.recipients == [officer.pk]


def test_settling_ends_the_timer(flag, actor, officer):
    services.settle(actor(officer), key=uuid4(), flag_id=flag.pk, finding="justified", note="")
    assert not Timer.objects.filter(kind=services.OVERDUE, subject_id=flag.pk).exists()
    assert services.overdue(flag.pk) == []


# A breach


@pytest.fixture
def breach(asked, actor, officer):
    told = {"finding": "breach", "note": "No reason to look"}
    services.settle(actor(officer), key=uuid4(), flag_id=asked.pk, **told)
    return Breach.objects.get(flag=asked)


def test_a_breach_starts_the_sixty_days(breach):
    assert breach.notify_by - breach.discovered == timedelta(days=60)


def test_the_worksheet_is_filled_from_the_log_and_kept_sealed(desk, breach, actor, officer, patient):
    found = breaches.assessment(actor(officer), breach.pk)
    assert [row.event.event for row in found.seen] == ["patient.read"]
    assert "1 times" in found.worksheet.acquired
    told = {"nature": "Name and summary", "who": "A nurse", "acquired": "Seen", "mitigated": "Talked"}
    assert desk.post(f"/audit/flags/{breach.pk}/breach/", {**told, "key": str(uuid4())}).status_code == 303
    breach.refresh_from_db()
    assert b"Talked" not in bytes(breach.sealed_worksheet)
    kept = breaches.assessment(actor(officer), breach.pk)
    assert kept.worksheet == Worksheet(**told)
    assert (kept.is_kept, kept.days_left) == (True, 59)
    assert Event.objects.filter(event="audit.breach_read", agent_id=officer.pk, patient_id=patient.pk).exists()


def test_a_breach_leads_to_the_disclosures_of_its_patient(desk, breach, patient):
    page = desk.get(f"/audit/flags/{breach.pk}/breach/").content.decode()
    assert f'href="/audit/patients/{patient.pk}/disclosures/"' in page
    assert f'href="/audit/patients/{patient.pk}/disclosures/new/"' in page


def test_the_days_cannot_be_stretched(breach):
    with pytest.raises(IntegrityError), transaction.atomic():
        Breach.objects.filter(pk=breach.pk).update(notify_by=breach.discovered + timedelta(days=61))


# Marks


def test_a_patient_is_marked_by_record_number_and_the_mark_ends(desk, patient, lee):
    from handover.patients.sealed import identity_of

    number = identity_of(patient).record_number
    told = {"key": str(uuid4()), "record_number": number, "kind": "staff", "staff": lee.email, "why": "Told us"}
    assert desk.post("/audit/marks/", told).status_code == 303
    made = PatientMark.objects.get()
    assert (made.patient_id, made.staff_id) == (patient.pk, lee.pk)
    assert desk.post("/audit/marks/", {**told, "key": str(uuid4())}).status_code == 422, "marked so already"
    assert desk.post(f"/audit/marks/{made.pk}/end/", {"key": str(uuid4())}).status_code == 303
    made.refresh_from_db()
    assert made.ended is not None
    with pytest.raises(ObjectDoesNotExist):
        PatientMark.objects.get(ended=None)


def test_nobody_ends_the_mark_on_themselves(actor, officer, patient, make_person):
    second = make_person("sanna@readback.example", "Sanna Quickbeam", "compliance_officer")
    mark_id = mark(actor, second, patient, staff=officer)
    with pytest.raises(NotFound):
        marks.end_mark(actor(officer), key=uuid4(), mark_id=mark_id)
    with pytest.raises(IntegrityError), transaction.atomic():
        PatientMark.objects.filter(pk=mark_id).update(ended=timezone.now(), ended_by=officer)
    assert selectors.marks(actor(officer)) == []


def test_each_act_of_the_rules_is_read_from_some_event():
    from audit.review import reading

    assert set(reading._ACTS.values()) == set(Act)
    assert set(scanner.ROUNDS[-1].rules) == set(Rule)
