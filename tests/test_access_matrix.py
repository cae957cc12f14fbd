"""Every address and every frame, as every role and relationship: who has no reason to see a thing learns nothing of it.

The property: for a person without a care relationship, the answer about somebody else's patient equals, byte for byte,
the answer about a patient who does not exist, and nothing changes. The addresses come from the URLconf itself, so that
a new one without a row in access_policy.py fails here.
"""

import json
import re
from uuid import UUID, uuid4

import pytest
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from live.door import Connected
from live.frames import handle, registered_frames
from live.refusals import Refusal
from tests.access_policy import FRAMES, POLICY, To

PLACE = re.compile(r"<(?:\w+:)?(\w+)>")
METHODS = ("GET", "POST", "PUT", "DELETE")


def addresses(resolver=None, prefix="", namespace=""):
    """(name, pattern) of every address of the product."""
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from addresses(entry, prefix + str(entry.pattern), inner)
        elif isinstance(entry, URLPattern):
            yield f"{namespace}{entry.name}", prefix + str(entry.pattern)


ADDRESSES = sorted(set(addresses()))
NAMES = [name for name, _ in ADDRESSES]


@pytest.fixture
def world(accepted_handover, write_draft, send, make_patient, emergency, ward, amara, lee, actor):
    """Amara's and Lee's: one handover accepted, one on its way with its gate locked and an override asked for."""
    from handover.transfers import services
    from handover.transfers.models import OpenAction, Synthesis

    second = write_draft(amara, make_patient(emergency, family="Thornapple"))
    send(second, to=ward, destination=ward)
    question = services.ask(actor(lee), key=uuid4(), handover_id=second.pk, text="Who is with her?")
    reason = "Her bed is needed for a patient in arrest"
    override = services.request_override(actor(amara), key=uuid4(), transfer_id=second.transfer_id, reason=reason)
    return {
        "patient_id": accepted_handover.patient_id,
        "handover_id": accepted_handover.pk,
        "transfer_id": accepted_handover.transfer_id,
        "question_id": question.pk,
        "override_id": override.pk,
        "synthesis_id": Synthesis.objects.get(version__handover=accepted_handover).pk,
        "action_id": OpenAction.objects.filter(handover=accepted_handover).first().pk,
        "unit_id": emergency.pk,
        "session_id": actor(amara).session_id,
        "section": "allergies",
        "entry_id": uuid4(),
        "code": "imaging_report",
        "version": str(accepted_handover.current_id),
        "digest": bytes(accepted_handover.current.digest).hex(),
    }


def filled(pattern, values):
    return "/" + PLACE.sub(lambda match: str(values.get(match[1], "x")), pattern)


def absent(world):
    """The same addresses about things that are not there."""
    return {name: uuid4() if isinstance(value, UUID) else value for name, value in world.items()}


def form(world):
    """What the forms of all addresses ask for: enough that each gets past its own checks."""
    return {
        "key": str(uuid4()),
        "text": "Seen and noted, thank you",
        "words": "No bed is free tonight",
        "reason": "No bed is free here tonight",
        "version": world["version"],
        "version_id": world["version"],
        "digest": world["digest"],
        "state": "attached",
        "illness_severity": "watcher",
        "own_words": "Septic chest, watch her oxygen",
        "first_words": "Lactate again",
        "revision": "1",
        "substance": "Latex",
    }


def answer_to(client, method, name, url, world):
    told = form(world)
    if name.startswith("api:"):
        body = {**told, "seen_number": 1, "entry": {"substance": "Latex"}, "synthesis": {}, "ipass": {}}
        told_key = {"Idempotency-Key": told["key"], "Accept": "application/json"}
        return client.generic(method, f"{url}?seen_number=1", json.dumps(body), "application/json", headers=told_key)
    if method == "POST":
        return client.post(url, told)
    return client.generic(method, url)


def bare(response):
    """The answer without what is random in every page: the CSRF token's mask and the keys of forms."""
    return re.sub(rb'name="(csrfmiddlewaretoken|key)" value="[^"]*"', b"", response.content)


def rows_of_everything():
    """How many rows each table of the product has, and what the handovers and transfers say."""
    from django.apps import apps

    from handover.transfers.models import Handover, Transfer

    counted = {
        model._meta.label: model.objects.count()
        for model in apps.get_models()
        if model._meta.app_label in {"patients", "transfers", "live"} and model._meta.managed
    }
    states = sorted(
        str(row)
        for row in [*Handover.objects.values_list("pk", "status"), *Transfer.objects.values_list("pk", "status")]
    )
    return counted, states


def test_every_address_and_every_frame_has_a_row():
    assert set(NAMES) == set(POLICY)
    assert registered_frames() == set(FRAMES)


