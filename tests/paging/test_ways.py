"""By which ways a step reaches people: what may not be left out, who is reached by other ways, and no page unheard."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import DeviceSession
from handover.paging import selectors, services
from handover.paging.models import Page, PageAsk, UnitPolicy
from handover.paging.rules import (
    NEEDED,
    STANDARD,
    TURNS,
    Answer,
    BadPolicy,
    End,
    Level,
    Policy,
    Step,
    Target,
    Way,
    answer,
    as_json,
    begin,
    due,
    fire,
    from_json,
    house_ways,
    require_heard,
    require_sound,
    ways_for,
)
from handover.paging.services.ways import reaching
from handover.paging.wording import usual_words, ways_words
from handover.reach.models import Channel, ContactPoint, Delivery
from handover.reach.rules import Try, by_voice_at_once, fall_through
from handover.reach.services import failed_of
from ledger.models import Event
from live.inbox import announce
from live.refusals import Invalid
from tests.paging.conftest import asked, can_send, told

APP, SMS, VOICE, PAGER, EMAIL = Way.APP, Way.SMS, Way.VOICE, Way.PAGER, Way.EMAIL
ADDRESSED, PHONE = Target.ADDRESSED, Target.BY_PHONE
MINUTES = timedelta(minutes=5)
START = datetime(2026, 3, 4, 3, 10, tzinfo=UTC)
database = pytest.mark.django_db(transaction=True)


def step(*ways, to=ADDRESSED, wait=MINUTES):
    return Step((to,), wait, ways=ways)


def tries(level, ways, has, *, to=ADDRESSED):
    return [
        (each.channel.value, each.after.total_seconds(), each.unless_on_device)
        for each in reaching(level, to, step(*ways, to=to), has=has).tries
    ]


# What a policy may not leave out.


@pytest.mark.parametrize(
    ("level", "steps", "code"),
    [
        (Level.EMERGENCY, [step(APP, SMS)], "unheard"),
        (Level.URGENT, [step(PAGER, EMAIL)], "unheard"),
        (Level.NEEDS_ACTION, [step(EMAIL)], "unheard"),
        (Level.URGENT, [step(APP, SMS, to=PHONE)], "telephone"),
        (Level.NEEDS_ACTION, [step(SMS, SMS)], "same_way"),
        (Level.URGENT, [step(APP, SMS, VOICE, wait=timedelta(seconds=60))], "turn"),
        (Level.URGENT, [step(APP, SMS), step(PAGER)], "unheard"),
    ],
)
def test_a_policy_by_whose_ways_a_page_could_go_unheard_is_refused(level, steps, code):
    with pytest.raises(BadPolicy) as refused:
        require_heard(Policy(tuple(steps)), level)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("level", "ways"),
    [
        (Level.EMERGENCY, (VOICE, APP)),
        (Level.URGENT, (PAGER, SMS)),
        (Level.NEEDS_ACTION, (PAGER,)),
        (Level.NEEDS_ACTION, ()),
    ],
)
def test_a_policy_that_leaves_out_what_is_not_needed_is_taken(level, ways):
    require_heard(Policy((step(*ways),)), level)


def test_the_houses_own_steps_are_sound_at_every_level():
    for level, policy in STANDARD.items():
        require_heard(policy, level)


# By which ways, and when.


def test_a_step_that_names_no_way_reaches_people_as_it_always_did():
    assert reaching(Level.URGENT, ADDRESSED, step(), has={APP, SMS}).tries == fall_through()
    assert reaching(Level.URGENT, PHONE, step(to=PHONE), has={VOICE}).tries == by_voice_at_once()
    assert tuple(each.after for each in fall_through()) == TURNS


def test_each_way_has_its_turn_and_what_is_behind_the_app_is_left_out_where_a_device_has_the_page():
    all_of_them = {APP, SMS, VOICE, PAGER, EMAIL}
    assert tries(Level.URGENT, (SMS, APP, VOICE, PAGER), all_of_them) == [
        ("sms", 0, False),
        ("push", 20, False),
        ("voice", 60, True),
        ("pager", 60, True),
    ]


def test_nobody_waits_for_the_turn_of_a_way_that_they_have_not():
    # A device that is silent is tried all the same: it may be back.
    assert tries(Level.URGENT, (APP, PAGER, SMS), {SMS}) == [("push", 0, False), ("pager", 0, True), ("sms", 0, True)]


def test_who_sits_at_the_telephone_is_rung_first_in_whatever_order_the_ways_are():
    assert tries(Level.URGENT, (APP, SMS, VOICE), {APP, SMS, VOICE}, to=PHONE) == [
        ("voice", 0, False),
        ("push", 0, False),
        ("sms", 20, True),
    ]


def test_whoever_has_none_of_the_ways_is_reached_by_all_else_that_they_have():
    # Safer than passing them over: they are who holds the role, and an unwanted ring costs less than the next best.
    found = reaching(Level.URGENT, ADDRESSED, step(APP), has={SMS, VOICE})
    assert found.is_other
    assert tries(Level.URGENT, (APP,), {SMS, VOICE}) == [("push", 0, False), ("sms", 0, True), ("voice", 20, True)]


def test_in_an_emergency_whoever_cannot_be_rung_is_reached_by_all_that_they_have():
    assert tries(Level.EMERGENCY, (VOICE,), {SMS, PAGER}) == [
        ("voice", 0, False),
        ("sms", 0, False),
        ("pager", 20, False),
    ]


def test_a_letter_is_never_all_that_somebody_who_has_more_gets():
    assert tries(Level.NEEDS_ACTION, (PAGER, EMAIL), {EMAIL, SMS})[-1][0] == "sms"


def test_what_can_wait_rings_somebody_up_only_where_nothing_else_is_left():
    assert [each[0] for each in tries(Level.NEEDS_ACTION, (APP,), {VOICE, PAGER})] == ["push", "pager"]
    assert [each[0] for each in tries(Level.NEEDS_ACTION, (APP,), {VOICE})] == ["push", "voice"]
    assert [each[0] for each in tries(Level.NEEDS_ACTION, (), {VOICE})] == ["push", "sms", "voice"]


def test_whom_the_house_would_first_ring_when_the_step_is_over_is_rung_at_once():
    step = Step((Target.ADDRESSED,), timedelta(minutes=1))
    found = reaching(Level.EMERGENCY, Target.ADDRESSED, step, has={VOICE})
    assert Try(Channel.VOICE, timedelta(0)) in found.tries
    later = Step((Target.ADDRESSED,), timedelta(minutes=2))
    assert (
        Try(Channel.VOICE, timedelta(seconds=60))
        in reaching(Level.EMERGENCY, Target.ADDRESSED, later, has={VOICE}).tries
    )


# Over whatever a unit may set.

WAYS = st.lists(st.sampled_from(Way), max_size=5, unique=True).map(tuple)
STEPS = st.builds(
    Step,
    targets=st.lists(st.sampled_from(Target), min_size=1, max_size=3, unique=True).map(tuple),
    wait=st.integers(1, 30).map(lambda minutes: timedelta(minutes=minutes)),
    ways=WAYS,
)
PEOPLE = st.integers(1, 5).map(lambda number: UUID(int=number))
NIGHTS = st.dictionaries(st.sampled_from(Target), st.lists(PEOPLE, max_size=3, unique=True), max_size=6)
HAVING = st.fixed_dictionaries({UUID(int=number): st.sets(st.sampled_from(Way)) for number in range(1, 6)})
LEVELS = st.sampled_from([Level.EMERGENCY, Level.URGENT, Level.NEEDS_ACTION])


def sound(policy, level):
    """The policy, mended where it would be refused: what a unit can have."""
    last = Step((*(each for each in policy.steps[-1].targets if each is not PHONE), PHONE), MINUTES, ways=())
    steps = []
    for each in (*policy.steps[:-1], last):
        try:
            require_heard(Policy((each,)), level)
        except BadPolicy:
            each = Step(each.targets, MINUTES, ways=(VOICE, *(way for way in each.ways if way is not VOICE)))
        steps.append(each)
    found = Policy(tuple(steps))
    require_sound(found)
    require_heard(found, level)
    return found


@given(LEVELS, st.lists(STEPS, min_size=1, max_size=5), NIGHTS, HAVING)
def test_by_whatever_ways_a_page_ends_with_somebody_at_a_telephone_or_a_sender_who_is_told(level, steps, who, having):
    policy = sound(Policy(tuple(steps)), level)
    hear = {one for one, has in having.items() if has - {EMAIL}}
    reached = {target: [one for one in people if one in hear] for target, people in who.items()}
    move, rung = begin(policy, at=START, resolved=reached), set()
    while move.page.end is None:
        fired = policy.steps[move.page.step]
        for one in move.asks:
            target = next(each for each in fired.targets if one in reached.get(each, ()))
            found = reaching(level, target, fired, has=having[one])
            sent = {each.channel.value for each in found.tries}
            hears = {"push" if way is APP else way.value for way in having[one] - {EMAIL}}
            # Nobody is waited for whom nothing reaches that can be heard, before the next step begins.
            assert sent & hears
            assert min(each.after for each in found.tries if each.channel.value in hears) < fired.wait
            if target is PHONE and VOICE in having[one]:
                assert Try(Channel.VOICE, timedelta(0), unless_on_device=False) in found.tries
                rung.add(one)
        move = fire(policy, move.page, at=due(policy, move.page), resolved=reached)
    assert move.tells_sender_nobody
    # Whoever sits at the telephone and can be rung has been, before anybody is told that nobody answers.
    assert {one for one in reached.get(PHONE, ()) if VOICE in having[one]} <= rung | asked_before(policy, reached)


def asked_before(policy, reached):
    """Whom another target of the same last step means first: they are asked by that."""
    others = policy.steps[-1].targets
    return {one for target in others if target is not PHONE for one in reached.get(target, ())}


@given(LEVELS, st.lists(STEPS, min_size=1, max_size=5))
def test_a_policy_comes_back_from_its_row_as_it_was(level, steps):
    policy = sound(Policy(tuple(steps)), level)
    assert from_json(as_json(policy)) == policy
    assert all("ways" in row or not each.ways for row, each in zip(as_json(policy), policy.steps, strict=True))


@given(LEVELS, WAYS, st.sampled_from(Target), st.sets(st.sampled_from(Way)))
def test_no_way_that_was_named_is_left_out_and_none_is_tried_twice(level, ways, target, has):
    found = ways_for(step(*ways, to=target), target, level, has=has)
    assert set(found.ways) >= set(ways or house_ways(target, level))
    assert len(set(found.ways)) == len(found.ways)
    assert set(found.others) <= has


def test_an_answer_ends_a_step_whatever_its_ways_are():
    policy, one = Policy((step(SMS), step(VOICE, to=PHONE))), UUID(int=1)
    move = begin(policy, at=START, resolved={ADDRESSED: [one]})
    told_of = answer(policy, move.page, person=one, said=Answer.OWNS, at=START, resolved={})
    assert told_of.page.end is End.OWNED


def test_every_level_that_climbs_says_which_ways_it_needs():
    assert set(NEEDED) == set(STANDARD)


@pytest.mark.parametrize(
    ("targets", "level", "usual"),
    [
        ([ADDRESSED], Level.URGENT, "the app, text message, call"),
        ([ADDRESSED], Level.NEEDS_ACTION, "the app, text message"),
        ([PHONE], Level.NEEDS_ACTION, "call, the app"),
        ([Target.TEAM, PHONE], Level.EMERGENCY, "the app, text message, call; at the telephone call, the app"),
    ],
)
def test_the_words_of_a_step_that_names_no_way_say_what_goes_first(targets, level, usual):
    assert usual_words(targets, level) == usual
    for each in targets:
        first = reaching(level, each, step(to=each), has=set(Way)).tries[0].channel
        assert (first == Channel.VOICE) == (each is PHONE)


@pytest.mark.parametrize(
    ("ways", "targets", "words"),
    [
        ((APP, VOICE), [ADDRESSED], "by the app, then call"),
        ((APP, VOICE), [PHONE], "by call first, with the app"),
        ((VOICE,), [PHONE], "by call"),
        ((APP, VOICE), [ADDRESSED, PHONE], "by the app, then call; at the telephone by call first, with the app"),
    ],
)
def test_the_words_of_a_step_that_names_its_ways_follow_their_order_but_at_the_telephone(ways, targets, words):
    assert ways_words(ways, targets) == words


# In the rows.


@pytest.fixture
def gateways(monkeypatch):
    """Text messages, calls, pagers and e-mail can be sent, to whoever has an address."""

    can_send(monkeypatch, [each for each in Channel if each != Channel.PUSH])


@pytest.fixture
def only(gateways):
    """only(person, *channels): they are signed in nowhere, and have these addresses."""

    def give(person, *ways):
        DeviceSession.objects.filter(person=person).update(ended=timezone.now())
        for channel in ways:
            now = timezone.now()
            ContactPoint(person=person, channel=channel, sealed_address=b"x", verified=now).save(force_insert=True)

    return give


@pytest.fixture
def climbs_by(actor, admin_person, other_ward, lead):
    """climbs_by(*ways): the unit's urgent pages reach whoever was paged by these ways."""

    def set_(*ways, level="urgent"):
        policy = Policy((step(*ways), step(to=PHONE)))
        who = actor(admin_person)
        services.set_policy(who, key=uuid4(), unit_id=other_ward.pk, level=level, policy=policy)

    return set_


