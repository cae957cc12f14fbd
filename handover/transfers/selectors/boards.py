"""A unit's board of moves: who comes, who goes, and why not yet."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from accounts.actors import Actor
from accounts.models import Unit
from handover.patients import access
from handover.patients.rules import urgency_key
from handover.patients.sealed import headline_of
from handover.transfers import facts, sealed
from handover.transfers.models import Handover, Transfer
from handover.transfers.selectors import parts
from handover.transfers.selectors.shapes import Board, BoardMove
from ledger import services as ledger
from live import ladder
from live.refusals import NotFound
from vault.services import Scope, prepare


@transaction.atomic
def board(actor: Actor, unit_id: UUID, *, at: datetime) -> Board:
    """The live moves from and to a unit, the most urgent patients first. Recorded as patient.listed.

    Raises NotFound for a unit that is not there, and for anybody who does not work in it.
    """
    unit = Unit.objects.filter(pk=unit_id).first()
    if unit is None or not access.works_in(actor, unit_id):
        raise NotFound(act="patient.listed", subject_id=unit_id)
    rows = _live(unit_id)
    allowed = access.rows_allowing([(actor.person.pk, row.patient_id) for row in rows])
    visible = [row for row in rows if (actor.person.pk, row.patient_id) in allowed]
    ledger.record_read(
        "patient.listed",
        agent=actor.agent,
        patient_ids=[row.patient_id for row in visible],
        relationship_ids=[allowed[actor.person.pk, row.patient_id] for row in visible],
        detail={"board": str(unit_id)},
    )
    moves = _moves(visible, unit_id, at=at)
    return Board(
        unit=unit,
        at=at,
        arriving=tuple(move for move in moves if move.transfer.to_unit_id == unit_id),
        leaving=tuple(move for move in moves if move.transfer.from_unit_id == unit_id),
    )


def _live(unit_id: UUID) -> list[Handover]:
    here = Q(transfer__from_unit_id=unit_id) | Q(transfer__to_unit_id=unit_id)
    rows = Handover.objects.filter(here, transfer__status__in=Transfer.LIVE)
    return list(rows.select_related(*facts.RELATED))


def _moves(handovers: Sequence[Handover], unit_id: UUID, *, at: datetime) -> list[BoardMove]:
    prepare([Scope.patient(each.patient_id) for each in handovers])
    gates = facts.gates(handovers, now=at)
    rungs = ladder.rungs_of([each.current_id for each in handovers if each.current_id])
    moves = []
    for each in handovers:
        transfer = each.transfer
        if transfer is None:
            continue
        is_arriving = transfer.to_unit_id == unit_id
        receiver = each.accepted_by.display_name if each.accepted_by else parts.recipients_of(each)
        moves.append(
            BoardMove(
                handover=each,
                transfer=transfer,
                patient_id=each.patient_id,
                headline=headline_of(each.patient),
                other_unit=transfer.from_unit if is_arriving else transfer.to_unit,
                to_bed=sealed.details_of(transfer).to_bed,
                receiver=receiver,
                furthest=parts.furthest(rungs.get(each.current_id, [])) if each.current_id else None,
                gate=gates[each.pk] if transfer.status == Transfer.Status.PLANNED else (),
                is_late=parts.is_late(transfer, at),
            )
        )
    return sorted(moves, key=lambda move: urgency_key(move.headline, at))
