"""Words for callers: who writes them, what counts, what may be used, and what agents' voices change."""

from datetime import timedelta
from uuid import uuid4

import pytest

from handover.calls.scripts import selectors, services
from handover.calls.scripts.models import Judgement, Script, ScriptUse, ScriptVersion
from handover.calls.scripts.services import EXPIRING, NewScript, Wording
from ledger.models import Event
from live.clock import database_now
from live.drawing import draw
from live.models import InboxItem, Timer
from live.refusals import Conflict, Denied, Invalid, NotFound
from live.timers import run_due, set_timer
from tests.scripts.conftest import NAME, WORDS, wording

pytestmark = pytest.mark.django_db


def offered(reason="symptom", language="en"):
    return [words.script for words in selectors.offered(reason=reason, language=language, at=database_now())]


def test_an_administrator_writes_a_script_and_owns_it(write, admin_person):
    script = write("Do you have pain\u202e in your chest?\r\n\r\nSince when? \n")
    version = script.versions.get()
    assert (script.owner, version.number, version.author) == (admin_person, 1, admin_person)
    # As a person sees it: without marks that turn a line around.
    assert version.text == "Do you have pain in your chest?\n\nSince when?"
    event = Event.objects.get(event="script.written")
    assert (event.entity_id, event.detail) == (script.pk, {"kind": "red_flag", "language": "en"})


def test_whoever_leads_a_unit_writes_one_and_nobody_else_does(write, lead, lee, amara, agent_person, officer):
    assert write(by=lee).owner == lee
    for person in (amara, agent_person, officer):
        with pytest.raises(Denied):
            write(by=person)
    assert Script.objects.count() == 1


@pytest.mark.parametrize(
    ("field", "told"),
    [
        ("kind", {"kind": "protocol"}),
        ("reason", {"reason": "gossip"}),
        ("language", {"language": "english"}),
        ("name", {"name": "\u200b "}),
        ("name", {"name": "x" * 81}),
        ("text", {"text": " \u200b\n"}),
        ("text", {"text": "x" * 2001}),
        ("valid_until", {"days": 0}),
        ("valid_until", {"days": -1}),
        ("valid_until", {"days": 368}),
    ],
)
def test_what_is_not_filled_in_is_said_at_its_field_and_nothing_is_written(write, field, told):
    with pytest.raises(Invalid) as refused:
        write(**told)
    assert list(refused.value.fields) == [field]
    assert not Script.objects.exists()


def test_a_version_counts_from_when_it_is_written_and_the_earlier_stays(write, change, use):
    script = write()
    first = script.versions.get()
    second = change(script)
    assert (second.number, offered()) == (2, [script])
    first.refresh_from_db()
    assert first.text == WORDS
    with pytest.raises(Conflict) as refused:
        use(script, first)
    assert (refused.value.code, "Reload" in refused.value.message) == ("replaced", True)
    assert use(script, second).version == second


# Whoever saves last must not undo, unseen, what somebody else has just corrected.
def test_whoever_changes_what_has_been_changed_since_writes_nothing(write, change):
    script = write()
    change(script, "Mine")
    with pytest.raises(Conflict) as refused:
        change(script, "Theirs", seen=1)
    assert refused.value.code == "stale"
    assert [version.text for version in selectors.history_of(script.pk)] == ["Mine", WORDS]


def test_the_same_key_writes_one_version(write, change):
    script, key = write(), uuid4()
    assert change(script, seen=1, key=key) == change(script, seen=1, key=key)
    assert script.versions.count() == 2


def test_another_keeper_changes_nothing_of_what_is_not_theirs(write, change, lead, lee, admin_person, actor):
    script = write()
    for act in (
        lambda: change(script, by=lee),
        lambda: services.withdraw(actor(lee), key=uuid4(), script_id=script.pk),
        lambda: services.hand_over_ownership(actor(lee), key=uuid4(), script_id=script.pk, to_id=lee.pk),
        lambda: services.renew(actor(lee), key=uuid4(), script_id=script.pk, seen=1),
    ):
        with pytest.raises(Denied):
            act()
    assert script.versions.count() == 1
    # An administrator does: the owner may be ill, or gone.
    assert change(write(by=lee), by=admin_person).number == 2


