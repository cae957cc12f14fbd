"""The owner of a page that was not agreed on says their own view, for its sender and whoever was called to read."""

import json
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from django.db import DatabaseError, connections, transaction
from django.utils import timezone

from handover.paging import services
from handover.paging.models import OwnersView, Page
from handover.paging.sealed import view_of
from handover.paging.selectors import page_for
from handover.patients.models import CareRelationship, Patient
from ledger.models import Event
from live import drawing
from live.acting import acting_for
from live.models import InboxItem
from live.refusals import Conflict, Denied, Invalid, NotFound
from tests.paging.conftest import fresh, told
from vault.errors import VaultError

pytestmark = pytest.mark.django_db
OWN, OTHER = "She is septic and needs a bed now", "It is her heart: wait an hour"
MINE, MORE = "BNP 4000, no fever: furosemide first, then look again", "Lactate is 4.1 now: I agree"


@pytest.fixture
def not_agreed(page_out, answer, actor, amara, noor):
    """Noor owns Amara's page, and Amara has called the next of the chain: Lee, about whom this page is."""
    page = page_out()
    answer(noor, page)
    return services.disagree(actor(amara), key=uuid4(), page_id=page.pk, own_view=OWN, other_view=OTHER)


@pytest.fixture
def say(actor):
    """say(person, page, text): as their own view."""

    def add(person, page, text=MINE, key=None):
        return services.add_view(actor(person), key=key or uuid4(), page_id=page.pk, text=text)

    return add


def views_seen(actor, person, page):
    """Who wrote each view that this person reads on the page, and its words."""
    return [(one.person.display_name, one.text) for one in page_for(actor(person), page.pk).views]


def test_the_sender_and_whoever_was_called_read_it_with_who_and_when(not_agreed, say, actor, amara, noor, lee):
    view = say(noor, not_agreed)
    for person in (amara, lee, noor):
        (seen,) = page_for(actor(person), not_agreed.pk).views
        assert (seen.person, seen.text, seen.at) == (noor, MINE, view.written)
    assert (told(amara, "paging.view_added"), told(lee, "paging.view_added")) == (1, 1)
    assert told(noor, "paging.view_added") == 0


def test_a_further_one_stands_behind_it_and_overwrites_nothing(not_agreed, say, actor, lee, noor):
    say(noor, not_agreed)
    say(noor, not_agreed, MORE)
    assert [text for _name, text in views_seen(actor, lee, not_agreed)] == [MINE, MORE]


# The property: what was said stays said. Attacked by an update and a delete, as the owner of the tables too.
@pytest.mark.usefixtures("as_owner")
def test_what_was_said_is_neither_changed_nor_taken_away_by_whatever_writes_the_row(not_agreed, say, noor):
    view = say(noor, not_agreed)
    rows = OwnersView.objects.filter(pk=view.pk)
    for attack in (lambda: rows.update(sealed=b"something else"), rows.delete):
        with pytest.raises(DatabaseError), transaction.atomic():
            attack()
    assert view_of(rows.get(), patient_id=not_agreed.patient_id) == MINE


# The property: nobody speaks for the owner, the database holding it beside the act. Attacked by a row of another's.
@pytest.mark.usefixtures("as_owner")
def test_no_row_holds_a_view_of_anybody_else_or_of_a_page_that_was_agreed_on(not_agreed, amara, noor, page_out):
    for page, person in ((not_agreed, amara), (page_out(), noor)):
        with pytest.raises(DatabaseError, match="own view"), transaction.atomic():
            OwnersView.objects.create(page=page, number=1, sealed=b"x", written_by=person)


def test_it_may_be_said_after_whoever_was_called_owns_it(not_agreed, say, answer, actor, lee, noor):
    answer(lee, not_agreed)
    say(noor, not_agreed)
    assert views_seen(actor, lee, not_agreed) == [(noor.display_name, MINE)]


