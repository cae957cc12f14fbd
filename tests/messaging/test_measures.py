"""What a unit's lead sees of interruptions and answers: counts of raw rows, told once a week where it is too much."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Membership
from handover.messaging import services
from handover.messaging.models import Message
from handover.messaging.rules.measures import Case, Share, figures, percentile
from handover.messaging.selectors.measures import A_WEEK, cases, load_of, loads, share_of
from handover.messaging.services import overuse
from handover.paging import services as paging
from handover.paging.quiet.models import EmergencyShare
from handover.paging.quiet.services import NIGHTLY
from handover.paging.rules import Answer, Level
from ledger.models import Event
from live import timers
from live.acting import acting_as_system
from live.clock import database_now
from live.models import InboxItem, Timer
from tests.paging.conftest import WORDS, make_role, time_passes  # noqa: F401 -- a fixture

pytestmark = pytest.mark.django_db
SECONDS = st.integers(0, 10_000).map(lambda count: timedelta(seconds=count))


@given(st.lists(SECONDS, min_size=1), st.sampled_from([0.5, 0.95]))
def test_a_percentile_is_the_smallest_value_that_enough_do_not_exceed(values, share):
    found = percentile(values, share)
    assert sum(each <= found for each in values) >= share * len(values)
    assert all(sum(each <= other for each in values) < share * len(values) for other in values if other < found)


def test_of_nothing_there_is_no_percentile_and_no_share():
    assert (percentile([], 0.5), figures([]).p95) == (None, None)
    assert not Share({}).is_overused


@pytest.mark.parametrize(
    ("emergencies", "others", "is_over"), [(2, 18, False), (3, 17, True), (3, 10, False), (0, 50, False)]
)
def test_more_than_a_tenth_of_enough_is_too_much(emergencies, others, is_over):
    assert Share({Level.EMERGENCY: emergencies, Level.FYI: others}).is_overused is is_over


def test_an_answer_before_the_alert_took_no_time_and_is_in_time():
    now = database_now()
    case = Case(Level.NEEDS_ACTION, now, timedelta(minutes=30), now - timedelta(hours=1))
    assert (case.took, case.is_in_time) == (timedelta(), True)


@pytest.fixture
def traffic(say, answer, actor, amara, tove, noor, patient, emergency, between_two, group, make_role):  # noqa: F811
    """Messages and pages of every level to people of the emergency department: owned, not owned, wrong, climbed."""
    for _time in range(3):
        answer(tove, say(amara, between_two, level="urgent"))
    answer(tove, say(amara, between_two, level="emergency"), "wrong_person")
    say(amara, group, level="needs_action")
    say(amara, between_two, level="fyi")
    actor(tove), actor(noor)
    role = make_role(emergency, "Doctor on call", tove, profession="physician")
    for said in (Answer.OWNS, Answer.WRONG_PERSON):
        wanted = paging.Wanted(level="urgent", words=WORDS, role_id=role.pk)
        page = paging.send_page(actor(amara), key=uuid4(), patient_id=patient.pk, wanted=wanted)
        paging.answer_page(actor(tove), key=uuid4(), page_id=page.pk, said=said)
    return emergency


# Written apart from the product's own reading of the rows, and in another language.
RAW = """
WITH first AS (
    SELECT DISTINCT ON (subject_id) subject_id, level, coalesce(held_until, at) AS came, acknowledge_within AS within
    FROM quiet_interruption WHERE unit_id = %s AND subject_kind IN ('message', 'page')
    ORDER BY subject_id, coalesce(held_until, at)
), owned AS (
    SELECT page_id AS subject_id, min(at) AS owned FROM paging_pageanswer WHERE said = 'owns' GROUP BY 1
    UNION ALL
    SELECT message_id, min(said) FROM messaging_acknowledgement WHERE answer IN ('owned', 'done') GROUP BY 1
), wrong AS (
    SELECT page_id AS subject_id FROM paging_pageanswer WHERE said = 'wrong_person'
    UNION SELECT message_id FROM messaging_acknowledgement WHERE answer = 'wrong_person'
)
SELECT count(*), count(owned), count(*) FILTER (WHERE owned - came <= within),
    count(*) FILTER (WHERE subject_id IN (SELECT subject_id FROM wrong)),
    count(*) FILTER (WHERE subject_id IN (SELECT page_id FROM paging_pagestep WHERE number > 0)),
    count(*) FILTER (WHERE subject_id IN (SELECT id FROM paging_page)),
    percentile_disc(0.5) WITHIN GROUP (ORDER BY owned - came),
    percentile_disc(0.95) WITHIN GROUP (ORDER BY owned - came)
