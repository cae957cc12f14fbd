"""The report of a unit: counts and times that add up, nothing of a person, and nobody else's."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from audit.reports import charts
from config.roles import as_owner
from handover.transfers import services
from handover.transfers.models import Handover
from handover.transfers.selectors.unit_report import Span, unit_report
from ledger.models import Event
from live.refusals import NotFound

pytestmark = pytest.mark.django_db


@pytest.fixture
def span():
    now = timezone.now()
    return Span(now - timedelta(days=7), now + timedelta(hours=1), "week")


def test_a_handover_that_was_accepted_counts_with_its_minutes(actor, officer, accepted_handover, ward, span):
    (report,) = unit_report(actor(officer), ward.pk, span)
    assert (report.sent, report.late, report.unread) == (1, 0, 0)
    assert report.half_within == report.most_within
    assert 0 <= report.half_within < 5
    assert report.completeness.written == 0


def test_how_whole_it_was_written_is_of_the_writers_unit(actor, officer, accepted_handover, emergency, span):
    (report,) = unit_report(actor(officer), emergency.pk, span)
    assert report.completeness.written == 1
    assert report.completeness.said_back == 1
    handover = Handover.objects.get(pk=accepted_handover.pk)
    assert {part for part, count in report.completeness.parts.items() if count} == set(handover.whole_parts)


def test_what_nobody_read_or_accepted_in_time_is_counted(actor, officer, sent_handover, ward, span):
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE transfers_handoverversion SET recorded = recorded - interval '31 minutes'")
        cursor.execute("SET LOCAL session_replication_role = origin")
    (report,) = unit_report(actor(officer), ward.pk, span)
    assert (report.sent, report.late, report.unread) == (1, 1, 1)


def test_a_patient_who_left_under_an_override_is_counted(actor, officer, amara, sent_handover, ward, span):
    told = {"key": uuid4(), "transfer_id": sent_handover.transfer_id}
    services.request_override(actor(amara), **told, reason="Worse in the corridor; ward waits", is_emergency=True)
    services.depart(actor(amara), key=uuid4(), transfer_id=sent_handover.transfer_id)
    (report,) = unit_report(actor(officer), ward.pk, span)
    assert (report.moves, report.overridden) == (1, 1)


def test_a_span_before_has_its_own_figures(actor, officer, accepted_handover, ward, span):
    before = Span(span.since - timedelta(days=7), span.since, "week")
    now, then = unit_report(actor(officer), ward.pk, span, before)
    assert (now.sent, then.sent) == (1, 0)
    assert then.half_within is None


def test_that_it_was_read_is_on_record_with_the_unit(actor, officer, ward, span):
    unit_report(actor(officer), ward.pk, span)
    event = Event.objects.get(event="audit.report_read", agent_id=officer.pk)
    assert (event.entity_kind, event.entity_id) == ("unit", ward.pk)


# A unit's figures are for whoever answers for the record: to anybody else there is no such page.
def test_nobody_but_an_officer_is_given_one(actor, amara, admin_person, ward, span):
    for person in (amara, admin_person):
        with pytest.raises(NotFound):
            unit_report(actor(person), ward.pk, span)


def test_the_page_draws_it_and_names_no_person(desk, accepted_handover, ward, amara, lee):
    page = desk.get(f"/audit/reports/?unit={ward.pk}&weeks=4").content.decode()
    assert f"{ward.name}: how patients arrive" in page
    assert "handovers sent: 1." in page
    assert amara.display_name not in page
    assert lee.display_name not in page


@pytest.mark.parametrize("query", ["?unit=nonsense&weeks=-3", "?weeks=999999", "?unit=" + "x" * 10_000])
def test_what_was_asked_wrongly_is_answered_with_a_report(desk, ward, query):
    assert desk.get(f"/audit/reports/{query}").status_code == 200


DAYS = [date(2026, 3, day) for day in (2, 9, 16)]


def test_a_line_goes_from_the_axis_to_its_end():
    lines = charts.two_lines(DAYS, [0, 5, 10], [10, 20, 30])
    assert lines.lower.startswith("40.0,196")
    assert lines.upper.endswith("614.0,12.0")
    assert [tick.label for tick in lines.ticks] == ["0", "15", "30"]
    assert charts.two_lines([], [], []) is None


def test_columns_keep_their_place_when_they_are_empty():
    bars = charts.columns(DAYS, [0, 4, 2])
    assert [bar.height for bar in bars] == [0, 90, 45]
    assert all(bar.y + bar.height == charts.TOP + 90 for bar in bars)
    assert charts.columns([], []) == []


def test_a_part_below_the_goal_is_low_and_one_without_a_past_has_none():
    whole, low = charts.shares([(9, 10), (8, 10)], [(0, 0), (5, 10)], goal=90)
    assert (whole.percent, whole.is_low, whole.before) == (90, False, None)
    assert (low.percent, low.is_low, low.before) == (80, True, 50)


@pytest.mark.parametrize(("most", "end"), [(0, 5), (5, 5), (31, 45), (1441, 2880)])
def test_an_axis_ends_at_a_round_number(most, end):
    assert charts.axis_end(most) == end


def test_the_week_that_runs_is_in_the_report():
    from audit.reports.units import _week_after

    assert _week_after(datetime(2026, 3, 4, 3, 0, tzinfo=UTC)) == datetime(2026, 3, 9, tzinfo=UTC)
