"""Handovers over the API: from draft to acceptance, and the inbox."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Status

from accounts.apiparts import ActKey, Done, actor_of, answers
from accounts.models import Person
from handover.transfers import selectors, services
from handover.transfers.api.shapes import (
    AcceptIn,
    BriefOut,
    CallOut,
    ConfirmIn,
    DeclinedOut,
    DeclineIn,
    DraftIn,
    EditIn,
    HandoverOut,
    HeldOut,
    InboxOut,
    LadderOut,
    PersonOut,
    QuestionOut,
    ReasonOut,
    RevisionOut,
    SayBackIn,
    SendIn,
    SynthesisOut,
    VersionIn,
    WordsIn,
)

router = Router(tags=["handovers"])


@router.post("/patients/{patient_id}/handovers", response=answers(Done, 201), summary="Begin, or go on with, my draft")
def draft(request: HttpRequest, patient_id: UUID, key: ActKey) -> Status[Done]:
    """The draft, pre-filled from the patient's summary; severity is not set."""
    return Status(201, Done(id=services.draft_handover(actor_of(request), key=key, patient_id=patient_id).pk))


@router.get("/handovers/{handover_id}", response=answers(HandoverOut), summary="One handover, as it stands for me")
def handover(request: HttpRequest, handover_id: UUID) -> HandoverOut:
    """The current version with the ladder, the questions, the gate, and what I may do now."""
    return _handover(selectors.handover_page(actor_of(request), handover_id))


@router.put("/handovers/{handover_id}/draft", response=answers(RevisionOut), summary="Save the draft")
def save_draft(request: HttpRequest, handover_id: UUID, wanted: DraftIn, key: ActKey) -> RevisionOut:
    """The draft's new revision; 409 when it was saved elsewhere meanwhile."""
    revision = services.save_draft(
        actor_of(request), key=key, handover_id=handover_id, ipass=wanted.ipass, revision=wanted.revision
    )
    return RevisionOut(revision=revision)


@router.post("/handovers/{handover_id}/send", response=answers(Done), summary="Send it to who will receive the patient")
def send(request: HttpRequest, handover_id: UUID, wanted: SendIn, key: ActKey) -> Done:
    """The version that was sent."""
    to = services.Recipient(wanted.address, wanted.person_id, wanted.unit_id)
    plan = services.TransferPlan(**wanted.transfer.model_dump()) if wanted.transfer else None
    return Done(id=services.send_handover(actor_of(request), key=key, handover_id=handover_id, to=to, transfer=plan).pk)


@router.post("/handovers/{handover_id}/edit", response=answers(Done), summary="Replace what was sent by a new version")
def edit(request: HttpRequest, handover_id: UUID, wanted: EditIn, key: ActKey) -> Done:
    """The new version; whoever had the old one has to read and accept it anew."""
    version = services.edit_handover(
        actor_of(request), key=key, handover_id=handover_id, ipass=wanted.ipass, seen_version=wanted.seen_version
    )
    return Done(id=version.pk)


@router.post("/handovers/{handover_id}/withdraw", response=answers(Done), summary="Take it back")
def withdraw(request: HttpRequest, handover_id: UUID, key: ActKey) -> Done:
    """Nobody has to answer it any more."""
    return Done(id=services.withdraw_handover(actor_of(request), key=key, handover_id=handover_id).pk)


@router.post("/handovers/{handover_id}/remind", response=answers(Done), summary="Remind whoever has not accepted")
def remind(request: HttpRequest, handover_id: UUID, key: ActKey) -> Done:
    """The reminder; once in two minutes."""
    return Done(id=services.remind(actor_of(request), key=key, handover_id=handover_id).pk)


@router.post("/handovers/{handover_id}/open", response=answers(Done), summary="I have opened this version")
def open_it(request: HttpRequest, handover_id: UUID, wanted: VersionIn, key: ActKey) -> Done:
    """The rung 'opened'."""
    act = services.open_handover
    return Done(id=act(actor_of(request), key=key, handover_id=handover_id, version_id=wanted.version_id).pk)


@router.post("/handovers/{handover_id}/read", response=answers(Done), summary="I have read this version to the end")
def read_it(request: HttpRequest, handover_id: UUID, wanted: VersionIn, key: ActKey) -> Done:
    """The rung 'read to the end'."""
    act = services.read_handover
    return Done(id=act(actor_of(request), key=key, handover_id=handover_id, version_id=wanted.version_id).pk)


@router.post(
    "/handovers/{handover_id}/questions", response=answers(Done), summary="Ask; the gate stays shut until answered"
)
def ask(request: HttpRequest, handover_id: UUID, wanted: WordsIn, key: ActKey) -> Done:
    """The question."""
    return Done(id=services.ask(actor_of(request), key=key, handover_id=handover_id, text=wanted.text).pk)


@router.post("/questions/{question_id}/answer", response=answers(Done), summary="Answer a question")
def answer(request: HttpRequest, question_id: UUID, wanted: WordsIn, key: ActKey) -> Done:
    """The question with its answer."""
    return Done(id=services.answer(actor_of(request), key=key, question_id=question_id, text=wanted.text).pk)