def sent_to(page, person):
    rows = Delivery.objects.filter(subject_id=page.pk, person=person).order_by("due", "channel")
    return list(rows.values_list("channel", flat=True))


@database
def test_a_step_reaches_people_by_the_ways_that_it_names_and_by_no_others(page_out, noor, on_call, only, climbs_by):
    only(noor, "sms", "voice", "pager")
    climbs_by(PAGER, SMS)
    page = page_out()
    rows = Delivery.objects.filter(subject_id=page.pk).order_by("due")
    assert [row.channel for row in rows] == ["pager", "sms"]
    assert (rows[1].due - rows[0].due).total_seconds() == pytest.approx(20, abs=1)
    assert not PageAsk.objects.get(step__page=page).by_other_ways
    assert Event.objects.get(event="paging.fired", entity_id=page.pk).detail["ways"] == ["pager", "sms"]


@database
def test_whoever_has_none_of_them_is_not_passed_over_and_the_record_and_the_page_say_by_what_they_were_reached(
    page_out, noor, amara, actor, on_call, only, climbs_by
):
    only(noor, "voice")
    climbs_by(SMS)
    page = page_out()
    assert (asked(page), sent_to(page, noor)) == ([["Noor"]], ["voice"])
    assert Event.objects.get(event="paging.fired", entity_id=page.pk).detail["by_other_ways"] == [str(noor.pk)]
    shown = selectors.page_for(actor(amara), page.pk).steps[0]
    assert (shown.ways, shown.asked[0].by_other_ways) == ((SMS,), True)


