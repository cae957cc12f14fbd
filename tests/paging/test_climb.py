"""A page climbs until somebody owns it, never early, never after an answer, and never ends in silence."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handover.paging.rules import (
    LEVELS,
    Answer,
    BadPolicy,
    End,
    Level,
    Mode,
    Policy,
    Step,
    Target,
    answer,
    begin,
    due,
    fire,
    require_sound,
    standard_policy,
    withdraw,
)

AMARA, LEE, NOOR = (UUID(int=number) for number in (1, 2, 3))
START = datetime(2026, 3, 4, 3, 10, tzinfo=UTC)
URGENT = standard_policy(Level.URGENT)
WHO = {Target.ADDRESSED: [AMARA], Target.BACKUP: [LEE], Target.BY_PHONE: [NOOR]}


def after(minutes):
    return START + timedelta(minutes=minutes)


def said(move, person, what, *, at=0, policy=URGENT, who=WHO):
    return answer(policy, move.page, person=person, said=what, at=after(at), resolved=who)


def test_it_goes_to_whom_it_was_addressed_to_and_waits():
    move = begin(URGENT, at=START, resolved=WHO)
    assert (move.asks, move.skipped) == ((AMARA,), ())
    assert due(URGENT, move.page) == after(5)
    assert fire(URGENT, move.page, at=after(5) - timedelta(microseconds=1), resolved=WHO).page == move.page


def test_unanswered_it_goes_to_the_backup_and_at_last_to_a_person_at_a_telephone():
    move = begin(URGENT, at=START, resolved=WHO)
    move = fire(URGENT, move.page, at=after(5), resolved=WHO)
    assert move.asks == (LEE,)
    move = fire(URGENT, move.page, at=after(10), resolved=WHO)
    # Neither a supervisor nor an attending is there: both steps are skipped at once, and reported.
    assert (move.asks, move.skipped) == ((NOOR,), (2, 3))


def test_who_owns_it_ends_it_and_no_step_follows():
    move = said(begin(URGENT, at=START, resolved=WHO), AMARA, Answer.OWNS)
    assert move.page.end is End.OWNED
    assert due(URGENT, move.page) is None
    assert fire(URGENT, move.page, at=after(60), resolved=WHO).asks == ()


@pytest.mark.parametrize("no", [Answer.PASSES, Answer.WRONG_PERSON])
def test_a_no_sends_it_on_at_once_and_is_not_asked_again(no):
    who = {**WHO, Target.BACKUP: [AMARA, LEE]}
    move = said(begin(URGENT, at=START, resolved=who), AMARA, no, at=1, who=who)
    assert move.asks == (LEE,)
    assert due(URGENT, move.page) == after(6)


def test_a_no_may_become_a_yes_while_nobody_owns_it():
    move = said(begin(URGENT, at=START, resolved=WHO), AMARA, Answer.PASSES)
    assert said(move, AMARA, Answer.OWNS).page.end is End.OWNED


def test_it_waits_for_the_others_of_a_step_when_one_of_them_cannot():
    who = {**WHO, Target.ADDRESSED: [AMARA, LEE]}
    move = said(begin(URGENT, at=START, resolved=who), AMARA, Answer.PASSES, who=who)
    assert (move.asks, move.page.step) == ((), 0)


def test_where_each_has_to_answer_it_ends_with_the_last_of_them():
    each = Policy((Step((Target.TEAM,), timedelta(minutes=2), Mode.EACH), *URGENT.steps))
    who = {**WHO, Target.TEAM: [AMARA, LEE]}
    move = said(begin(each, at=START, resolved=who), AMARA, Answer.OWNS, policy=each, who=who)
    assert move.page.end is None
    assert said(move, LEE, Answer.OWNS, policy=each, who=who).page.end is End.OWNED


def test_when_nobody_is_reached_the_sender_is_told_and_a_late_answer_still_owns_it():
    move = begin(URGENT, at=START, resolved={Target.ADDRESSED: [AMARA]})
    move = fire(URGENT, move.page, at=after(5), resolved={})
    assert move.tells_sender_nobody
    assert said(move, AMARA, Answer.OWNS, at=9).page.end is End.OWNED


def test_a_page_to_nobody_at_all_says_so_at_once():
    move = begin(URGENT, at=START, resolved={})
    assert move.tells_sender_nobody
    assert move.skipped == (0, 1, 2, 3, 4)


def test_whoever_was_not_asked_answers_nothing():
    move = begin(URGENT, at=START, resolved=WHO)
    assert said(move, NOOR, Answer.OWNS).page == move.page


def test_what_was_withdrawn_climbs_no_further_and_what_is_owned_stays_owned():
    move = begin(URGENT, at=START, resolved=WHO)
    gone = withdraw(move.page)
    assert due(URGENT, gone) is None
    assert answer(URGENT, gone, person=AMARA, said=Answer.OWNS, at=after(1), resolved=WHO).page == gone
    owned = said(move, AMARA, Answer.OWNS).page
    assert withdraw(owned) == owned


@pytest.mark.parametrize(("level", "minutes"), [(Level.EMERGENCY, 2), (Level.URGENT, 5), (Level.NEEDS_ACTION, 30)])
def test_each_level_waits_as_long_as_it_promises_and_its_policy_is_sound(level, minutes):
    policy = standard_policy(level)
    require_sound(policy)
    assert policy.steps[0].wait == LEVELS[level].acknowledge_within == timedelta(minutes=minutes)


def test_an_fyi_climbs_nowhere():
    assert standard_policy(Level.FYI) is None
    assert LEVELS[Level.FYI].acknowledge_within is None


PHONE = Step((Target.BY_PHONE,), timedelta(minutes=5))


@pytest.mark.parametrize(
    ("steps", "code"),
    [
        ((), "steps"),
        ((PHONE,) * 13, "steps"),
        ((Step((), timedelta(minutes=5)), PHONE), "targets"),
        ((Step((Target.TEAM, Target.TEAM), timedelta(minutes=5)), PHONE), "twice"),
        ((Step((Target.TEAM,), timedelta(seconds=1)), PHONE), "wait"),
        ((Step((Target.TEAM,), timedelta(days=2)), PHONE), "wait"),
        ((PHONE, Step((Target.TEAM,), timedelta(minutes=5))), "last"),
    ],
)
def test_a_policy_by_which_a_page_could_die_is_refused(steps, code):
    with pytest.raises(BadPolicy) as refused:
        require_sound(Policy(steps))
    assert refused.value.code == code


STEPS = st.builds(
    Step,
    targets=st.lists(st.sampled_from(Target), min_size=1, max_size=3, unique=True).map(tuple),
    wait=st.integers(1, 30).map(lambda minutes: timedelta(minutes=minutes)),
    mode=st.sampled_from(Mode),
)
PEOPLE = st.integers(1, 5).map(lambda number: UUID(int=number))
NIGHTS = st.dictionaries(st.sampled_from(Target), st.lists(PEOPLE, max_size=3), max_size=6)
ACTS = st.one_of(
    st.tuples(st.just("wait"), st.integers(0, 40), NIGHTS),
    st.tuples(st.just("answer"), st.tuples(PEOPLE, st.sampled_from(Answer)), NIGHTS),
)


@given(st.lists(STEPS, min_size=1, max_size=5), NIGHTS, st.lists(ACTS, max_size=30))
def test_whatever_happens_no_page_dies_and_no_step_fires_twice_early_or_after_an_answer(steps, who, acts):
    policy, at = Policy(tuple(steps)), START
    move = begin(policy, at=at, resolved=who)
    for kind, what, now_there in acts:
        before = move.page
        if kind == "wait":
            at += timedelta(minutes=what)
            move = fire(policy, before, at=at, resolved=now_there)
            if move.page != before:
                assert at >= due(policy, before)
        else:
            person, told = what
            move = answer(policy, before, person=person, said=told, at=at, resolved=now_there)
        page = move.page
        assert page.step >= before.step
        assert page.step > before.step or not move.asks
        assert page.asked >= before.asked
        if before.end is not None:
            # After an end nobody is asked, and only a late answer changes it.
            assert not move.asks
            assert page.end is before.end or (before.end, page.end) == (End.NOBODY, End.OWNED)
        # It is owned, told to be nobody's, or has a time at which it climbs: never neither.
        assert (page.end is None) == (due(policy, page) is not None)
        assert page.end is not End.OWNED or Answer.OWNS in page.answers.values()


@given(st.lists(STEPS, min_size=1, max_size=5), NIGHTS)
def test_a_page_that_nobody_answers_comes_to_its_end_after_as_many_steps_as_there_are(steps, who):
    policy = Policy(tuple(steps))
    move = begin(policy, at=START, resolved=who)
    for _ in steps:
        moment = due(policy, move.page)
        if moment is not None:
            move = fire(policy, move.page, at=moment, resolved=who)
    assert move.tells_sender_nobody
