"""The officer's evidence of a page: by which ways each step reached whom, and both views where it was not agreed on."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.models import DeviceSession
from handover.paging import services as paging
from handover.paging.models import UnitPolicy
from handover.paging.rules import Answer, Policy, Step, Target, Way, as_json
from handover.reach.models import Channel, ContactPoint
from ledger import sequencer
from tests.audit.test_evidence import COURT, opened, verified
from tests.paging.conftest import can_send

pytestmark = pytest.mark.django_db

OWN, OTHER, MINE = "She is septic", "It is her heart", "BNP 4000 and no fever"


@pytest.fixture
def tove(make_person, emergency):
    return make_person("tove@readback.example", "Tove Alderwick", "physician", unit=emergency)


@pytest.fixture
def send(actor, amara, tove, patient):
    """send(): Amara's urgent page to Tove."""

    def page_out():
        wanted = paging.Wanted(level="urgent", words={"situation": "NEWS2 7"}, person_id=tove.pk)
        return paging.send_page(actor(amara), key=uuid4(), patient_id=patient.pk, wanted=wanted)

    return page_out


@pytest.fixture
def rung_up(send, amara, tove, emergency, monkeypatch):
    """A page whose step names the text message, to Tove, who has a telephone alone and is signed in nowhere."""
    can_send(monkeypatch, [each for each in Channel if each != Channel.PUSH])
    DeviceSession.objects.filter(person=tove).update(ended=timezone.now())
    point = ContactPoint(person=tove, channel="voice", sealed_address=b"x", verified=timezone.now())
    point.save(force_insert=True)
    wait = timedelta(minutes=5)
    steps = Policy((Step((Target.ADDRESSED,), wait, ways=(Way.SMS,)), Step((Target.BY_PHONE,), wait)))
    UnitPolicy.objects.create(unit=emergency, level="urgent", steps=as_json(steps), made_by=amara)
    page = send()
    sequencer.sequence()
    return page


@pytest.fixture
def not_agreed(send, actor, amara, tove):
    """The page by which Amara called the next, and Tove's own view of it."""
    actor(tove)
    page = send()
    paging.answer_page(actor(tove), key=uuid4(), page_id=page.pk, said=Answer.OWNS)
    called = paging.disagree(actor(amara), key=uuid4(), page_id=page.pk, own_view=OWN, other_view=OTHER)
    paging.add_view(actor(tove), key=uuid4(), page_id=called.pk, text=MINE)
    sequencer.sequence()
    return called


def test_it_tells_by_which_way_each_step_reached_whom_and_who_was_reached_by_others_than_it_names(desk, rung_up, tove):
    response = desk.post(f"/audit/pages/{rung_up.pk}/evidence/")
    assert "paging.fired" in "\n".join(verified(response))
    record = json.loads(opened(response)["record.json"])
    (step,) = record["steps"]
    assert record["page"]["steps"][0]["ways"] == ["sms"]
    assert [(ask["person_id"], ask["by_other_ways"]) for ask in record["asks"]] == [(str(tove.pk), True)]
    (tried,) = record["tries"]
    assert (tried["person_id"], tried["channel"], tried["state"]) == (str(tove.pk), "voice", "waiting")
    assert tried["step_id"] == step["id"]
    fired = [
        json.loads(text) for name, text in opened(response).items() if name.startswith("entries/") and "json" in name
    ]
    (leaf,) = [each for each in fired if each["event"] == "paging.fired"]
    assert leaf["detail"]["by_other_ways"] == [str(tove.pk)]


def test_the_officers_page_tells_it_in_words(desk, rung_up):
    shown = desk.get(f"/audit/pages/{rung_up.pk}/").content.decode()
    for words in ("by text message", "had none of these ways that counts", "Telephone call"):
        assert words in shown


def test_both_views_are_in_it_by_their_digest_and_with_content_in_their_words(desk, not_agreed, tove):
    response = desk.post(f"/audit/pages/{not_agreed.pk}/evidence/")
    assert "paging.view_added" in "\n".join(verified(response))
    files = opened(response)
    record = json.loads(files["record.json"])
    assert [(row["number"], row["written_by_id"]) for row in record["views"]] == [(1, str(tove.pk))]
    for hidden in (OWN, OTHER, MINE):
        assert not [name for name, text in files.items() if hidden.encode() in text], hidden
    response = desk.post(f"/audit/pages/{not_agreed.pk}/evidence/", {"content": "included", **COURT})
    verified(response)
    files = opened(response)
    sent, view = (json.loads(files[f"content/version-{number}.json"]) for number in (1, 2))
    assert (sent["own_view"], sent["other_view"], view["text"]) == (OWN, OTHER, MINE)
    assert tove.display_name in files["content/words.json"].decode()