@database
def test_somebody_who_has_a_pager_alone_is_paged_by_it_though_no_step_names_it(page_out, noor, on_call, only):
    # Before, a page waited its whole step for them and sent nothing.
    only(noor, "pager")
    page = page_out()
    assert (asked(page), sent_to(page, noor)) == ([["Noor"]], ["pager"])


@database
def test_somebody_whom_only_a_letter_would_reach_holds_nothing_up(page_out, noor, amara, on_call, only):
    only(noor, "email")
    page = page_out()
    assert asked(page) == [["Noor"], ["Lee"]]
    assert page.climbed.get(number=0).skipped == "unreachable"
    assert (told(noor, "paging.sent"), told(amara, "paging.climbed")) == (1, 1)


@database
def test_a_letter_that_was_sent_is_nobody_reached(page_out, noor, amara, on_call, only, climbs_by):
    only(noor, "sms", "email")
    climbs_by(SMS, EMAIL)
    page = page_out()
    Delivery.objects.filter(subject_id=page.pk, channel="email").update(state="sent", sent=timezone.now())
    Delivery.objects.filter(subject_id=page.pk, channel="sms").update(state="failed", failure="test")
    with transaction.atomic():
        announce(*failed_of("page")(page.pk, noor.pk, "sms"))
    assert (asked(page), told(amara, "paging.unreached")) == ([["Noor"], ["Lee"]], 1)


