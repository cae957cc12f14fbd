"""The forms of a handover without a browser: local times, rows and gaps, what is new in a change, locks as one."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from handover.transfers.documents import Ipass
from handover.transfers.forms.compose import GAP, ComposeForm
from handover.transfers.forms.fields import act_key, local_minute, moment_of
from handover.transfers.forms.receive import SayBackForm
from handover.transfers.forms.send import SendForm
from handover.transfers.rules import Reason
from handover.transfers.wording import locks, pieces
from live.refusals import Invalid
from tests.fixtures_transfers import make_ipass

NOW = datetime(2026, 11, 24, 2, 56, tzinfo=UTC)


def test_a_form_shows_what_a_document_says_and_gives_it_back():
    ipass = make_ipass()
    form = ComposeForm.of(ipass, revision=3)
    again = form.ipass(earlier=ipass, now=NOW, is_draft=False)
    # The input holds minutes: seconds of a time that was computed are not carried on.
    assert again.patient_summary == ipass.patient_summary
    assert again.contingency_plan == ipass.contingency_plan
    assert [line.id for line in again.action_list] == [line.id for line in ipass.action_list]


def test_a_time_is_read_in_the_wards_zone_and_kept_in_utc():
    with timezone.override("Europe/Berlin"):
        moment = moment_of("2026-11-24T04:00")
        assert moment == datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
        assert local_minute(moment) == "2026-11-24T04:00"
    assert moment_of("") is None
    with pytest.raises(ValueError, match="tomorrow"):
        moment_of("tomorrow")


def test_a_severity_keeps_its_time_until_it_is_set_anew():
    before = NOW - timedelta(minutes=20)
    earlier = Ipass(illness_severity="watcher", severity_set=before)
    same = ComposeForm(severity="watcher").ipass(earlier=earlier, now=NOW, is_draft=True)
    other = ComposeForm(severity="unstable").ipass(earlier=earlier, now=NOW, is_draft=True)
    assert (same.severity_set, other.severity_set) == (before, NOW)


def test_a_draft_keeps_half_a_pair_and_a_version_refuses_it():
    form = ComposeForm.posted({"pair-0-if_this": "SpO2 below 92 %", "illness_severity": "stable"})
    assert form.ipass(earlier=Ipass(), now=NOW, is_draft=True).contingency_plan[0].then_that == GAP
    with pytest.raises(Invalid) as refusal:
        form.ipass(earlier=Ipass(), now=NOW, is_draft=False)
    assert list(refusal.value.fields) == ["pair-0-then_that"]


def test_rows_keep_their_order_and_empty_ones_are_left_out():
    data = {"action-7-what": "Second", "action-2-what": "First", "action-9-what": " ", "action-x-what": "No"}
    form = ComposeForm.posted(data)
    assert [row.what for row in form.actions] == ["First", "Second", ""]
    ipass = form.ipass(earlier=Ipass(), now=NOW, is_draft=True)
    assert [action.what for action in ipass.action_list] == ["First", "Second"]


def test_more_rows_than_a_handover_holds_are_refused():
    with pytest.raises(Invalid):
        ComposeForm.posted({f"action-{number}-what": "x" for number in range(61)})


def test_a_line_break_in_a_line_is_a_space_and_in_a_text_a_line_break():
    form = ComposeForm.posted({"action-0-what": "Lactate\r\nagain", "situation_awareness": "One\r\ntwo"})
    assert form.actions[0].what == "Lactate again"
    assert form.situation_awareness == "One\ntwo"


@pytest.mark.parametrize("to", ["", "person", "person:nobody", "ward"])
def test_a_receiver_that_is_none_is_refused_at_its_field(to):
    with pytest.raises(Invalid) as refusal:
        SendForm(to_unit=str(uuid4()), to=to).destination()
    assert list(refusal.value.fields) == ["to"]


def test_the_first_action_is_one_of_the_list_or_ones_own_words():
    said = SayBackForm(severity="watcher", first="1", own_words="Septic chest")
    assert said.synthesis(["Lactate", "Antibiotic"]).first_action == "Antibiotic"
    own = SayBackForm(severity="watcher", first="own", first_words="Oxygen", own_words="Septic chest")
    assert own.synthesis(["Lactate"]).first_action == "Oxygen"
    with pytest.raises(Invalid):
        SayBackForm(severity="watcher", first="5", own_words="Septic chest").synthesis(["Lactate"])


def test_a_page_without_a_key_is_too_old_to_act_from():
    for data in ({}, {"key": "x"}):
        with pytest.raises(Invalid):
            act_key(data)


def test_only_whole_words_are_new():
    told = pieces("Oxygen 2 L/min, SpO2 94 %", "Oxygen 12 L/min, SpO2 94 %")
    assert [piece.text for piece in told if piece.is_new] == ["12"]
    assert "".join(piece.text for piece in told) == "Oxygen 12 L/min, SpO2 94 %"
    assert not any(piece.is_new for piece in pieces("", "All of it is new"))


def test_open_items_are_one_lock_that_names_them_all():
    reasons = (
        Reason("not_accepted", "Lee has not accepted"),
        Reason("item_open", "Not checked yet: Medication chart"),
        Reason("item_open", "Not checked yet: Identity band"),
        Reason("vitals_changed", "The vital signs changed"),
    )
    drawn = locks(reasons)
    assert [lock.code for lock in drawn] == ["not_accepted", "item_open", "vitals_changed"]
    assert drawn[1].details == ("Medication chart", "Identity band")
    assert locks(reasons[:2])[1].words == "Not checked yet: Medication chart"