def test_what_is_not_there_is_not_found(change, use, actor, admin_person, agent_person):
    nothing = Script(pk=uuid4())
    with pytest.raises(NotFound):
        change(nothing, seen=1)
    with pytest.raises(NotFound):
        use(nothing, ScriptVersion(pk=uuid4()))
    with pytest.raises(NotFound):
        services.renew(actor(admin_person), key=uuid4(), script_id=uuid4(), seen=1)
    with pytest.raises(NotFound):
        services.say_how_it_went(actor(agent_person), key=uuid4(), use_id=uuid4(), how="worked")


def test_it_is_handed_to_somebody_who_can_answer_for_it_and_they_keep_it(
    write, change, actor, admin_person, lead, lee, amara
):
    script = write()

    def hand(to):
        services.hand_over_ownership(actor(admin_person), key=uuid4(), script_id=script.pk, to_id=to.pk)

    for person in (amara, admin_person):
        with pytest.raises(Invalid):
            hand(person)
    hand(lee)
    script.refresh_from_db()
    assert script.owner == lee
    assert change(script, by=lee).author == lee


def test_what_is_withdrawn_is_offered_to_nobody_and_stays_on_record(write, change, use, actor, admin_person):
    script = write()
    services.withdraw(actor(admin_person), key=uuid4(), script_id=script.pk)
    assert (offered(), script.versions.count()) == ([], 1)
    for act in (lambda: use(script), lambda: change(script)):
        with pytest.raises(Conflict) as refused:
            act()
        assert refused.value.code == "withdrawn"


def test_words_that_have_run_out_are_refused_with_whom_to_tell(long_ago, use, admin_person):
    script = long_ago()
    assert offered() == []
    with pytest.raises(Conflict) as refused:
        use(script)
    assert refused.value.code == "expired"
    assert admin_person.display_name in refused.value.message
    assert not ScriptUse.objects.exists()


@pytest.mark.parametrize(("early", "is_used"), [(timedelta(microseconds=1), True), (timedelta(0), False)])
def test_they_are_used_until_the_very_second_and_not_in_it(write, use, monkeypatch, early, is_used):
    script = write(days=1)
    at = script.versions.get().valid_until - early
    monkeypatch.setattr(services, "database_now", lambda: at)
    if is_used:
        assert use(script).at == at
    else:
        with pytest.raises(Conflict):
            use(script)


def test_only_agents_use_them(write, use, admin_person, amara):
    script = write()
    for person in (admin_person, amara):
        with pytest.raises(Denied):
            use(script, by=person)


def test_a_use_is_kept_with_who_when_which_version_and_which_case(write, actor, agent_person):
    version, case_id = write().versions.get(), uuid4()
    row = services.use(actor(agent_person), key=uuid4(), version_id=version.pk, case_id=case_id)
    assert (row.agent, row.version, row.case_id) == (agent_person, version, case_id)
    event = Event.objects.get(event="script.used")
    assert (event.agent_id, event.entity_id, event.detail) == (agent_person.pk, version.script_id, {"number": 1})


def test_how_it_went_is_said_once_of_each_use_and_may_be_changed(write, use, actor, agent_person, make_person):
    row = use(write())

    def say(how, by=agent_person):
        services.say_how_it_went(actor(by), key=uuid4(), use_id=row.pk, how=how)

    say("worked")
    say("confused_the_caller")
    assert Judgement.objects.get().how == "confused_the_caller"
    with pytest.raises(Invalid):
        say("fine")
    # Nobody speaks for another: it would be theirs who said it.
    with pytest.raises(NotFound):
        say("worked", make_person("pim@readback.example", "Pim Reedmace", "call_agent"))
    assert Judgement.objects.get().how == "confused_the_caller"


def test_what_works_comes_before_what_nobody_judged_and_that_before_what_confuses(write, judge):
    confusing, untried, good, better = (write(name=name) for name in ("A", "B", "C", "D"))
    judge(confusing, "confused_the_caller")
    judge(good, "worked")
    judge(better, "worked", 2)
    assert offered() == [better, good, untried, confusing]


