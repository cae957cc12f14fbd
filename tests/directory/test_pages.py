"""The pages: what is found, and what a unit takes, confirmed by whoever leads it."""

from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from handover.directory.models import Capability
from ledger.models import Event

pytestmark = pytest.mark.django_db


@pytest.fixture
def as_person(client, sign_in):
    def sign(person):
        client.logout()
        sign_in(client, person)
        return client

    return sign


def post(client, address, /, *args, **told):
    return client.post(reverse(address, args=args), {"key": str(uuid4()), **told}, follow=True)


def text(response):
    return response.content.decode()


def acts_of(person):
    events = Event.objects.filter(agent_id=person.pk, event__startswith="capability.").order_by("id")
    return list(events.values_list("event", "outcome"))


def test_the_directory_searches_in_everything(as_person, role, hold, amara, lee):
    hold(role, lee)
    assert f'action="{reverse("directory:find")}"' in text(as_person(amara).get(reverse("accounts:directory")))
    page = text(as_person(amara).get(reverse("directory:find"), {"q": "charg nurse"}))
    assert "Lee Sparrowhawk" in page
    assert "tel:02079460122" in page


def test_everybody_may_ask_the_call_agent_too(as_person, takes, agent_person):
    takes("Stroke")
    page = text(as_person(agent_person).get(reverse("directory:find"), {"q": "who takes stroke now?"}))
    assert "Takes now" in page
    assert "confirmed" in page


def test_words_that_find_nothing_say_what_to_try(as_person, amara):
    assert "Nothing by these words" in text(as_person(amara).get(reverse("directory:find"), {"q": "zzzz"}))


@pytest.mark.parametrize(
    "words", ["<script>alert(1)</script>", "\x00\u202e", "a" * 9000, "'; DROP TABLE accounts_unit"]
)
def test_whatever_is_typed_is_answered_and_nothing_of_it_runs(as_person, amara, words):
    response = as_person(amara).get(reverse("directory:find"), {"q": words})
    assert response.status_code == 200
    assert "<script>alert" not in text(response)


def test_the_lead_writes_down_what_the_unit_takes_and_confirms_it(as_person, make_role, hold, together, amara):
    hold(make_role("Lead nurse", is_lead=True), amara)
    page = text(post(as_person(amara), "directory:takes", together.pk, name="Stroke"))
    assert "It is found from now on" in page
    row = Capability.objects.get()
    before = row.confirmed
    page = text(post(as_person(amara), "directory:confirm", row.pk, status="limited", note="two places left"))
    assert "Takes some: ask first" in page
    assert "two places left" in page
    row.refresh_from_db()
    assert row.confirmed > before
    assert row.confirmed_by == amara
    assert "It is not found any more" in text(post(as_person(amara), "directory:end", row.pk))
    done = [("capability.added", "success"), ("capability.confirmed", "success"), ("capability.ended", "success")]
    assert [(event, str(outcome)) for event, outcome in acts_of(amara)] == done


def test_whoever_does_not_lead_the_unit_changes_nothing_of_it(as_person, takes, lee, together):
    # The attack: a colleague of the same unit says that it takes none, and patients are sent past it.
    row = takes("Stroke")
    assert post(as_person(lee), "directory:confirm", row.pk, status="closed").status_code == 403
    assert post(as_person(lee), "directory:takes", together.pk, name="Children").status_code == 403
    assert post(as_person(lee), "directory:end", row.pk).status_code == 403
    row.refresh_from_db()
    assert (row.status, row.ended, Capability.objects.count()) == ("open", None, 1)


def test_what_is_wrong_is_said_at_its_field(as_person, takes, admin_person, together):
    takes("Stroke")
    page = text(post(as_person(admin_person), "directory:takes", together.pk, name="stroke", hours_from="08:00"))
    assert "this stands on the unit" in page
    assert "Give both times, or neither" in page


def test_a_status_that_is_none_is_refused(as_person, takes, admin_person):
    row = takes("Stroke")
    assert post(as_person(admin_person), "directory:confirm", row.pk, status="perhaps").status_code == 422


def test_what_was_confirmed_long_ago_is_marked(as_person, takes, amara):
    row = takes("Stroke")
    row.confirmed = timezone.now() - timezone.timedelta(days=3)
    row.save()
    assert "more than a day ago" in text(as_person(amara).get(reverse("directory:find"), {"q": "stroke"}))
