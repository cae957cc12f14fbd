"""Before somebody's turn of a role that may never be empty begins, it is proved that they can be reached.

Thirty minutes before, a test alert goes to the person by every way they have. A device that says it has it is proof; so
is a key on the telephone. Where nothing answers within ten minutes all colleagues who could are asked to cover, and
the person and the unit's lead are told why; until somebody takes it, it stays whose it was.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from handover.duty import rules
from handover.duty.models import CoverRequest, PractitionerRole, ReachProof
from handover.duty.rules import Stretch
from handover.duty.selectors import could_cover, schedule_of
from handover.duty.services import cover
from handover.duty.services.ground import lead_id
from handover.reach import services as reach
from handover.reach.models import Delivery
from handover.reach.rules import fall_through
from ledger.agents import Entity
from ledger.services import record
from live.inbox import Announcement, Subject
from live.models import Rung
from live.refusals import Denied
from live.timers import set_timer

# The timers of one proof: the alert goes out, and what came of it is looked at.
DUE, OVER = "proof.due", "proof.over"
ASKED, FAILED = "proof.asked", "proof.failed"
KIND = "reach_proof"
BEFORE = timedelta(minutes=30)
ANSWER_WITHIN = timedelta(minutes=10)
# The look at a unit comes once a day: each turn is seen by two of them.
AHEAD = timedelta(hours=48)
TURN = timedelta(days=14)
BY_A_DEVICE = (Rung.Name.ON_DEVICE, Rung.Name.OPENED, Rung.Name.ACKNOWLEDGED)


def plan_proofs(role: PractitionerRole, stretches: Sequence[Stretch], *, at: datetime) -> None:
    """Sets a timer for each turn of the role that begins within two days and has none. Inside a transaction."""
    people = {one.person_id for one in stretches if one.person_id is not None}
    for person_id in people:
        for turn in rules.stretches_of(stretches, person_id):
            if not at < turn.starts <= at + AHEAD:
                continue
            row, is_new = ReachProof.objects.get_or_create(role=role, person_id=person_id, starts=turn.starts)
            if is_new:
                set_timer(DUE, row.pk, after=max(turn.starts - BEFORE - at, timedelta(0)))


def due(proof_id: UUID) -> list[Announcement]:
    """The timer thirty minutes before: the test alert goes out, unless the turn is somebody else's by now."""
    row, now = _locked(proof_id), timezone.now()
    if row is None or row.asked is not None or now >= row.starts or _turn(row) is None:
        return []
    row.asked = now
    row.save(update_fields=["asked"])
    subject = Subject(KIND, row.pk)
    alert = reach.Alert(key=row.pk, person_id=row.person_id, subject=subject, level="", tries=fall_through())
    reach.alert([alert])
    set_timer(OVER, row.pk, after=min(ANSWER_WITHIN, row.starts - now))
    record(ASKED, agent=None, entity=Entity(KIND, row.pk), purpose="HOPERAT", detail=_about(row))
    # The ladder of the alert is the person's own: nobody else watches whose device rings.
    return [Announcement(ASKED, [row.person_id], subject, sender=row.person_id, climbs=True)]


def over(proof_id: UUID) -> list[Announcement]:
    """The timer ten minutes later: proved, or colleagues are asked to cover and the lead is told why."""
    row, now = _locked(proof_id), timezone.now()
    if row is None or row.proven is not None or row.failed is not None:
        return []
    reach.hush(Subject(KIND, row.pk))
    answered = _answered(row)
    if answered is not None:
        row.proven = answered
        row.save(update_fields=["proven"])
        return []
    turn = _turn(row)
    if turn is None:
        return []
    row.failed = now
    row.save(update_fields=["failed"])
    record(FAILED, agent=None, entity=Entity(KIND, row.pk), purpose="HOPERAT", detail=_about(row))
    told = [pk for pk in dict.fromkeys([row.person_id, lead_id(row.role.unit_id, at=now)]) if pk is not None]
    return [Announcement(FAILED, told, Subject(KIND, row.pk)), *_ask_cover(row, turn, at=now)]


def answer(proof_id: UUID, person_id: UUID, said: reach.Said) -> str:
    """The person pressed a key on the telephone, or wrote back: busy is proof too. The words to say.

    Raises Denied for whoever says that they are somebody else: that number proves nothing.
    """
    if said is reach.Said.WRONG_PERSON:
        raise Denied(_("Thank you. This number does not count as theirs."), code="wrong_person", subject_id=proof_id)
    with transaction.atomic():
        row = _locked(proof_id)
        if row is not None and row.person_id == person_id and row.asked is not None and row.proven is None:
            row.proven = timezone.now()
            row.save(update_fields=["proven"])
            reach.hush(Subject(KIND, row.pk))
    return _("Thank you. You can be reached for your turn.")


def _locked(proof_id: UUID) -> ReachProof | None:
    """The proof with its role locked before it, as the acts of a role do; None where the role has ended."""
    row = ReachProof.objects.filter(pk=proof_id).first()
    if row is None:
        return None
    role = PractitionerRole.objects.select_for_update(no_key=True).filter(pk=row.role_id, ended__isnull=True).first()
    if role is None:
        return None
    return ReachProof.objects.select_for_update(of=("self",)).select_related("role__unit", "person").get(pk=proof_id)


def _turn(row: ReachProof) -> Stretch | None:
    """The turn as it stands now: None where it is not this person's any more."""
    if not row.person.is_active:
        return None
    stretches = schedule_of(row.role_id, starts=row.starts, ends=row.starts + TURN)
    return rules.holder_at(rules.stretches_of(stretches, row.person_id), row.starts)


def _answered(row: ReachProof) -> datetime | None:
    """When a device or the person said that the alert was there."""
    rungs = Rung.objects.filter(subject_id=row.pk, person_id=row.person_id, name__in=BY_A_DEVICE)
    deliveries = Delivery.objects.filter(subject_id=row.pk, person_id=row.person_id, answered__isnull=False)
    found = [*rungs.values_list("reached", flat=True), *deliveries.values_list("answered", flat=True)]
    return min((moment for moment in found if moment is not None), default=None)


def _ask_cover(row: ReachProof, turn: Stretch, *, at: datetime) -> list[Announcement]:
    """Colleagues are asked, unless they are already. Nobody free: the lead has been told, and that is all there is."""
    open_now = CoverRequest.objects.filter(role=row.role, instead_of=row.person, taken__isnull=True)
    if open_now.filter(withdrawn__isnull=True, starts__lt=turn.ends, ends__gt=turn.starts).exists():
        return []
    asked = [one for one in could_cover(row.role, starts=turn.starts, ends=turn.ends) if one.pk != row.person_id]
    if not asked:
        return []
    request = CoverRequest.objects.create(
        role=row.role, asked_by=row.person, instead_of=row.person, starts=turn.starts, ends=turn.ends
    )
    return cover.ask_each(request, asked, at=at)


def _about(row: ReachProof) -> dict[str, str]:
    return {"person": str(row.person_id), "role": str(row.role_id), "starts": row.starts.isoformat()}