def test_a_changed_voice_changes_the_order(write, use, actor, agent_person):
    one, other = write(name="A"), write(name="B")
    row = use(other)
    for how, order in (("worked", [other, one]), ("confused_the_caller", [one, other])):
        services.say_how_it_went(actor(agent_person), key=uuid4(), use_id=row.pk, how=how)
        assert offered() == order


def test_what_was_said_of_other_words_is_no_voice_on_these_but_the_same_words_keep_theirs(
    write, change, judge, actor, admin_person
):
    script = write()
    judge(script, "worked", 2)

    def worked():
        return selectors.kept(at=database_now())[0].worked

    services.renew(actor(admin_person), key=uuid4(), script_id=script.pk, seen=1)
    assert worked() == 2
    change(script, "Other words")
    assert worked() == 0


def test_an_agent_is_offered_what_fits_the_call_in_its_order(write):
    net = write(kind="safety_net", reason="", name="If it gets worse")
    first = write(kind="opening", reason="", name="Good morning")
    spanish = write(language="es", name="Dolor")
    result = write(reason="result", name="Your result")
    chest = write()
    assert offered() == [first, chest, net]
    assert offered("result") == [first, result, net]
    assert offered("") == [first, net]
    assert offered("symptom", "es-MX") == [spanish]
    assert offered("symptom", "") == [first, chest, spanish, net]


def test_renewed_it_says_the_same_for_as_long_as_before(long_ago, use, actor, admin_person):
    script = long_ago()
    version = services.renew(actor(admin_person), key=uuid4(), script_id=script.pk, seen=1)
    assert (version.number, version.text) == (2, WORDS)
    left = version.valid_until - version.at
    assert timedelta(days=99, hours=23) < left < timedelta(days=100, minutes=1)
    assert use(script).version == version


def fire(version):
    """What is due of this version fires, as when its time has come."""
    set_timer(EXPIRING, version.pk, after=timedelta(seconds=-1))
    run_due()


def test_the_owner_is_told_two_weeks_before_and_only_of_the_version_that_counts(write, change, admin_person):
    script = write(days=100)
    timer = Timer.objects.get(kind=EXPIRING)
    assert abs(timer.due - (script.versions.get().valid_until - timedelta(days=14))) < timedelta(minutes=1)
    version = change(script)
    assert Timer.objects.get(kind=EXPIRING).subject_id == version.pk
    fire(script.versions.get(number=1))
    assert not InboxItem.objects.filter(event=EXPIRING).exists()
    fire(version)
    item = InboxItem.objects.get(event=EXPIRING)
    assert item.person_id == admin_person.pk
    view = draw([item])[item.pk]
    assert (view["line"].startswith(NAME), view["url"]) == (True, f"/scripts/{script.pk}/")
    assert Event.objects.get(event=EXPIRING).detail == {"number": 2, "told": 1}


def test_where_the_owner_is_gone_the_administrators_are_told(write, lead, lee, admin_person):
    version = write(by=lee).versions.get()
    type(lee).objects.filter(pk=lee.pk).update(is_active=False)
    fire(version)
    assert InboxItem.objects.get(event=EXPIRING).person_id == admin_person.pk


def test_of_what_was_withdrawn_nobody_is_told(write, actor, admin_person):
    script = write()
    services.withdraw(actor(admin_person), key=uuid4(), script_id=script.pk)
    assert not Timer.objects.filter(kind=EXPIRING).exists()
    fire(script.versions.get())
    assert not InboxItem.objects.filter(event=EXPIRING).exists()


def test_the_record_holds_no_words(write, change, judge):
    judge(script := write("Zebra crossing"), "worked")
    change(script, "Zebra again")
    assert not [event for event in Event.objects.all() if "Zebra" in str(event.detail)]


def test_a_day_that_is_no_time_is_refused(actor, admin_person):
    new, until = NewScript("answer", "", "en", NAME), wording().valid_until.replace(year=9999)
    with pytest.raises(Invalid):
        services.write_script(actor(admin_person), key=uuid4(), new=new, wording=Wording(WORDS, until))