def test_it_may_be_said_after_the_first_page_is_done(not_agreed, say, actor, noor, lee):
    services.finish_page(actor(noor), key=uuid4(), page_id=not_agreed.cause_id)
    say(noor, not_agreed)
    assert views_seen(actor, lee, not_agreed) == [(noor.display_name, MINE)]


# The property: who decided has decided by what lay there; nothing is put there afterwards. Attacked at both ends.
@pytest.mark.parametrize("end", ["done", "withdrawn"])
def test_once_the_page_has_closed_nothing_is_added(not_agreed, say, answer, actor, amara, lee, noor, end):
    if end == "done":
        answer(lee, not_agreed)
        services.finish_page(actor(lee), key=uuid4(), page_id=not_agreed.pk)
    else:
        services.withdraw_page(actor(amara), key=uuid4(), page_id=not_agreed.pk)
    with pytest.raises(Conflict, match="has ended"):
        say(noor, not_agreed)
    assert not OwnersView.objects.exists()
    assert "add_view" not in page_for(actor(noor), not_agreed.pk).may


# The property: the view is its owner's alone. Attacked by the sender, by whoever was called, and by a colleague of the
# unit who sees the patient.
def test_nobody_else_says_it_for_the_owner(not_agreed, say, actor, amara, lee, make_person, emergency):
    colleague = make_person("iris@readback.example", "Iris Thornbury", "nurse", unit=emergency)
    for person in (amara, lee, colleague):
        assert "add_view" not in page_for(actor(person), not_agreed.pk).may
        with pytest.raises(Denied, match="own view"):
            say(person, not_agreed)
    assert not OwnersView.objects.exists()


# The property: to whoever does not see the patient it is as a page that is not there. Attacked by a stranger and by
# roles that read no patient; and once Noor's way to the patient has ended, by Noor.
def test_a_stranger_and_another_role_learn_nothing(not_agreed, say, make_person, ward, officer, admin_person, noor):
    stranger = make_person("iris@readback.example", "Iris Thornbury", "nurse", unit=ward)
    for person in (stranger, officer, admin_person):
        with pytest.raises(NotFound):
            say(person, not_agreed)
    CareRelationship.objects.filter(person=noor).update(ends=timezone.now())
    with pytest.raises(NotFound):
        say(noor, not_agreed)
    assert not OwnersView.objects.exists()


def test_a_page_that_was_not_disagreed_about_has_no_view_of_its_owner(page_out, answer, say, actor, noor):
    page = page_out()
    answer(noor, page)
    assert "add_view" not in page_for(actor(noor), page.pk).may
    with pytest.raises(Denied, match="own view"):
        say(noor, page)


def test_sent_twice_it_stands_there_once(not_agreed, say, noor):
    key = uuid4()
    assert say(noor, not_agreed, key=key) == say(noor, not_agreed, key=key)
    assert OwnersView.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_said_at_once_on_two_devices_both_are_kept_one_behind_the_other(not_agreed, say, noor):
    def work(text):
        try:
            say(noor, not_agreed, text)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(work, (MINE, MORE)))
    rows = OwnersView.objects.filter(page=not_agreed).order_by("number")
    assert [row.number for row in rows] == [1, 2]
    assert {view_of(row, patient_id=not_agreed.patient_id) for row in rows} == {MINE, MORE}


@pytest.mark.django_db(transaction=True)
def test_said_at_once_with_the_end_of_the_page_it_stands_there_before_the_end_or_not_at_all(
    not_agreed, say, actor, amara, noor
):
    def work(which):
        try:
            if which == "say":
                say(noor, not_agreed)
            else:
                with acting_for(amara.pk):
                    services.withdraw_page(actor(amara), key=uuid4(), page_id=not_agreed.pk)
        except Conflict as refusal:
            return refusal.message
        finally:
            connections.close_all()
        return ""

    with ThreadPoolExecutor(2) as pool:
        refused = [words for words in pool.map(work, ("say", "end")) if words]
    page, rows = fresh(not_agreed), list(OwnersView.objects.all())
    assert page.state == "withdrawn"
    assert len(rows) + len(refused) == 1
    assert all(row.written <= page.withdrawn for row in rows)


