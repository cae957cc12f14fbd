"""Every address and every frame, as every role and relationship: who has no reason to see a thing learns nothing of it.

The property: for a person without a care relationship, the answer about somebody else's patient equals, byte for byte,
the answer about a patient who does not exist, and nothing changes. The addresses come from the URLconf itself, so that
a new one without a row in access_policy.py fails here.
"""

import json
import re
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from accounts.models import CLINICAL_ROLES, Duty, Membership, Person, Role
from ledger import sequencer
from ledger.models import Event
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
def world(accepted_handover, write_draft, send, make_patient, make_person, emergency, ward, amara, lee, actor):
    """Amara's and Lee's: one handover accepted, one on its way with its gate locked and an override asked for.

    Somebody else has used emergency access to a third patient, and was asked about it.
    """
    from handover.transfers import services
    from handover.transfers.models import OpenAction, Synthesis

    second = write_draft(amara, make_patient(emergency, family="Thornapple"))
    send(second, to=ward, destination=ward)
    question = services.ask(actor(lee), key=uuid4(), handover_id=second.pk, text="Who is with her?")
    reason = "Her bed is needed for a patient in arrest"
    override = services.request_override(actor(amara), key=uuid4(), transfer_id=second.transfer_id, reason=reason)
    glass = break_glass(actor, make_person, make_patient(ward, family="Nettleship"))
    # There is a checkpoint to print, whichever test came before.
    sequencer.sequence()
    return {
        "glass_id": glass,
        "flag_id": flagged(actor, amara, accepted_handover.patient),
        "mark_id": uuid4(),
        "disclosure_id": disclosed(actor, accepted_handover.patient_id),
        "person_id": amara.pk,
        "invitation_id": uuid4(),
        "approval_id": uuid4(),
        "export_id": uuid4(),
        "member_id": named(accepted_handover.patient_id, make_person).pk,
        "token": "made-up",
        "patient_id": accepted_handover.patient_id,
        "handover_id": accepted_handover.pk,
        "transfer_id": accepted_handover.transfer_id,
        "question_id": question.pk,
        "override_id": override.pk,
        "event_id": Event.objects.filter(event="glass.broken").latest("id").pk,
        "synthesis_id": Synthesis.objects.get(version__handover=accepted_handover).pk,
        "page_id": paged(actor, amara, noor_of(make_person, ward), accepted_handover.patient_id),
        "action_id": OpenAction.objects.filter(handover=accepted_handover).first().pk,
        "unit_id": emergency.pk,
        **said_of(actor, amara, lee, accepted_handover.patient_id),
        **duty_of(amara, lee, emergency),
        **words_of(actor, make_person),
        **rung_device_of(amara, actor),
        "session_id": actor(amara).session_id,
        "reset_id": uuid4(),
        "passkey_id": 7,
        "section": "allergies",
        "entry_id": uuid4(),
        "code": "imaging_report",
        "version": str(accepted_handover.current_id),
        "digest": bytes(accepted_handover.current.digest).hex(),
    }


def duty_of(amara, lee, unit):
    """A role of the unit with a rotation, and Lee was asked to cover it for Amara."""
    from handover.directory.models import Capability
    from handover.duty.models import CoverAsk, CoverRequest, PractitionerRole, Rotation

    now = timezone.now()
    role = PractitionerRole.objects.create(unit=unit, name="Charge nurse")
    hours = {"begins": "07:00", "ends": "19:00", "zone": "Europe/London", "turn_days": 1, "first_day": now.date()}
    rotation = Rotation.objects.create(role=role, made=now, made_by=amara, **hours)
    span = {"starts": now + timedelta(hours=4), "ends": now + timedelta(hours=9)}
    request = CoverRequest.objects.create(role=role, asked_by=amara, instead_of=amara, **span)
    CoverAsk.objects.create(request=request, person=lee)
    taken = Capability.objects.create(unit=unit, name="Stroke", confirmed=now, confirmed_by=amara)
    return {
        "role_id": role.pk,
        "rotation_id": rotation.pk,
        "request_id": request.pk,
        "capability_id": taken.pk,
    }


def words_of(actor, make_person):
    """Words for callers that an administrator has written, and an agent's use of them."""
    from handover.calls.scripts import services

    owner = actor(make_person("keeps@readback.example", "Odile Fernsby", "administrator"))
    agent = actor(make_person("calls@readback.example", "Pim Reedmace", "call_agent"))
    told = {
        "new": services.NewScript("answer", "", "en", "Opening hours"),
        "wording": services.Wording("From two until eight.", timezone.now() + timedelta(days=9)),
    }
    script = services.write_script(owner, key=uuid4(), **told)
    version = script.versions.get()
    use = services.use(agent, key=uuid4(), version_id=version.pk)
    return {"script_id": script.pk, "wording_id": version.pk, "use_id": use.pk}


