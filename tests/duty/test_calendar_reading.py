"""A calendar's text read as turns: zones, whole days, repetitions, exceptions; and what is refused in words."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from handover.duty.calendars.reading import OF_A_ROLE, read
from handover.duty.calendars.writing import ROLE, Attendee, CalendarTurn, written

LONDON = ZoneInfo("Europe/London")
NOW = datetime(2026, 3, 1, tzinfo=UTC)


def event(*lines):
    return "\r\n".join(["BEGIN:VEVENT", f"UID:{uuid4()}", *lines, "END:VEVENT"])


def calendar(*events):
    return "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//", *events, "END:VCALENDAR", ""]).encode()


def night(*lines, start="DTSTART;TZID=Europe/London:20260302T190000", end="DTEND;TZID=Europe/London:20260303T070000"):
    return calendar(event(start, end, *lines))


def of(raw, **more):
    return read(raw, zone=LONDON, at=NOW, **more)


def spans(reading):
    assert reading.errors == []
    return [(f"{one.starts:%m-%d %H:%M}", f"{one.ends:%m-%d %H:%M}") for one in reading.turns]


def test_a_turn_is_read_in_its_zone():
    assert spans(of(night())) == [("03-02 19:00", "03-03 07:00")]
    berlin = night(start="DTSTART;TZID=Europe/Berlin:20260302T190000", end="DTEND;TZID=Europe/Berlin:20260303T070000")
    assert spans(of(berlin)) == [("03-02 18:00", "03-03 06:00")]
    assert spans(of(night(start="DTSTART:20260302T190000Z", end="DTEND:20260303T070000Z"))) == spans(of(night()))


def test_a_zone_by_the_name_that_another_program_gives_it_is_known():
    raw = night(start='DTSTART;TZID="W. Europe Standard Time":20260302T190000', end="DTEND:20260303T060000Z")
    assert spans(of(raw)) == [("03-02 18:00", "03-03 06:00")]


@pytest.mark.parametrize("zone", ["Nowhere/Here", "../../etc/passwd", "Customized Time Zone"])
def test_a_zone_that_nobody_knows_is_said_and_never_taken_for_the_wards(zone):
    raw = night(start=f"DTSTART;TZID={zone}:20260302T190000")
    reading = of(raw)
    assert reading.turns == []
    assert "time zone" in reading.errors[0]


def test_a_zone_that_the_file_itself_explains_is_not_believed():
    # The attack: a file whose own VTIMEZONE says that London lies elsewhere.
    lying = [
        "BEGIN:VTIMEZONE",
        "TZID:Europe/London",
        "BEGIN:STANDARD",
        "DTSTART:19700101T000000",
        "TZOFFSETFROM:+0900",
        "TZOFFSETTO:+0900",
        "END:STANDARD",
        "END:VTIMEZONE",
    ]
    raw = night().replace(b"BEGIN:VEVENT", "\r\n".join([*lying, "BEGIN:VEVENT"]).encode())
    assert spans(of(raw)) == [("03-02 19:00", "03-03 07:00")]


def test_a_time_without_a_zone_is_one_of_the_wards_wall_and_that_is_said():
    summer = read(night(start="DTSTART:20260702T190000", end="DTEND:20260703T070000"), zone=LONDON, at=NOW)
    assert spans(summer) == [("07-02 18:00", "07-03 06:00")]
    assert summer.without_zone == 1


def test_whole_days_go_from_midnight_to_midnight_of_the_ward_and_that_is_said():
    reading = of(calendar(event("DTSTART;VALUE=DATE:20260328", "DTEND;VALUE=DATE:20260330")))
    assert spans(reading) == [("03-28 00:00", "03-29 23:00")]
    assert reading.whole_days == 1
    assert spans(of(calendar(event("DTSTART;VALUE=DATE:20260328")))) == [("03-28 00:00", "03-29 00:00")]


def test_a_night_ends_at_seven_on_the_wall_also_when_the_clock_changes():
    raw = night(
        "RRULE:FREQ=DAILY;COUNT=3",
        start="DTSTART;TZID=Europe/London:20260327T190000",
        end="DTEND;TZID=Europe/London:20260328T070000",
    )
    assert spans(of(raw)) == [
        ("03-27 19:00", "03-28 07:00"),
        ("03-28 19:00", "03-29 06:00"),
        ("03-29 18:00", "03-30 06:00"),
    ]


def test_exceptions_and_more_dates_are_followed():
    raw = night(
        "RRULE:FREQ=DAILY;COUNT=4",
        "EXDATE;TZID=Europe/London:20260303T190000",
        "EXDATE;VALUE=DATE:20260304",
        "RDATE;TZID=Europe/London:20260310T190000",
    )
    assert [start for start, _end in spans(of(raw))] == ["03-02 19:00", "03-05 19:00", "03-10 19:00"]


def test_an_occurrence_that_was_moved_is_read_once():
    uid = "UID:the-nights"
    parts = [
        "\r\n".join(
            ["BEGIN:VEVENT", uid, "DTSTART:20260302T190000Z", "DTEND:20260303T070000Z", "RRULE:FREQ=DAILY;COUNT=3"]
            + ["END:VEVENT"]
        ),
        "\r\n".join(
            [
                "BEGIN:VEVENT",
                uid,
                "RECURRENCE-ID:20260303T190000Z",
                "DTSTART:20260303T210000Z",
                "DTEND:20260304T070000Z",
            ]
            + ["END:VEVENT"]
        ),
    ]
    assert [start for start, _end in spans(of(calendar(*parts)))] == ["03-02 19:00", "03-03 21:00", "03-04 19:00"]


def test_lines_that_are_folded_are_one():
    raw = night("SUMMARY:Charge nurse: Amara Thistle\r\n down")
    assert of(raw).turns[0].title == "Charge nurse: Amara Thistledown"


def test_what_is_over_or_cancelled_is_counted_and_left_out():
    raw = calendar(
        event("DTSTART:20260201T190000Z", "DTEND:20260202T070000Z"),
        event("DTSTART:20260302T190000Z", "DTEND:20260303T070000Z", "STATUS:CANCELLED"),
        event("DTSTART:20260304T190000Z", "DTEND:20260305T070000Z"),
    )
    reading = of(raw)
    assert (len(reading.turns), reading.over, reading.cancelled) == (1, 1, 1)


def test_a_turn_that_never_ends_is_read_for_a_year_and_not_longer():
    weekly = of(night("RRULE:FREQ=WEEKLY"))
    assert len(spans(weekly)) == 53


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "no event"),
        (b"%PDF-1.7", "no calendar file"),
        (b"\xff\xfe\x00", "no calendar file"),
        (calendar(), "no event"),
        (b"x" * (OF_A_ROLE.bytes + 1), "256 KiB"),
        (calendar(event("DTSTART:20260302T190000Z")), "no end"),
        (calendar(event("DTEND:20260302T190000Z")), "no beginning"),
        (calendar(event("DTSTART:soon", "DTEND:20260302T190000Z")), "no beginning"),
        (calendar(event("DTSTART:20260302T190000Z", "DTEND:20260302T190000Z")), "ends before it begins"),
        (calendar(event("DTSTART:20260302T190000Z", "DTEND:20270302T190000Z")), "92 days"),
        (night("RRULE:FREQ=SECONDLY"), "not understood"),
        (night("RRULE:FREQ=WEEKLY;BYDAY=FR"), "none of those"),
        (night("RRULE:FREQ=DAILY", start="DTSTART:19000101T190000Z", end="DTEND:19000102T070000Z"), "four years"),
        (night("RRULE:FREQ=DAILY", "RRULE:FREQ=WEEKLY"), "not understood"),
        (calendar(*[event("DTSTART:20260302T190000Z", "DTEND:20260303T070000Z")] * 2), "over one another"),
        (calendar(*[event("DTSTART:20260302T190000Z", "DTEND:20260303T070000Z")] * 401), "At most 400 events"),
        (
            calendar(*[event("DTSTART:20260302T190000Z", "DTEND:20260303T070000Z", "RRULE:FREQ=DAILY")] * 51),
            "At most 50",
        ),
    ],
)
def test_what_cannot_be_read_is_said_in_words_and_nothing_of_it_is_taken(raw, words):
    reading = of(raw)
    assert reading.turns == []
    assert any(words in error for error in reading.errors), reading.errors


def test_more_turns_than_are_read_at_once_are_refused():
    many = [
        event(
            f"DTSTART:202603{day:02}T{hour:02}0000Z",
            f"DTEND:202603{day:02}T{hour:02}3000Z",
            "RRULE:FREQ=DAILY;COUNT=28",
        )
        for day in (2,)
        for hour in range(24)
    ]
    reading = of(calendar(*many))
    assert reading.turns == []
    assert f"At most {OF_A_ROLE.turns} turns" in reading.errors[0]


@given(st.binary(max_size=300))
def test_whatever_a_file_holds_is_answered(raw):
    reading = of(b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n" + raw + b"\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n")
    assert reading.turns == [] or reading.errors == []


names = st.sampled_from(
    ["DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID", "STATUS", "ATTENDEE"]
)
values = st.sampled_from(
    ["20260302T190000Z", "20260302", "PT12H", "-PT1H", "FREQ=DAILY;UNTIL=20260401", "FREQ=DAILY;UNTIL=20260401T000000Z"]
    + [
        "FREQ=MONTHLY;BYDAY=-1SU",
        "20260302T190000Z/PT12H",
        "CANCELLED",
        "mailto:a@b.example",
        "",
        "99999999T999999",
        ";;=",
    ]
)
tags = st.sampled_from(["", ";VALUE=DATE", ";TZID=Europe/London", ";TZID=Mars/Base", ";VALUE=PERIOD", ';X="a"'])


@given(st.lists(st.tuples(names, tags, values), max_size=8))
def test_whatever_its_lines_say_is_answered(lines):
    reading = of(calendar(event(*(f"{name}{tag}:{value}" for name, tag, value in lines))))
    assert reading.turns == [] or reading.errors == []


starts_of_turns = st.lists(st.integers(1, 330), min_size=1, max_size=40, unique=True)


# London shows one o'clock twice on 25 October: a turn of an hour begins and ends at the same time on the wall.
@example(days=[238], hour=0, hours=1, minute=0)
@example(days=[238], hour=1, hours=2, minute=30)
@given(days=starts_of_turns, hour=st.integers(0, 23), hours=st.integers(1, 20), minute=st.integers(0, 59))
def test_what_was_written_is_read_as_the_same(days, hour, hours, minute):
    begin = datetime(2026, 3, 1, hour, minute, tzinfo=UTC)
    role = uuid4()
    turns = [
        CalendarTurn(
            uid=f"{day}@test",
            role_id=role,
            starts=begin + timedelta(days=day),
            ends=begin + timedelta(days=day, hours=hours),
            title="Charge nurse",
            place="ED",
            touched=NOW,
            attendee=Attendee("Lee", "lee@readback.example"),
        )
        for day in sorted(days)
    ]
    raw = written(turns, name="x", zone=LONDON)
    reading = of(raw, role_id=str(role))
    assert reading.errors == []
    assert [(one.starts, one.ends, one.email) for one in reading.turns] == [
        (one.starts, one.ends, "lee@readback.example") for one in turns
    ]
    assert ROLE.encode() in raw
    assert of(raw, role_id=str(uuid4())).of_other_roles == len(turns)


@pytest.mark.parametrize("minute", [0, 30])
def test_the_hour_that_comes_twice_is_written_so_that_it_is_read_right(minute):
    # On 25 October 2026 London's wall shows 01:30 at 00:30 UTC and again at 01:30 UTC.
    for hour in (0, 1):
        start = datetime(2026, 10, 25, hour, minute, tzinfo=UTC)
        turn = CalendarTurn("u@x", uuid4(), start, start + timedelta(hours=6), "a", "b", NOW)
        (found,) = of(written([turn], name="x", zone=LONDON), role_id=str(turn.role_id)).turns
        assert (found.starts, found.ends) == (turn.starts, turn.ends)
