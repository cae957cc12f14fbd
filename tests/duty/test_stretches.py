"""What is laid later hides what lies below, and at any moment a role has one holder or none."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from handover.duty.rules import (
    Change,
    Source,
    Stretch,
    gaps,
    holder_at,
    is_whole,
    kept_free,
    laid_over,
    may_swap,
    schedule,
    stretches_of,
)

AMARA, LEE, NOOR = (UUID(int=number) for number in (1, 2, 3))
START = datetime(2026, 3, 2, tzinfo=UTC)
DAY = timedelta(hours=24)


def at(hour):
    return START + timedelta(hours=hour)


def stretch(starts, ends, person, kind="rotation"):
    return Stretch(at(starts), at(ends), person, Source(kind, UUID(int=7)))


def changed(starts, ends, person, made):
    return Change(stretch(starts, ends, person, kind="cover"), made=at(made))


def told(stretches):
    return [((one.starts - START) / timedelta(hours=1), person_of(one)) for one in stretches]


def person_of(one):
    return {AMARA: "Amara", LEE: "Lee", NOOR: "Noor", None: "nobody"}[one.person_id]


AMARAS_DAY = ((stretch(7, 19, AMARA),),)


def laid(*changes, layers=AMARAS_DAY):
    return schedule(layers, changes, starts=START, ends=START + DAY)


def test_where_no_turn_is_nobody_holds_the_role():
    assert told(laid()) == [(0, "nobody"), (7, "Amara"), (19, "nobody")]
    assert [(one.starts, one.ends) for one in gaps(laid())] == [(at(0), at(7)), (at(19), at(24))]


def test_who_covers_a_part_leaves_the_rest_to_whose_it_was():
    assert told(laid(changed(10, 12, LEE, made=1)))[1:4] == [(7, "Amara"), (10, "Lee"), (12, "Amara")]


def test_the_later_change_hides_the_earlier_whatever_their_order_in_the_list():
    changes = [changed(9, 13, NOOR, made=2), changed(8, 12, LEE, made=1)]
    assert told(laid(*changes))[1:5] == [(7, "Amara"), (8, "Lee"), (9, "Noor"), (13, "Amara")]


def test_a_running_turn_is_given_up_from_this_moment():
    assert told(laid(changed(11, 24, None, made=11)))[1:3] == [(7, "Amara"), (11, "nobody")]
    (early, late) = gaps(laid(changed(11, 24, None, made=11)))
    assert (late.starts, late.ends) == (at(11), at(24))
    assert early.ends == at(7)


def test_the_more_important_rotation_hides_the_other():
    layers = ([stretch(0, 24, AMARA)], [stretch(19, 24, LEE)])
    assert told(laid(layers=layers)) == [(0, "Amara"), (19, "Lee")]


def test_what_one_person_holds_is_one_stretch_whatever_it_comes_from():
    mine = stretches_of(laid(changed(19, 21, AMARA, made=1)), AMARA)
    assert [(one.starts, one.ends) for one in mine] == [(at(7), at(21))]
    assert not kept_free(mine, starts=at(20), ends=at(22))
    assert kept_free(mine, starts=at(21), ends=at(22))


def test_the_last_moment_of_a_stretch_is_the_next_ones():
    assert person_of(holder_at(laid(), at(7))) == "Amara"
    assert person_of(holder_at(laid(), at(19))) == "nobody"
    assert holder_at(laid(), at(24)) is None


def test_what_is_no_time_hides_nothing():
    assert laid_over([stretch(0, 4, AMARA)], stretch(2, 2, LEE)) == [stretch(0, 4, AMARA)]


PEOPLE = st.sampled_from([AMARA, LEE, NOOR, None])
HOURS = st.integers(-6, 30)
SPANS = st.tuples(HOURS, HOURS, PEOPLE, st.integers(0, 99)).filter(lambda span: span[0] != span[1])


@given(st.lists(SPANS, max_size=12))
def test_every_moment_belongs_to_the_latest_change_that_reaches_it(spans):
    changes = [
        Change(stretch(min(one, two), max(one, two), person), made=at(made) + timedelta(microseconds=number))
        for number, (one, two, person, made) in enumerate(spans)
    ]
    found = laid(*changes)
    assert is_whole(found, starts=START, ends=START + DAY)
    for half_hours in range(48):
        moment = at(half_hours / 2)
        reaching = [one for one in changes if one.stretch.starts <= moment < one.stretch.ends]
        latest = max(reaching, key=lambda one: one.made).stretch.person_id if reaching else None
        expected = latest if reaching else (AMARA if at(7) <= moment < at(19) else None)
        held = holder_at(found, moment)
        assert held is not None
        assert held.person_id == expected


def test_both_keep_their_rest_in_a_swap_without_what_each_gives():
    mine, theirs = [stretch(0, 8, AMARA), stretch(60, 68, AMARA)], [stretch(30, 38, LEE)]
    assert may_swap(mine, theirs, give=mine[0], take=theirs[0])
    # Ten hours before another turn of hers.
    late = [stretch(42, 50, LEE)]
    assert not may_swap(mine, late, give=mine[0], take=late[0])