def said_of(actor, amara, lee, patient_id):
    """What Amara has written to Lee about the patient, in the patient's conversation."""
    from handover.messaging import services
    from tests.messaging.ready import ready

    between = services.Between(patient_id=patient_id)
    thread = services.open_thread(actor(amara), key=uuid4(), between=between)
    files = [ready(amara, kind, b"a file") for kind in ("photo", "pdf")]
    message = services.send_message(
        actor(amara),
        key=uuid4(),
        thread_id=thread.pk,
        said=services.Said("Lactate 4.1", "urgent", uploads=files),
        to=services.To([lee.pk]),
    )
    file = message.attachments.get()
    ids = {"thread_id": thread.pk, "message_id": message.pk, "photo_id": message.photo.pk, "file_id": file.pk}
    return {**ids, "upload_id": uuid4()}


def rung_device_of(person, actor):
    """A device of this person that was rung once, what leads from the notification, and a number without its proof."""
    from handover.reach.models import ContactPoint
    from handover.reach.points.models import Proof
    from handover.reach.push.models import Ring, Subscription
    from handover.reach.push.selectors import digest_of
    from handover.reach.sealed import seal_address

    session_id, token = actor(person).session_id, uuid4()
    told = {"endpoint_digest": digest_of("x"), "sealed": b"x"}
    device = Subscription.objects.create(person=person, session_id=session_id, **told)
    about = {"subject_kind": "push.check", "subject_id": uuid4(), "sent": timezone.now()}
    Ring.objects.create(subscription=device, token_digest=digest_of(str(token)), **about)
    point = ContactPoint(person=person, channel="sms")
    seal_address(point, "+442079460111")
    point.save(force_insert=True)
    Proof.objects.create(point=point)
    return {"subscription_id": device.pk, "notice": token, "point_id": point.pk}


def noor_of(make_person, unit):
    """A physician of a unit, who is paged."""
    return make_person("paged@readback.example", "Noor Wintergreen", "physician", unit=unit)


def paged(actor, amara, to, patient_id):
    """The id of a page about the patient that waits for an answer."""
    from handover.paging import services as paging

    wanted = paging.Wanted(level="urgent", words={"situation": "NEWS2 7"}, person_id=to.pk)
    return paging.send_page(actor(amara), key=uuid4(), patient_id=patient_id, wanted=wanted).pk


def named(patient_id, make_person):
    """The row of a colleague who was named to the patient's care team."""
    from handover.patients.models import CareRelationship

    person = make_person("named@readback.example", "Tove Alderwick", "physician")
    return CareRelationship.objects.create(patient_id=patient_id, person=person, reason="consulting")


def break_glass(actor, make_person, patient):
    """The id of a case of emergency access that an officer has asked about."""
    from handover.patients.glass import services
    from handover.patients.models import BreakGlass
    from handover.patients.sealed import identity_of

    who, why = identity_of(patient), {"code": "covering", "words": "Covering for a colleague who is ill"}
    stranger = make_person("stranger@readback.example", "Robin Rushlight", "physician")
    officer = make_person("asks@readback.example", "Sanna Quickbeam", "compliance_officer")
    told = {"record_number": who.record_number, "birth_date": who.birth_date, **why}
    services.break_glass(actor(stranger), key=uuid4(), **told)
    glass = BreakGlass.objects.get()
    services.ask(actor(officer), key=uuid4(), glass_id=glass.pk, question="For whom?")
    return glass.pk


def flagged(actor, person, patient):
    """The id of a flag about this person and patient, asked about and settled as a breach."""
    from audit.review import services
    from audit.review.models import Flag

    officer = actor(Person.objects.get(email="asks@readback.example"))
    told = {"review_due": timezone.now(), "day": timezone.localdate(), "score": 70}
    flag = Flag.objects.create(person=person, patient=patient, **told)
    now = timezone.now()
    flag.reasons.create(rule="R1", since=now, since_event=1, until=now, until_event=1, count=1)
    services.ask(officer, key=uuid4(), flag_id=flag.pk, question="What for?")
    services.settle(officer, key=uuid4(), flag_id=flag.pk, finding="breach", note="No reason to look")
    return flag.pk


def disclosed(actor, patient_id):
    """The id of a disclosure of this patient to the police."""
    from audit.disclosures.bases import Basis
    from audit.disclosures.documents import Words
    from audit.disclosures.services import What, disclose

    officer = actor(Person.objects.get(email="asks@readback.example"))
    words = Words(recipient="Sheriff's Office", what="That she was here", purpose="An investigation")
    return disclose(officer, patient_id, words, basis=Basis.LAW_ENFORCEMENT, what=What.BY_HAND)


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