@database
@pytest.mark.parametrize(
    ("level", "ways", "words"),
    [
        ("emergency", (APP, SMS), "each step rings a telephone"),
        ("urgent", (PAGER,), "bring no answer back"),
        ("needs_action", (EMAIL,), "makes no sound"),
    ],
)
def test_ways_by_which_a_page_would_die_silently_are_refused_in_words(climbs_by, level, ways, words):
    with pytest.raises(Invalid, match=words):
        climbs_by(*ways, level=level)
    assert not UnitPolicy.objects.exists()


@database
def test_who_set_which_ways_is_on_the_record(climbs_by, admin_person, other_ward):
    climbs_by(SMS, VOICE)
    event = Event.objects.get(event="paging.policy_set", entity_id=other_ward.pk)
    assert (event.agent_id, event.detail["level"]) == (admin_person.pk, "urgent")
    assert event.detail["ways"] == ["sms.voice", "house"]


@database
@pytest.mark.parametrize("ways", [["fax"], "sms", [5], [["sms"]], {"sms": 1}, ["sms", "fax"]])
def test_no_row_holds_a_way_that_nobody_knows(climbs_by, page_out, on_call, ways):
    # Whatever writes the row: a policy that cannot be read would stop a page in the middle of its climb.
    climbs_by(SMS)
    wrong = [{"targets": ["by_phone"], "wait_s": 60, "mode": "first", "ways": ways}]
    with pytest.raises(IntegrityError, match="paging_ways_of_a_policy"), transaction.atomic():
        UnitPolicy.objects.update(steps=wrong)
    page = page_out()
    with pytest.raises(IntegrityError, match="paging_ways_of_a_page"), transaction.atomic():
        Page.objects.create(**{**copy_of(page), "steps": wrong})


def copy_of(page):
    """The fields of this page, for another."""
    names = ("patient_id", "unit_id", "role_id", "level", "sealed", "sent_by_id", "sent")
    return {name: getattr(page, name) for name in names}