@pytest.mark.parametrize("text", ["", "  \n ", "x" * 1001])
def test_it_is_said_and_read_at_a_glance(not_agreed, say, noor, text):
    with pytest.raises(Invalid) as refused:
        say(noor, not_agreed, text)
    assert set(refused.value.fields) == {"text"}


# The property: the words lie under the patient's key, each in its own place, and the log holds their digest alone.
# Attacked by a reader of the tables, and by a row that is moved to another's place.
def test_it_is_sealed_in_its_place_and_on_the_record_by_its_digest(not_agreed, say, noor):
    first, second = say(noor, not_agreed), say(noor, not_agreed, MORE)
    assert MINE.encode() not in bytes(first.sealed)
    event = Event.objects.filter(event="paging.view_added").earliest("id")
    assert (event.agent_id, event.entity_id, event.patient_id) == (noor.pk, not_agreed.pk, not_agreed.patient_id)
    assert len(event.entity_version) == 64
    assert MINE not in json.dumps(event.detail)
    first.sealed = second.sealed
    with pytest.raises(VaultError):
        view_of(first, patient_id=not_agreed.patient_id)


def test_who_does_not_see_the_patient_gets_no_row_of_it(not_agreed, say, noor, make_person, ward):
    say(noor, not_agreed)
    stranger = make_person("iris@readback.example", "Iris Thornbury", "nurse", unit=ward)
    with acting_for(stranger.pk):
        assert not OwnersView.objects.exists()
        assert not Patient.objects.exists()
    with acting_for(noor.pk):
        assert OwnersView.objects.count() == 1


def test_its_owner_is_told_and_is_one_tap_from_the_form(not_agreed, client, sign_in, amara, noor):
    item = InboxItem.objects.get(person_id=noor.pk, event="paging.disagreed")
    view = drawing.draw([item])[item.pk]
    assert view["url"] == f"/p/{not_agreed.pk}/view/"
    assert view["title"] == "Not agreed: the next was called, and your own view is asked for"
    sign_in(client, noor)
    form = client.get(view["url"]).content.decode()
    for words in (OWN, OTHER, "What you think yourself"):
        assert words in form


def test_in_the_page_it_is_one_form_and_both_views_stand_side_by_side(not_agreed, client, sign_in, noor, lee):
    sign_in(client, noor)
    assert f"/p/{not_agreed.pk}/view/" in client.get(f"/p/{not_agreed.cause_id}/").content.decode()
    refused = client.post(f"/p/{not_agreed.pk}/view/", {"key": uuid4(), "text": "x" * 1001})
    assert refused.status_code == 422
    assert "x" * 1001 in refused.content.decode()
    done = client.post(f"/p/{not_agreed.pk}/view/", {"key": uuid4(), "text": MINE})
    assert done["Location"] == f"/p/{not_agreed.pk}/"
    sign_in(client, lee)
    shown = client.get(f"/p/{not_agreed.pk}/").content.decode()
    for words in (OWN, OTHER, MINE, noor.display_name):
        assert words in shown
    assert f"/p/{not_agreed.pk}/view/" not in shown


def test_before_it_is_said_the_page_says_that_it_is_not(not_agreed, client, sign_in, lee):
    sign_in(client, lee)
    assert "not written their own view yet" in client.get(f"/p/{not_agreed.pk}/").content.decode()


def test_the_form_is_nobody_elses(not_agreed, client, sign_in, lee):
    sign_in(client, lee)
    assert client.get(f"/p/{not_agreed.pk}/view/")["Location"] == f"/p/{not_agreed.pk}/"
    assert client.post(f"/p/{not_agreed.pk}/view/", {"key": uuid4(), "text": MINE}).status_code == 403
    assert Page.objects.get(pk=not_agreed.pk).views.count() == 0
