"""What a breach asks for: the list of what was seen, the four factors with what the log says of each, and the clock.

Source: 45 CFR 164.402(2), the four factors of the risk assessment; 164.404(b), sixty days from discovery.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import PURPOSE, Actor
from audit.acts import LOOKS, Kind, kind_of
from audit.reading import read
from audit.review import sealed
from audit.review.documents import Worksheet
from audit.review.models import Breach, Flag, own_matters
from audit.review.scanner import span_of_day
from audit.review.services import require_officer
from audit.rows import EventRow, Known
from audit.searches import Search
from audit.times import when_words
from ledger import services as ledger
from ledger.agents import Entity
from ledger.models import Event
from live.acting import acting_as_system
from live.refusals import NotFound

MOST_EVENTS = 400


@dataclass(frozen=True)
class Assessment:
    """A breach as its page shows it: what was seen, by whom, and the worksheet, as kept or as the log fills it.

    `days_left` counts whole days until people must have been told; below zero they should have been.
    """

    breach: Breach
    number: str
    seen: Sequence[EventRow]
    is_more: bool
    worksheet: Worksheet | None
    is_kept: bool
    days_left: int


@acting_as_system("audit.flags")
@transaction.atomic
def assessment(actor: Actor, flag_id: UUID) -> Assessment:
    """The breach of this flag; recorded as audit.breach_read with every patient on the list. Raises NotFound."""
    require_officer(actor, act="audit.breach_read")
    rows = Breach.objects.select_related("flag__person", "flag__settled_by", "changed_by")
    breach = rows.exclude(flag__in=Flag.objects.filter(own_matters(actor.person))).filter(pk=flag_id).first()
    if breach is None:
        raise NotFound(act="audit.breach_read", subject_id=flag_id)
    flag = breach.flag
    events, is_more = _seen(flag)
    known = Known(events, patients=[flag.patient_id] if flag.patient_id else [])
    _record(actor, flag, known)
    number = known.patient_words(flag.patient_id) if flag.patient_id else ""
    kept = sealed.worksheet_of(breach)
    is_kept = breach.sealed_worksheet is not None
    return Assessment(
        breach=breach,
        number=number,
        seen=[known.row(event) for event in events],
        is_more=is_more,
        worksheet=kept if is_kept else _filled(flag, number, events, known),
        is_kept=is_kept,
        days_left=(breach.notify_by - timezone.now()).days,
    )


def _record(actor: Actor, flag: Flag, known: Known) -> None:
    others = sorted(set(known.numbers) - {flag.patient_id})
    entity = Entity("flag", flag.pk)
    ledger.record("audit.breach_read", agent=actor.agent, patient_id=flag.patient_id, entity=entity, purpose=PURPOSE)
    if others:
        ledger.record_read(
            "audit.breach_read", agent=actor.agent, patient_ids=others, relationship_ids=[], purpose=PURPOSE
        )


def _seen(flag: Flag) -> tuple[list[Event], bool]:
    """What the person saw of the patient on that day, or of everybody where it is about nobody in particular."""
    since, until = span_of_day(flag.day)
    patients = (flag.patient_id,) if flag.patient_id else ()
    search = Search(person_id=flag.person_id, patient_ids=patients, since=since, until=until, outcome="success")
    found = read(search, wanted=MOST_EVENTS)
    wanted = LOOKS | {Kind.EXPORT}
    return [event for event in found.events[::-1] if kind_of(event.event) in wanted], found.next is not None


def _filled(flag: Flag, number: str, events: Sequence[Event], known: Known) -> Worksheet:
    acts = Counter(known.row(event).what for event in events)
    taken = sum(kind_of(event.event) is Kind.EXPORT for event in events)
    told = {
        "number": number or _("several"),
        "name": flag.person.display_name,
        "role": flag.person.get_role_display(),
        "acts": "; ".join(f"{what}: {count}" for what, count in acts.most_common()) or "–",
        "first": when_words(events[0].recorded) if events else "–",
        "last": when_words(events[-1].recorded) if events else "–",
        "devices": ", ".join(sorted({event.device for event in events if event.device})) or _("device not known"),
        "taken": taken,
        "looks": len(events) - taken,
        "asked": when_words(flag.asked) if flag.asked else _("not asked"),
        "answer": flag.get_quick_display() if flag.quick else _("no answer"),
    }
    return Worksheet(
        nature=_(
            "Record number %(number)s. On record: %(acts)s, from %(first)s to %(last)s. The pages show who the patient "
            "is and the clinical summary. To add: what was in them, and how likely the patient is known by it."
        )
        % told,
        who=_(
            "%(name)s, %(role)s, a member of the workforce, signed in as themselves (%(devices)s). To add: whether the"
            " information went on to anybody, and whether they are bound to protect it."
        )
        % told,
        acquired=_("Seen on the screen: %(looks)d times. Printed, exported or copied: %(taken)d times.") % told,
        mitigated=_("Asked: %(asked)s. Answer: %(answer)s. To add: what was agreed, and what was ended.") % told,
    )