def test_a_stranger_is_sent_to_sign_in(client, world):
    for name, pattern in ADDRESSES:
        if POLICY[name] is To.ANYBODY:
            continue
        for method in METHODS:
            response = answer_to(client, method, name, filled(pattern, world), world)
            assert response.status_code in {302, 401, 405}, (method, name)
            if response.status_code == 302:
                assert response["Location"].startswith(reverse("accounts:sign_in")), name


# The outsiders: a physician of another ward, and the three roles that see no patient at all, whatever their unit is.
@pytest.mark.parametrize("outsider", ["noor", "agent_person", "officer", "admin_person"])
def test_whoever_has_no_relationship_learns_nothing_and_changes_nothing(
    request, client, world, sign_in, emergency, outsider
):
    from accounts.models import Membership

    person = request.getfixturevalue(outsider)
    if not person.is_clinician:
        Membership.objects.create(person=person, unit=emergency)
    sign_in(client, person)
    before, nothing = rows_of_everything(), absent(world)
    for name, pattern in ADDRESSES:
        if POLICY[name] not in {To.PATIENT, To.OWN} and not (POLICY[name] is To.UNIT and outsider == "noor"):
            continue
        for method in METHODS:
            theirs = answer_to(client, method, name, filled(pattern, world), world)
            nobodys = answer_to(client, method, name, filled(pattern, nothing), world)
            assert theirs.status_code in {403, 404, 405, 422}, (method, name, theirs.status_code)
            assert method != "GET" or theirs.status_code in {403, 404, 405}, (name, theirs.status_code)
            assert (theirs.status_code, bare(theirs)) == (nobodys.status_code, bare(nobodys)), (method, name)
    assert rows_of_everything() == before


@pytest.mark.parametrize("insider", ["amara", "lee"])
def test_whoever_has_a_relationship_reads_every_page_of_their_patient(request, client, world, sign_in, insider):
    sign_in(client, request.getfixturevalue(insider))
    not_there = {"patients:correct", "patients:now", "patients:remove"}  # the entry's id is made up
    for name, pattern in ADDRESSES:
        if POLICY[name] is To.PATIENT and name not in not_there:
            response = answer_to(client, "GET", name, filled(pattern, world), world)
            assert response.status_code in {200, 302, 303, 403, 404, 405, 409}, (name, response.status_code)
            if name in {"patients:page", "patients:summary", "patients:timeline", "transfers:handover", "api:patient"}:
                assert response.status_code == 200, name


def test_only_the_compliance_officer_reads_the_record(request, client, world, sign_in):
    for name, pattern in ADDRESSES:
        if POLICY[name] is not To.OFFICER:
            continue
        answers = {}
        for person in ("amara", "noor", "agent_person", "admin_person", "officer"):
            client.logout()
            sign_in(client, request.getfixturevalue(person))
            answers[person] = client.get(filled(pattern, world))
        assert answers.pop("officer").status_code == 200, name
        assert {answer.status_code for answer in answers.values()} <= {403, 404}, name


@pytest.mark.parametrize("outsider", ["agent_person", "officer", "admin_person"])
def test_what_is_for_clinicians_is_refused_to_every_other_role(request, client, world, sign_in, emergency, outsider):
    from accounts.models import Membership

    person = request.getfixturevalue(outsider)
    Membership.objects.create(person=person, unit=emergency)
    sign_in(client, person)
    before = rows_of_everything()
    for name, pattern in ADDRESSES:
        if POLICY[name] is To.CLINICIANS:
            for method in METHODS:
                answer = answer_to(client, method, name, filled(pattern, world), world)
                assert answer.status_code in {403, 404, 405}, (method, name, answer.status_code)
    assert rows_of_everything() == before


@pytest.mark.parametrize("outsider", ["noor", "agent_person", "officer", "admin_person"])
def test_a_frame_about_somebody_elses_patient_is_refused_as_one_about_nobody(request, world, actor, outsider):
    who = actor(request.getfixturevalue(outsider))
    connected = Connected(person_id=who.person.pk, session_id=who.session_id, device=who.device)

    def refused(frame, targets):
        told = {
            "act": frame, "key": str(uuid4()), "handover": str(targets["handover_id"]), "version": world["version"],
            "question": str(targets["question_id"]), "digest": world["digest"], "text": "Who is with her?",
            "illness_severity": "watcher", "first_action": "Lactate", "own_words": "Septic chest",
        }  # fmt: skip
        with pytest.raises(Refusal) as caught:
            handle(connected, told)
        return caught.value.status, caught.value.message

    before = rows_of_everything()
    for frame in sorted(FRAMES):
        assert refused(frame, world) == refused(frame, absent(world)), frame
        assert refused(frame, world)[0] == 404, frame
    assert rows_of_everything() == before
