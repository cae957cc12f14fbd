"""The geometry of the trends: where dots lie, where lines break, and what is not drawn."""

from datetime import UTC, datetime, timedelta

from handover.patients.charts import LANE_HEIGHT, LANE_WIDTH, Bounds, Reading, lane, spark

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
TWO_DAYS_AGO = NOON - timedelta(hours=48)
BREATHING = Bounds(low=12, high=20)


def readings(*values):
    """One value every six hours, the last at noon."""
    return [Reading(NOON - timedelta(hours=6 * (len(values) - 1 - i)), value) for i, value in enumerate(values)]


def draw(*values):
    return lane(readings(*values), expected=BREATHING, begins=TWO_DAYS_AGO, ends=NOON)


def test_a_spark_of_nothing_is_nothing():
    assert spark([], threshold=5, least_top=7) is None


def test_a_spark_rises_when_the_score_rises():
    drawn = spark([0, 7], threshold=5, least_top=7)
    assert drawn.line == "2.0,20.0 62.0,2.0"
    assert (drawn.now.x, drawn.now.y) == ("62.0", "2.0")


def test_a_quiet_trend_looks_quiet():
    low, high = spark([1, 1], threshold=5, least_top=7), spark([1, 14], threshold=5, least_top=7)
    assert float(low.now.y) > 15
    assert float(high.threshold) > float(low.threshold)  # the threshold sinks as the scale grows


def test_a_single_value_stands_where_now_is():
    assert spark([3], threshold=5, least_top=7).now.x == "62.0"


def test_a_lane_keeps_true_time():
    first, second, third = draw(12, 16, 20).points
    gaps = float(third.x) - float(second.x), float(second.x) - float(first.x)
    assert abs(gaps[0] - gaps[1]) <= 0.1  # one decimal is printed
    assert float(third.x) == LANE_WIDTH - 6
    assert third.is_latest
    assert not first.is_latest


def test_a_lane_keeps_its_dots_inside_the_drawing():
    drawn = draw(4, 60)
    assert all(0 <= float(point.y) <= LANE_HEIGHT for point in drawn.points)
    assert 0 <= float(drawn.band_y) < float(drawn.band_y) + float(drawn.band_height) <= LANE_HEIGHT


def test_what_was_not_measured_breaks_the_line():
    drawn = draw(12, 14, None, 20, 22)
    assert len(drawn.lines) == 2
    assert len(drawn.points) == 4


def test_what_is_older_than_the_window_is_left_out():
    old = Reading(TWO_DAYS_AGO - timedelta(minutes=1), 30.0)
    drawn = lane([old, *readings(14)], expected=BREATHING, begins=TWO_DAYS_AGO, ends=NOON)
    assert len(drawn.points) == 1


def test_a_sign_that_was_never_taken_has_no_lane():
    assert draw(None, None) is None