FROM first LEFT JOIN owned USING (subject_id) WHERE level = ANY(%s)
"""


def recomputed(unit, levels):
    with acting_as_system("test"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(RAW, [unit.pk, levels])
        return cursor.fetchone()


@pytest.mark.parametrize(
    "levels", [["urgent"], ["emergency"], ["needs_action"], ["urgent", "emergency", "needs_action"]]
)
def test_its_figures_are_those_of_the_raw_rows(traffic, levels):
    now = database_now()
    found = figures(each for each in cases(traffic.pk, starts=now - A_WEEK, ends=now) if each.level in levels)
    assert found.count > 0
    own = (found.count, found.owned, found.in_time, found.wrong, found.escalated, found.climbing, found.p50, found.p95)
    assert own == recomputed(traffic, levels)


def test_a_share_counts_what_its_people_sent_by_level(traffic):
    now = database_now()
    share = share_of(traffic.pk, starts=now - A_WEEK, ends=now)
    assert share.sent == {Level.URGENT: 5, Level.EMERGENCY: 1, Level.NEEDS_ACTION: 1, Level.FYI: 1}
    with acting_as_system("test"), transaction.atomic():
        assert share.total == Message.objects.count() + 2


def test_each_persons_load_is_by_level_the_most_alerted_first(traffic, tove):
    found = loads(traffic.pk, at=database_now())
    assert (found[0].person, found[0].hour) == (tove, 7)
    assert found[0].by_level == {"urgent": 5, "emergency": 1, "needs_action": 1}
    assert load_of(tove, at=database_now()).shift == 7
    # An hour later nobody was alerted in the last hour, and the shift remembers.
    later = loads(traffic.pk, at=database_now() + timedelta(hours=1, minutes=5))
    assert ({one.hour for one in later}, max(one.shift for one in later)) == ({0}, 7)


@pytest.fixture
def too_many(say, answer, amara, between_two, lee, emergency, make_role):  # noqa: F811
    """Of twenty messages three are called an emergency; Lee leads the unit."""
    make_role(emergency, "Charge nurse", lee, is_lead=True)
    for number in range(20):
        say(amara, between_two, level="emergency" if number < 3 else "fyi")
    return emergency


def nightfall():
    Timer.objects.filter(kind=NIGHTLY).update(due=database_now())
    timers.run_due()


def test_the_lead_is_told_by_night_and_once_a_week(too_many, lee):
    assert Timer.objects.filter(kind=NIGHTLY).count() == 1
    nightfall()
    nightfall()
    row = EmergencyShare.objects.get()
    assert (row.unit, row.sent, row.emergencies) == (too_many, 20, 3)
    assert InboxItem.objects.filter(person_id=lee.pk, event=overuse.OVERUSED).count() == 1
    assert Event.objects.filter(event=overuse.OVERUSED, entity_id=too_many.pk).count() == 1


def test_a_tenth_is_not_too_much(too_many, say, amara, lee, between_two):
    for _time in range(10):
        say(amara, between_two, level="fyi")
    nightfall()
    assert not EmergencyShare.objects.exists()


def test_the_page_is_for_whoever_answers_for_the_unit_and_says_it(sign_in, too_many, lee, amara, traffic):
    client, other = Client(), Client()
    sign_in(client, lee)
    sign_in(other, amara)
    nightfall()
    address = f"/units/{too_many.pk}/interruptions/"
    text = client.get(address).content.decode()
    assert "Too much is called an emergency" in text
    assert "Reported to the lead" in text
    assert "Tove Alderwick" in text
    assert other.get(address).status_code == 403
    assert client.get(f"/units/{uuid4()}/interruptions/").status_code == 404
    assert Membership.objects.filter(unit=too_many).exists()


def test_a_page_that_climbed_counts_as_escalated(traffic, actor, amara, patient, emergency):
    time_passes(6)
    now = database_now()
    found = figures(cases(traffic.pk, starts=now - A_WEEK, ends=now))
    assert found.escalated == recomputed(traffic, ["urgent"])[4]


def test_a_call_in_is_owned_by_nobody_and_not_measured_as_unanswered(actor, amara, tove, emergency):
    asked = services.CallIn("Bus crash, come to the front door", "emergency", [emergency.pk])
    services.call_in(actor(amara), key=uuid4(), call=asked)
    now = database_now()
    assert sum(one.hour for one in loads(emergency.pk, at=now)) == 1
    assert cases(emergency.pk, starts=now - A_WEEK, ends=now) == []
