"""The brief: seven lines, the danger among them, and a gap that says that it is one."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from handover.patients.documents import Headline, Summary
from handover.transfers.documents import Action, Ipass
from handover.transfers.rules import BriefFacts, brief
from tests.fixtures_patients import full_summary
from tests.fixtures_transfers import make_ipass

NOW = datetime(2026, 3, 4, 3, 0, tzinfo=UTC)
HEADLINE = Headline(family="Fenwickle", given="Odalys", birth_date="1951-03-04", sex="female", bed="12")


def lines(ipass, summary, headline=HEADLINE, now=NOW):
    facts = BriefFacts(
        ipass=ipass, headline=headline, summary=summary, author="Amara", now=now, zone=ZoneInfo("Europe/London")
    )
    found = brief(facts)
    assert len(found) == 7
    return {line.kind: line.text for line in found}


def test_it_says_who_why_danger_now_next_if_and_whom_to_call():
    ipass = make_ipass(
        action_list=(
            Action(what="Lactate again", by_when=NOW + timedelta(hours=1)),
            Action(what="Tomorrow's bloods", by_when=NOW + timedelta(hours=9)),
            Action(what="Late already", by_when=NOW - timedelta(minutes=30)),
        )
    )
    said = lines(ipass, full_summary(NOW))
    assert said["who"] == "FENWICKLE, Odalys, 75 y, F: Watcher"
    assert said["why"] == "75, pneumonia with sepsis, day 1"
    assert "Penicillin (anaphylaxis)" in said["danger"]
    assert "Full resuscitation" in said["danger"]
    assert "MRSA" in said["danger"]
    assert said["now"].startswith("NEWS2 7, high risk. RR 24, SpO2 94 % on oxygen 2 L, BP 112/76")
    assert said["now"].endswith("taken 02:40")
    assert said["next"] == "02:30 Late already; 04:00 Lactate again"
    assert said["if_then"].startswith("SpO2 below 92 %: 4 L and call the registrar; systolic below 95")
    assert said["call_back"] == "Amara, 020 7946 0111"


def test_a_held_drug_is_not_due():
    summary = full_summary(NOW)
    first, *_others = summary.medications.entries
    soon = first.model_copy(update={"name": "Enoxaparin", "dose": "40 mg", "next_due": NOW + timedelta(hours=1)})

    def with_status(status):
        entries = (soon.model_copy(update={"status": status}),)
        medications = summary.medications.model_copy(update={"entries": entries})
        return lines(Ipass(), summary.model_copy(update={"medications": medications}))["next"]

    assert with_status("current") == "04:00 Enoxaparin 40 mg"
    assert with_status("held") == "Nothing due"
    assert with_status("stopped") == "Nothing due"


def test_old_vital_signs_say_that_they_are_old():
    assert "old: taken 02:40" in lines(make_ipass(), full_summary(NOW), now=NOW + timedelta(hours=3))["now"]


def test_the_year_stands_with_vital_signs_of_another_year():
    a_year_later = NOW + timedelta(days=365)
    assert "old: taken 04-Mar-2026 02:40" in lines(make_ipass(), full_summary(NOW), now=a_year_later)["now"]


def test_a_gap_is_said_and_never_taken_for_good_news():
    said = lines(Ipass(), Summary(), headline=Headline())
    assert said == {
        "who": "Name not known, age not known, ?: Severity not set",
        "why": "Not said",
        "danger": "Allergies: not asked. Code status: not recorded",
        "now": "No vital signs recorded",
        "next": "Nothing due",
        "if_then": "Not said",
        "call_back": "Amara",
    }


def test_a_child_has_vital_signs_and_no_score():
    headline = HEADLINE.model_copy(update={"birth_date": "2019-01-01", "news2_band": "not-applicable"})
    assert lines(make_ipass(), full_summary(NOW), headline=headline)["now"].startswith("RR 24")


def test_more_than_a_line_holds_is_counted():
    ipass = make_ipass(action_list=tuple(Action(what=f"Action {n}", by_when=NOW) for n in range(5)))
    assert lines(ipass, Summary())["next"].endswith("and 2 more")