# The bar above a page and the ways below it name whoever looks, and where they work.
BAR = re.compile(rb'<header class="top">.*?</header>|<nav\b.*?</nav>|data-person="[^"]*"', re.DOTALL)
_OF_NOBODY: dict[tuple[str, str, str, str], tuple[int, bytes]] = {}


def answer_about_nobody(client, role, method, name, pattern, world):
    """How this role is answered about what is not there: asked once, as the standing changes nothing of it."""
    cell = (role, method, name, pattern)
    if cell not in _OF_NOBODY:
        answer = answer_to(client, method, name, filled(pattern, absent(world)), world)
        _OF_NOBODY[cell] = (answer.status_code, BAR.sub(b"", bare(answer)))
    return _OF_NOBODY[cell]


def rows_of_everything():
    """How many rows each table of the product has, and what the handovers and transfers say."""
    from django.apps import apps

    from handover.transfers.models import Handover, Transfer

    counted = {
        model._meta.label: model.objects.count()
        for model in apps.get_models()
        if model._meta.app_label in {"patients", "transfers", "messaging", "paging", "live"} and model._meta.managed
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


# How somebody may stand to the patient, and whether that lets a clinician in. Nobody of another role is ever let in.
STANDINGS = {
    "nothing": False,
    "member_of_the_unit": True,
    "on_duty_in_the_unit": True,
    "duty_in_the_unit_is_over": False,
    "duty_in_the_unit_is_to_come": False,
    "member_of_another_unit": False,
    "row_of_their_own": True,
    "row_of_their_own_is_over": False,
    "row_of_their_own_is_to_come": False,
    "row_of_somebody_else": False,
    "row_of_their_role": True,
    "row_of_another_role": False,
}
# For the other roles the standings that would let a clinician in are those that matter, and having none.
STANDS = [
    (role, standing)
    for role in Role
    for standing, lets_in in STANDINGS.items()
    if role in CLINICAL_ROLES or lets_in or standing == "nothing"
]
OF_SOMEBODY = {To.PATIENT, To.OWN, To.CLINICIAN_OWN}
OF_ONE = [(name, pattern) for name, pattern in ADDRESSES if POLICY.get(name) in OF_SOMEBODY]
CELLS = {(*stand, name, target) for stand in STANDS for name, _ in OF_ONE for target in ("theirs", "nobodys")}
_METHODS_OF: dict[tuple[str, str], list[str]] = {}


def stand(person, standing, patient_id, unit, other_unit):
    """Writes the rows of the standing."""
    from handover.patients.models import CareRelationship

    hour, now = timedelta(hours=1), timezone.now()
    duties = {
        "on_duty_in_the_unit": {"starts": now - hour},
        "duty_in_the_unit_is_over": {"starts": now - hour, "ends": now - hour / 2},
        "duty_in_the_unit_is_to_come": {"starts": now + hour},
    }
    another = Role.PHYSICIAN if person.role != Role.PHYSICIAN else Role.NURSE
    rows = {
        "row_of_their_own": {"person": person},
        "row_of_their_own_is_over": {"person": person, "begins": now - hour, "ends": now - hour / 2},
        "row_of_their_own_is_to_come": {"person": person, "begins": now + hour},
        "row_of_somebody_else": {"person": Person.objects.exclude(pk=person.pk).first()},
        "row_of_their_role": {"unit": other_unit, "role": person.role},
        "row_of_another_role": {"unit": other_unit, "role": another},
    }
    if standing == "member_of_the_unit":
        Membership.objects.create(person=person, unit=unit)
    if standing in {"member_of_another_unit", "row_of_their_role", "row_of_another_role"}:
        Membership.objects.create(person=person, unit=other_unit)
    if standing in duties:
        Duty.objects.create(person=person, unit=unit, **duties[standing])
    if standing in rows:
        reason = CareRelationship.Reason.RESPONSIBLE
        CareRelationship.objects.create(patient_id=patient_id, reason=reason, **rows[standing])


@pytest.fixture
def methods_of(world, sign_in, noor):
    """The methods that an address has at all: asked once, as a clinician to whom nothing is there."""
    if not _METHODS_OF:
        client, nothing = Client(), absent(world)
        sign_in(client, noor)
        for name, pattern in [pair for pair in ADDRESSES if POLICY[pair[0]] in OF_SOMEBODY | {To.UNIT}]:
            url = filled(pattern, nothing)
            answers = {method: answer_to(client, method, name, url, world).status_code for method in METHODS}
            _METHODS_OF[name, pattern] = [method for method, status in answers.items() if status != 405]
    return _METHODS_OF


def test_the_matrix_has_five_thousand_cells():
    assert len(CELLS) >= 5_000


@pytest.mark.parametrize(("role", "standing"), STANDS)
def test_a_patient_is_there_for_a_clinician_with_a_live_relationship_and_for_nobody_else(
    client, world, methods_of, sign_in, make_person, actor, emergency, other_ward, role, standing
):
    person = make_person("probe@readback.example", "Tilda Probewell", role)
    stand(person, standing, world["patient_id"], emergency, other_ward)
    sign_in(client, person)
    if STANDINGS[standing] and person.is_clinician:
        for name, pattern in ADDRESSES:
            if name in {"patients:page", "patients:summary", "patients:timeline", "api:patient", "api:timeline"}:
                assert answer_to(client, "GET", name, filled(pattern, world), world).status_code == 200, name
        return
    before, nothing = rows_of_everything(), absent(world)
    for name, pattern in OF_ONE:
        for method in methods_of[name, pattern]:
            theirs = answer_to(client, method, name, filled(pattern, world), world)
            assert theirs.status_code in ({403, 404} if method == "GET" else {403, 404, 405, 422}), (method, name)
            said = (theirs.status_code, BAR.sub(b"", bare(theirs)))
            assert said == answer_about_nobody(client, role, method, name, pattern, world), (method, name)
    for frame in sorted(FRAMES):
        refusal = refused_frame(actor(person), frame, world, world)
        assert refusal == refused_frame(actor(person), frame, nothing, world), frame
        assert refusal[0] == 404, frame
    assert rows_of_everything() == before


def refused_frame(who, frame, targets, world):
    """The status and the words with which a frame about these targets is refused."""
    connected = Connected(person_id=who.person.pk, session_id=who.session_id, device=who.device)
    told = {
        "act": frame, "key": str(uuid4()), "handover": str(targets["handover_id"]), "version": world["version"],
        "question": str(targets["question_id"]), "digest": world["digest"], "text": "Who is with her?",
        "illness_severity": "watcher", "first_action": "Lactate", "own_words": "Septic chest",
        "thread": str(targets["thread_id"]), "message": str(targets["message_id"]),
        "level": "fyi", "answer": "owned", "revision": 0, "number": 1,
        "what": "typing",
    }  # fmt: skip
    with pytest.raises(Refusal) as caught:
        handle(connected, told)
    return caught.value.status, caught.value.message


def test_a_unit_of_another_ward_is_not_there(client, world, methods_of, sign_in, noor):
    sign_in(client, noor)
    before, nothing = rows_of_everything(), absent(world)
    for name, pattern in ADDRESSES:
        if POLICY[name] is To.UNIT:
            for method in methods_of[name, pattern]:
                theirs = answer_to(client, method, name, filled(pattern, world), world)
                nobodys = answer_to(client, method, name, filled(pattern, nothing), world)
                assert theirs.status_code in {403, 404, 422}, (method, name, theirs.status_code)
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


# What the world above has none of: the officer is told so, too.
NOT_IN_THIS_WORLD = {"audit:checkpoint"}


def test_only_the_compliance_officer_reads_the_record(request, client, world, sign_in):
    """An act is posted: to the officer a GET of it is 405, and to the others the act itself is not there."""
    closed = {}
    for person in ("officer", "amara", "noor", "agent_person", "admin_person"):
        client.logout()
        sign_in(client, request.getfixturevalue(person))
        for name, pattern in ADDRESSES:
            if POLICY[name] is not To.OFFICER:
                continue
            url = filled(pattern, world)
            status = client.get(url).status_code
            if person == "officer":
                closed[name] = {200: False, 405: False}.get(status, True)
            else:
                answer = client.post(url, form(world)).status_code if status == 405 else status
                assert answer in {403, 404}, (person, name)
    assert {name for name, is_closed in closed.items() if is_closed} <= NOT_IN_THIS_WORLD


@pytest.mark.parametrize("outsider", ["amara", "noor", "agent_person", "officer"])
def test_nobody_plans_a_unit_whose_lead_they_are_not(request, client, world, sign_in, outsider):
    # Who can put somebody on call can take them off: a page would reach whom an attacker likes.
    sign_in(client, request.getfixturevalue(outsider))
    before = rows_of_everything()
    for name, pattern in ADDRESSES:
        if POLICY[name] is To.PLANNERS:
            for method in METHODS:
                answer = answer_to(client, method, name, filled(pattern, world), world)
                assert answer.status_code in {403, 404, 405}, (method, name, answer.status_code)
    assert rows_of_everything() == before


@pytest.mark.parametrize("outsider", ["agent_person", "officer", "admin_person"])
def test_what_is_for_clinicians_is_refused_to_every_other_role(request, client, world, sign_in, emergency, outsider):
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
