"""Who is named to a patient's care team, and which colleagues could be."""

from collections.abc import Sequence
from uuid import UUID

from accounts.actors import Actor
from accounts.alike import alike
from accounts.models import CLINICAL_ROLES, Person
from handover.patients import access
from handover.patients.models import CareRelationship
from handover.patients.team import rules

COLLEAGUES_SHOWN = 8
# A name is looked for among so many who are alike, of whom some are no clinicians.
_LOOKED_AT = 40


def members(patient_id: UUID) -> Sequence[CareRelationship]:
    """The rows of who is named now, the attending first. For a page that has asked access for the patient."""
    rows = CareRelationship.objects.now().filter(patient_id=patient_id, reason__in=rules.PARTS)
    found = list(rows.select_related("person").order_by("begins"))
    return sorted(found, key=lambda row: rules.PARTS.index(CareRelationship.Reason(row.reason)))


def may_name(actor: Actor, patient_id: UUID) -> bool:
    """Whether this person may name others to this patient's team."""
    own = access.relationships_of(actor).filter(patient_id=patient_id).order_by()
    return rules.may_name(set(own.values_list("reason", flat=True)))


def colleagues(words: str) -> list[Person]:
    """At most eight clinicians who work here, the most alike to the words first; without words nobody."""
    if not words.strip():
        return []
    ids = alike(words, at_most=_LOOKED_AT)
    found = Person.objects.filter(is_active=True, role__in=CLINICAL_ROLES).in_bulk(ids)
    return [found[each] for each in ids if each in found][:COLLEAGUES_SHOWN]
