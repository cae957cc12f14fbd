"""A rung is reached once: by the first device, with its time."""

from uuid import uuid4

import pytest
from django.db import transaction
from django.db.transaction import TransactionManagementError

from live import drawing, ladder
from live.inbox import Subject
from live.models import InboxItem, Rung
from tests.live.people import AMARA, LEE, NOOR


@pytest.mark.django_db
def test_a_rung_is_new_once_and_keeps_its_first_device():
    subject, session = Subject("version", uuid4()), uuid4()
    with transaction.atomic():
        rung = ladder.reach("opened", subject=subject, person_id=LEE, session_id=session, device="Ward phone 3")
        again = ladder.reach("opened", subject=subject, person_id=LEE, session_id=uuid4(), device="Ward phone 4")
    assert (rung.name, rung.person_id, rung.session_id, rung.device) == ("opened", LEE, session, "Ward phone 3")
    assert again is None
    kept = Rung.objects.get()
    assert (kept.pk, kept.device, kept.reached) == (rung.pk, "Ward phone 3", rung.reached)


@pytest.mark.django_db
def test_the_same_rung_of_another_person_is_another():
    subject = Subject("version", uuid4())
    with transaction.atomic():
        assert ladder.reach(Rung.Name.READ, subject=subject, person_id=LEE)
        assert ladder.reach(Rung.Name.READ, subject=subject, person_id=NOOR)


@pytest.mark.django_db
def test_an_unknown_rung_is_refused():
    with pytest.raises(ValueError, match="levitated"), transaction.atomic():
        ladder.reach("levitated", subject=Subject("version", uuid4()), person_id=LEE)


@pytest.mark.django_db(transaction=True)
def test_it_refuses_to_climb_outside_a_transaction():
    with pytest.raises(TransactionManagementError):
        ladder.reach("read", subject=Subject("version", uuid4()), person_id=LEE)


@pytest.mark.django_db
def test_the_sender_is_told_of_the_rung_by_its_id():
    with transaction.atomic():
        rung = ladder.reach("read", subject=Subject("version", uuid4()), person_id=LEE)
    said = ladder.announcement(rung, sender=AMARA)
    assert (said.event, said.recipients, said.subject) == (
        "ladder.climbed",
        [AMARA],
        Subject(f"rung_of_{rung.subject_kind}", rung.pk),
    )
    assert not said.climbs


@pytest.mark.django_db
def test_the_rungs_of_many_subjects_come_in_the_order_in_which_they_were_reached():
    first, second, third = (Subject("version", uuid4()) for _ in range(3))
    for name, subject in (("opened", first), ("opened", second), ("read", first), ("accepted", first)):
        with transaction.atomic():
            ladder.reach(name, subject=subject, person_id=LEE)
    found = ladder.rungs_of([first.id, second.id, third.id])
    assert [rung.name for rung in found[first.id]] == ["opened", "read", "accepted"]
    assert [rung.name for rung in found[second.id]] == ["opened"]
    assert third.id not in found


@pytest.mark.django_db
def test_a_rung_is_drawn_by_the_room_whose_subject_climbed(monkeypatch):
    monkeypatch.setattr(ladder, "_drawers", {})
    ladder.register_rung_drawer("version", lambda items: {item.pk: {"of": "a version"} for item in items})
    ladder.register_rung_drawer("letter", lambda items: {item.pk: {"of": "a letter"} for item in items})
    items = [
        InboxItem(
            pk=number, event=ladder.CLIMBED, subject_kind=kind, subject_id=uuid4(), person_id=AMARA, number=number
        )
        for number, kind in enumerate(("rung_of_version", "rung_of_letter", "rung_of_nothing"), start=1)
    ]
    assert drawing.draw(items) == {1: {"of": "a version"}, 2: {"of": "a letter"}, 3: None}
