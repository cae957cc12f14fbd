"""The measures of a call centre beside figures worked out by hand."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from handover.calls.rules import measures
from handover.calls.rules.measures import Call, Case, Promise

NOW = datetime(2026, 11, 29, 9, 0, tzinfo=UTC)
SOMEBODY = uuid4()


def seconds(number):
    return timedelta(seconds=number)


def answered(after, talk=60, held=0, work=0):
    return Call(NOW, NOW + seconds(after), NOW + seconds(after + talk), seconds(held), seconds(work))


def abandoned(after):
    return Call(NOW, None, NOW + seconds(after))


CALLS = [answered(10), answered(20, held=30), answered(21, talk=120, work=60), abandoned(3), abandoned(40)]


def test_service_level_is_answered_in_twenty_seconds_without_who_hung_up_within_five():
    assert measures.service_level(CALLS) == 2 / 4


def test_abandonment_counts_each_that_was_not_answered():
    assert measures.abandonment(CALLS) == 2 / 5


def test_speed_hold_and_handling_are_means_of_what_was_answered():
    assert measures.speed_of_answer(CALLS) == pytest.approx((10 + 20 + 21) / 3)
    assert measures.hold(CALLS) == 10
    assert measures.handling_time(CALLS) == pytest.approx((60 + 60 + 180) / 3)


def test_a_case_is_solved_at_the_first_call_when_nobody_calls_again_for_it_within_seven_days():
    def case(reason, opened, solved):
        return Case(SOMEBODY, reason, NOW + timedelta(days=opened), NOW + timedelta(days=solved))

    cases = [case("rash", 0, 0), case("rash", 6, 6), case("pain", 0, 0), case("pain", 7, 7)]
    assert measures.first_call_resolution(cases, at=NOW + timedelta(days=7)) == 1 / 2
    # Those solved later are not settled yet, and a case that is open is none.
    assert measures.first_call_resolution([Case(SOMEBODY, "rash", NOW, None)], at=NOW + timedelta(days=99)) is None


def test_a_promise_is_kept_at_its_time_and_not_after_it():
    promises = [Promise(NOW, NOW), Promise(NOW, NOW + seconds(1)), Promise(NOW, None), Promise(NOW + seconds(9), None)]
    assert measures.promises_kept(promises, at=NOW) == 1 / 3


@pytest.mark.parametrize(
    "measure",
    [measures.service_level, measures.abandonment, measures.speed_of_answer, measures.hold, measures.handling_time],
)
def test_of_nothing_there_is_no_figure(measure):
    assert measure([]) is None
