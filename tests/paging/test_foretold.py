"""What a unit's steps will do is told in words before they are kept, by the rules by which its pages climb."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from handover.paging.foretelling import foretell
from handover.paging.models import TargetRole, UnitPolicy
from handover.paging.rules import STANDARD, Level, Mode, Policy, Step, Target, Way
from handover.paging.services.ways import WAYS, reaching
from handover.paging.targets import meaning_nobody
from handover.paging.wording import fires_words, span_words, turn_words
from tests.paging.conftest import asked, time_passes

MINUTE = timedelta(minutes=1)
STEPS = {
    "level": "urgent",
    "targets-0": ["addressed"],
    "wait-0": "2",
    "targets-1": ["charge_nurse", "by_phone"],
    "wait-1": "1.5",
    "mode-1": "each",
    "preview": "1",
}


@pytest.mark.parametrize("level", list(STANDARD))
def test_each_step_fires_when_those_before_it_have_waited_and_the_end_is_told_as_well(level):
    policy = STANDARD[level]
    told = foretell(policy, level)
    waits = [step.wait for step in policy.steps]
    assert [step.after for step in told.steps] == [sum(waits[:number], timedelta()) for number in range(len(waits))]
    assert told.nobody_after == sum(waits, timedelta())


@pytest.mark.parametrize("level", list(STANDARD))
def test_whoever_has_every_way_is_reached_as_it_is_told(level):
    both, phone = (Target.ADDRESSED, Target.BY_PHONE), (Target.BY_PHONE,)
    steps = (Step(both, 5 * MINUTE), Step(phone, MINUTE, ways=(Way.APP, Way.VOICE)))
    for step, told in zip(steps, foretell(Policy(steps), level).steps, strict=True):
        for reached in told.reached:
            for target in reached.targets:
                tries = reaching(level, target, step, has=set(Way)).tries
                told_of = [(turn.way, turn.after) for turn in reached.turns]
                assert told_of == [(WAYS[one.channel], one.after) for one in tries]


def test_a_way_whose_turn_comes_when_the_next_step_has_begun_is_not_promised():
    short = Policy((Step((Target.ADDRESSED,), MINUTE / 2), Step((Target.BY_PHONE,), MINUTE)))
    (reached,) = foretell(short, Level.URGENT).steps[0].reached
    assert [turn.way for turn in reached.turns] == [Way.APP, Way.SMS]


def test_those_who_are_reached_alike_stand_together_and_the_telephone_apart():
    step = Step((Target.TEAM, Target.BY_PHONE, Target.BACKUP), MINUTE, Mode.EACH)
    (told,) = foretell(Policy((step,)), Level.URGENT).steps
    assert [reached.targets for reached in told.reached] == [(Target.TEAM, Target.BACKUP), (Target.BY_PHONE,)]
    assert told.mode is Mode.EACH


def test_a_word_that_means_nobody_is_told_and_the_next_step_comes_in_its_place():
    told = foretell(STANDARD[Level.URGENT], Level.URGENT, nobody={Target.SUPERVISOR, Target.BY_PHONE})
    assert [step.after // MINUTE for step in told.steps] == [0, 5, 10, 10, 15]
    assert [bool(step.reached) for step in told.steps] == [True, True, False, True, False]
    assert told.steps[2].nobody == (Target.SUPERVISOR,)
    assert told.nobody_after == 15 * MINUTE


def test_nothing_typed_is_nothing_told():
    assert foretell(Policy(()), Level.URGENT).steps == ()


@pytest.mark.parametrize(
    ("seconds", "words"), [(20, "20 s"), (60, "60 s"), (90, "1 min 30 s"), (120, "2 min"), (5400, "1 h 30 min")]
)
def test_a_span_is_said_as_on_a_clock(seconds, words):
    assert span_words(timedelta(seconds=seconds)) == words


def test_the_words_say_at_once_and_after():
    assert (fires_words(timedelta()), fires_words(2 * MINUTE)) == ("At once", "After 2 min")
    assert turn_words("call", timedelta(), unless_on_device=False) == "call at once"
    assert turn_words("call", MINUTE, unless_on_device=True) == "call after 60 s, unless a device has it"


# In the page.


def shown(client, unit, **steps):
    answer = client.post(reverse("paging:policy", args=[unit.pk]), {"key": str(uuid4()), **steps})
    return answer.status_code, " ".join(answer.content.decode().split())


@pytest.fixture
def planner(browser, admin_person):
    return browser(admin_person)


@pytest.mark.django_db
def test_it_is_shown_on_the_same_page_with_what_was_typed_and_nothing_is_kept(planner, other_ward, lead, admin_person):
    TargetRole.objects.create(unit=other_ward, target="by_phone", role=lead, made_by=admin_person)
    status, text = shown(planner, other_ward, **STEPS)
    assert status == 200
    for words in (
        "At once", "After 2 min", "After 3 min 30 s", "whoever was paged", "a person at the telephone (Charge nurse)",
        "text message (not set up here) after 20 s, unless a device has it", "call (not set up here) at once",
        "each of them has to answer", "nobody was reached",
    ):  # fmt: skip
        assert words in text, words
    assert 'name="wait-1" inputmode="decimal" maxlength="6" value="1.5"' in text
    assert not UnitPolicy.objects.exists()


@pytest.mark.django_db
def test_what_would_be_refused_says_so_before_it_is_kept(planner, other_ward):
    status, text = shown(planner, other_ward, **{**STEPS, "targets-1": ["team"]})
    assert status == 200
    assert "no page may end in silence" in text
    assert "After 2 min" in text


# What a unit means by its words is asked where a page asks it: attacked by a unit that names nobody and has no lead.
@pytest.mark.django_db
def test_a_telephone_at_which_nobody_sits_is_said_before_anybody_relies_on_it(planner, other_ward, lead):
    assert "means nobody" not in shown(planner, other_ward, **STEPS)[1]
    assert meaning_nobody(other_ward.pk) == {Target.SUPERVISOR}
    type(lead).objects.filter(pk=lead.pk).update(is_lead=False)
    assert meaning_nobody(other_ward.pk) == {Target.SUPERVISOR, Target.CHARGE_NURSE, Target.BY_PHONE}
    assert "charge nurse, a person at the telephone" in shown(planner, other_ward, **STEPS)[1]
    assert "the unit means nobody by this: passed over at once" in shown(planner, other_ward, **STEPS)[1]


@pytest.mark.django_db
def test_a_step_that_goes_to_nobody_keeps_its_place_and_is_named(planner, other_ward):
    typed = {**STEPS, "wait-2": "7", "ways-3": ["", "sms", ""]}
    _status, text = shown(planner, other_ward, **typed)
    assert "Step 3 goes to nobody and is left out" in text
    assert "Step 4 goes to nobody and is left out" in text
    assert 'name="wait-2" inputmode="decimal" maxlength="6" value="7"' in text


@pytest.mark.django_db
@pytest.mark.parametrize(
    "typed",
    [
        {"level": "urgent"},
        {"level": "urgent", "targets-0": ["nobody"], "wait-0": "\u0663"},
        {"level": "urgent", "targets-0": ["team", "team"], "wait-0": "-1", "ways-0": ["smoke"] * 99},
        {"level": "urgent", "targets-0": ["team"], "wait-0": "x" * 65536, "mode-0": "<script>"},
    ],
)
def test_whatever_is_typed_it_says_what_is_wrong(planner, other_ward, typed):
    status, text = shown(planner, other_ward, preview="1", **typed)
    assert status == 200
    assert 'role="alert"' in text
    assert "<script>" not in text.replace("<script ", "")


@pytest.mark.django_db
def test_a_level_that_is_none_is_refused(planner, other_ward):
    assert shown(planner, other_ward, **{**STEPS, "level": "fyi"})[0] == 422


@pytest.mark.django_db
def test_it_is_for_whoever_answers_for_the_unit_alone(browser, other_ward, amara):
    assert shown(browser(amara), other_ward, **STEPS)[0] in (403, 404)


@pytest.mark.django_db(transaction=True)
def test_what_was_told_is_what_happens(planner, other_ward, page_out, lead):
    steps = {key: value for key, value in STEPS.items() if key != "preview"}
    assert shown(planner, other_ward, **steps)[0] == 303
    page = page_out()
    assert asked(page) == [["Noor"]]
    time_passes(1.9)
    assert asked(page) == [["Noor"]]
    time_passes(0.2)
    assert asked(page) == [["Noor"], ["Lee"]]
