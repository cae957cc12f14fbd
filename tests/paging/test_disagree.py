"""Whoever sent a page and does not agree with its owner calls the next of the chain at once, who reads both views."""

from uuid import uuid4

import pytest

from handover.paging import services
from handover.paging.models import Page
from handover.paging.rules import Answer, Level, Policy, behind, standard_policy
from handover.paging.sealed import sbar_of
from ledger.models import Event
from live.refusals import Conflict, Denied, Invalid, NotFound
from tests.paging.conftest import WORDS, asked, fresh, time_passes, told

pytestmark = pytest.mark.django_db
OWN, OTHER = "She is septic and needs a bed now", "It is her heart: wait an hour"


@pytest.fixture
def disagree(actor):
    """disagree(person, page): with both views."""

    def call(person, page, own=OWN, other=OTHER, key=None):
        told_of = {"page_id": page.pk, "own_view": own, "other_view": other}
        return services.disagree(actor(person), key=key or uuid4(), **told_of)

    return call


def test_the_chain_that_is_left_begins_behind_the_step_that_was_reached_and_never_ends_in_nothing():
    policy = standard_policy(Level.URGENT)
    assert behind(policy, 0).steps == policy.steps[1:]
    assert behind(policy, len(policy.steps) - 1) == Policy(policy.steps[-1:])


def test_the_next_of_the_chain_is_asked_at_once_and_reads_both_views(
    page_out, answer, disagree, actor, amara, noor, lee
):
    page = page_out()
    answer(noor, page)
    called = disagree(amara, page)
    assert (asked(called), called.cause, called.cause_id) == ([["Lee"]], "disagreement", page.pk)
    words = sbar_of(called)
    assert (words.own_view, words.other_view, words.situation) == (OWN, OTHER, WORDS["situation"])
    assert told(lee, "paging.sent") == 1


def test_what_is_owned_stays_owned_and_its_owner_is_told(page_out, answer, disagree, amara, noor):
    page = page_out()
    answer(noor, page)
    disagree(amara, page)
    page = fresh(page)
    assert (page.state, page.owned_by, told(noor, "paging.disagreed")) == ("owned", noor, 1)


def test_both_views_are_on_the_record_by_their_digest_and_in_no_clear_word(page_out, answer, disagree, amara, noor):
    page = page_out()
    answer(noor, page)
    called = disagree(amara, page)
    sent = Event.objects.get(event="paging.sent", entity_id=called.pk)
    disagreed = Event.objects.get(event="paging.disagreed", entity_id=page.pk)
    assert len(sent.entity_version) == 64
    assert (disagreed.agent_id, disagreed.detail["to"]) == (amara.pk, str(called.pk))
    for event in (sent, disagreed):
        assert OWN not in str(event.detail)


# The property: neither of the two decides between them. Attacked by a chain in which the owner comes again later.
def test_neither_of_the_two_is_asked_by_any_later_step(page_out, answer, disagree, amara, noor, lee):
    page = page_out()
    time_passes(6)
    answer(lee, page)
    called = disagree(amara, page)
    for _ in range(4):
        time_passes(31)
    people = {name for step in asked(called) for name in step if name != "-"}
    assert not people & {"Lee", "Amara"}


def test_it_climbs_as_any_page_and_nobody_is_told_to_its_sender(page_out, answer, disagree, amara, noor):
    page = page_out()
    answer(noor, page)
    called = disagree(amara, page)
    for _ in range(4):
        time_passes(31)
    assert fresh(called).state == Page.State.NOBODY
    assert told(amara, "paging.nobody") == 1


def test_said_twice_the_next_is_called_once(page_out, answer, disagree, amara, noor):
    page, key = page_out(), uuid4()
    answer(noor, page)
    assert disagree(amara, page, key=key) == disagree(amara, page, key=key)
    with pytest.raises(Conflict, match="called about this page already"):
        disagree(amara, page)
    assert Page.objects.filter(cause="disagreement").count() == 1


def test_who_still_disagrees_with_the_next_calls_the_one_behind(page_out, answer, disagree, amara, noor, lee):
    page = page_out()
    answer(noor, page)
    second = disagree(amara, page)
    answer(lee, second)
    third = disagree(amara, second)
    assert third.cause_id == second.pk
    assert len(third.steps) < len(second.steps)


def test_a_page_that_nobody_owns_has_nobody_to_disagree_with(page_out, disagree, amara):
    with pytest.raises(Conflict, match="Nobody owns this page yet"):
        disagree(amara, page_out())


def test_only_its_sender_or_the_patients_unit_disagrees(page_out, answer, disagree, noor, lee):
    page = page_out()
    answer(noor, page)
    with pytest.raises(Denied):
        disagree(noor, page)
    with pytest.raises((NotFound, Conflict)):
        disagree(lee, page)


@pytest.mark.parametrize(
    ("own", "other", "wrong"), [("", OTHER, "own_view"), (OWN, " ", "other_view"), ("x" * 1001, OTHER, "own_view")]
)
def test_each_view_is_said_and_read_at_a_glance(page_out, answer, disagree, amara, noor, own, other, wrong):
    page = page_out()
    answer(noor, page)
    with pytest.raises(Invalid) as refused:
        disagree(amara, page, own, other)
    assert set(refused.value.fields) == {wrong}


def test_in_the_page_it_is_one_form_and_both_pages_lead_to_each_other(page_out, answer, client, sign_in, amara, noor):
    page = page_out()
    answer(noor, page)
    sign_in(client, amara)
    assert "I disagree" in client.get(f"/p/{page.pk}/").content.decode()
    assert "What Noor" in client.get(f"/p/{page.pk}/disagree/").content.decode()
    refused = client.post(f"/p/{page.pk}/disagree/", {"key": uuid4(), "own_view": OWN, "other_view": ""})
    assert refused.status_code == 422
    assert OWN in refused.content.decode()
    done = client.post(f"/p/{page.pk}/disagree/", {"key": uuid4(), "own_view": OWN, "other_view": OTHER})
    called = Page.objects.get(cause="disagreement")
    assert done["Location"] == f"/p/{called.pk}/"
    shown = client.get(f"/p/{called.pk}/").content.decode()
    assert OWN in shown
    assert OTHER in shown
    assert f"/p/{called.pk}/" in client.get(f"/p/{page.pk}/").content.decode()
    assert client.get(f"/p/{page.pk}/disagree/").status_code in (302, 303)


def test_by_the_owner_it_is_no_choice(page_out, answer, client, sign_in, noor):
    page = page_out()
    answer(noor, page, Answer.OWNS)
    sign_in(client, noor)
    assert "I disagree" not in client.get(f"/p/{page.pk}/").content.decode()