@router.post("/handovers/{handover_id}/call", response=answers(CallOut), summary="Call me: the number to call back")
def call(request: HttpRequest, handover_id: UUID, key: ActKey) -> CallOut:
    """The sender's number; that it was asked for is recorded."""
    return CallOut(call_back=services.request_call(actor_of(request), key=key, handover_id=handover_id))


@router.post("/handovers/{handover_id}/syntheses", response=answers(Done), summary="Say it back")
def say_back(request: HttpRequest, handover_id: UUID, wanted: SayBackIn, key: ActKey) -> Done:
    """The synthesis that the sender sees."""
    said = services.say_back(
        actor_of(request),
        key=key,
        handover_id=handover_id,
        version_id=wanted.version_id,
        synthesis=wanted.synthesis,
    )
    return Done(id=said.pk)


@router.post("/syntheses/{synthesis_id}/correct", response=answers(Done), summary="Correct what was said back")
def correct(request: HttpRequest, synthesis_id: UUID, wanted: WordsIn, key: ActKey) -> Done:
    """The corrected synthesis; the receiver says it back anew."""
    act = services.correct_synthesis
    return Done(id=act(actor_of(request), key=key, synthesis_id=synthesis_id, text=wanted.text).pk)


@router.post(
    "/handovers/{handover_id}/accept", response=answers(Done), summary="Accept this version; the patient is mine"
)
def accept(request: HttpRequest, handover_id: UUID, wanted: AcceptIn, key: ActKey) -> Done:
    """The acceptance; responsibility and the open actions have passed."""
    given = services.accept(
        actor_of(request), key=key, handover_id=handover_id, version_id=wanted.version_id, digest=wanted.digest
    )
    return Done(id=given.pk)


@router.post(
    "/handovers/{handover_id}/confirm",
    response=answers(Done),
    summary="I have seen how the patient is now",
)
def confirm(request: HttpRequest, handover_id: UUID, wanted: ConfirmIn, key: ActKey) -> Done:
    """The confirmation; `summary_number` is the record that was shown."""
    return Done(id=services.confirm(actor_of(request), key=key, handover_id=handover_id, **wanted.model_dump()).pk)


@router.post("/handovers/{handover_id}/decline", response=answers(Done), summary="Decline, with a reason by code")
def decline(request: HttpRequest, handover_id: UUID, wanted: DeclineIn, key: ActKey) -> Done:
    """The handover is the sender's again; how full the unit is now is kept with it."""
    return Done(id=services.decline(actor_of(request), key=key, handover_id=handover_id, **wanted.model_dump()).pk)


@router.get("/inbox", response=answers(list[InboxOut]), summary="What has reached me, what still needs me first")
def inbox(request: HttpRequest) -> list[InboxOut]:
    """My inbox."""
    return [InboxOut.model_validate(line) for line in selectors.inbox_page(actor_of(request))]


@router.get("/patients/{patient_id}/responsibility", response=answers(list[HeldOut]), summary="Who has this patient")
def who_has(request: HttpRequest, patient_id: UUID) -> list[HeldOut]:
    """The one who has the patient now, then those before."""
    rows = selectors.who_has(actor_of(request), patient_id)
    return [
        HeldOut(person=PersonOut.model_validate(row.person), unit=row.unit.name, since=row.since, until=row.until)
        for row in rows
    ]


@router.post("/actions/{action_id}/done", response=answers(Done), summary="An open action is done")
def finish(request: HttpRequest, action_id: UUID, key: ActKey) -> Done:
    """The action."""
    return Done(id=services.finish_action(actor_of(request), key=key, action_id=action_id).pk)


def _person(person: Person | None) -> PersonOut | None:
    return PersonOut.model_validate(person) if person else None


def _handover(page: selectors.HandoverPage) -> HandoverOut:
    lists: dict[str, Any] = {
        "brief": [BriefOut.model_validate(one) for one in page.brief],
        "questions": [QuestionOut.model_validate(one) for one in page.questions],
        "syntheses": [SynthesisOut.model_validate(one) for one in page.syntheses],
        "ladders": [LadderOut.model_validate(one) for one in page.ladders],
        "gate": None if page.gate is None else [ReasonOut.model_validate(one) for one in page.gate],
    }
    return HandoverOut(
        id=page.handover.pk,
        status=page.handover.status,
        side=page.role,
        recipients=page.recipients,
        version_id=page.version.pk if page.version else None,
        version_number=page.version.number if page.version else None,
        digest=bytes(page.version.digest).hex() if page.version else "",
        document=page.document,
        draft=page.draft,
        draft_revision=page.draft_revision,
        accepted_by=_person(page.handover.accepted_by),
        accepted=page.handover.accepted,
        declined=DeclinedOut.model_validate(page.decline) if page.decline else None,
        transfer_id=page.transfer.transfer.pk if page.transfer else None,
        has_patient=_person(page.has_patient),
        may=sorted(page.may),
        **lists,
    )
