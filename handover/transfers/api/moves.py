"""Transfers over the API: the plan, the checklist, the gate, the move and the board."""

from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Status

from accounts.apiparts import ActKey, Done, actor_of, answers
from handover.transfers import selectors, services
from handover.transfers.api.shapes import BoardOut, DepartIn, ItemIn, MoveOut, OverrideIn, PlanIn, ReasonOut

router = Router(tags=["transfers"])


@router.post("/handovers/{handover_id}/transfer", response=answers(Done, 201), summary="Plan where the patient goes")
def plan(request: HttpRequest, handover_id: UUID, wanted: PlanIn, key: ActKey) -> Status[Done]:
    """The transfer of a handover that was sent without one."""
    moved = services.plan_transfer(
        actor_of(request), key=key, handover_id=handover_id, plan=services.TransferPlan(**wanted.model_dump())
    )
    return Status(201, Done(id=moved.pk))


@router.put("/transfers/{transfer_id}/checklist/{code}", response=answers(Done), summary="One item that travels along")
def checklist(request: HttpRequest, transfer_id: UUID, code: str, wanted: ItemIn, key: ActKey) -> Done:
    """The item."""
    item = services.set_checklist_item(
        actor_of(request), key=key, transfer_id=transfer_id, code=code, state=wanted.state, reason=wanted.reason
    )
    return Done(id=item.pk)


@router.post(
    "/transfers/{transfer_id}/depart", response=answers(Done), summary="The patient leaves: refused while locked"
)
def depart(request: HttpRequest, transfer_id: UUID, key: ActKey, wanted: DepartIn | None = None) -> Done:
    """The transfer, departed. Refused (422) until the year of birth is given where the patient has a look-alike."""
    year = wanted.year_of_birth if wanted else ""
    moved = services.depart(actor_of(request), key=key, transfer_id=transfer_id, year_of_birth=year)
    return Done(id=moved.pk)


@router.post("/transfers/{transfer_id}/arrive", response=answers(Done), summary="The patient has arrived")
def arrive(request: HttpRequest, transfer_id: UUID, key: ActKey) -> Done:
    """The transfer, arrived; the patient lies in the new unit."""
    return Done(id=services.arrive(actor_of(request), key=key, transfer_id=transfer_id).pk)


@router.post("/transfers/{transfer_id}/cancel", response=answers(Done), summary="The patient stays after all")
def cancel(request: HttpRequest, transfer_id: UUID, key: ActKey) -> Done:
    """The transfer, cancelled."""
    return Done(id=services.cancel_transfer(actor_of(request), key=key, transfer_id=transfer_id).pk)


@router.post("/transfers/{transfer_id}/return", response=answers(Done), summary="The patient came back on the way")
def return_patient(request: HttpRequest, transfer_id: UUID, key: ActKey) -> Done:
    """The transfer, returned."""
    return Done(id=services.return_patient(actor_of(request), key=key, transfer_id=transfer_id).pk)


@router.post(
    "/transfers/{transfer_id}/override", response=answers(Done, 201), summary="Ask to leave with the gate locked"
)
def override(request: HttpRequest, transfer_id: UUID, wanted: OverrideIn, key: ActKey) -> Status[Done]:
    """The override; it counts once a second person approves, or at once in an emergency."""
    row = services.request_override(actor_of(request), key=key, transfer_id=transfer_id, **wanted.model_dump())
    return Status(201, Done(id=row.pk))


@router.post("/overrides/{override_id}/approve", response=answers(Done), summary="Approve, as the second person")
def approve(request: HttpRequest, override_id: UUID, key: ActKey) -> Done:
    """The override, approved."""
    return Done(id=services.approve_override(actor_of(request), key=key, override_id=override_id).pk)


@router.get("/units/{unit_id}/board", response=answers(BoardOut), summary="Who arrives, who leaves, and why not yet")
def board(request: HttpRequest, unit_id: UUID) -> BoardOut:
    """The transfers board of a unit of mine."""
    seen = selectors.board(actor_of(request), unit_id, at=timezone.now())
    return BoardOut(
        unit_id=seen.unit.pk,
        arriving=[_move(one) for one in seen.arriving],
        leaving=[_move(one) for one in seen.leaving],
    )


def _move(move: selectors.BoardMove) -> MoveOut:
    return MoveOut(
        transfer_id=move.transfer.pk,
        patient_id=move.patient_id,
        status=move.transfer.status,
        other_unit=move.other_unit.name,
        to_bed=move.to_bed,
        receiver=move.receiver,
        gate=[ReasonOut.model_validate(one) for one in move.gate],
        is_late=move.is_late,
    )
