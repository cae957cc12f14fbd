"""Who is easily taken for a patient, and the question that keeps an act from the wrong one: the year of birth (0097).

What is shown of other patients is recorded; that there is somebody to be taken for another is not, as no name leaves.
"""

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.actors import Actor
from handover.patients import access
from handover.patients.documents import Headline
from handover.patients.lookalikes import Named, has_year, lookalikes
from handover.patients.models import Encounter, Patient
from handover.patients.sealed import headline_in
from handover.patients.wording import born_words, full_name
from ledger import services as ledger
from live.acting import acting_for
from live.refusals import Invalid
from vault.services import Scope, prepare

# Nobody works with a longer list; what lies beyond it is not asked about.
MOST_NAMES = 500
FIELD = "year_of_birth"
ASKED, WRONG = "year_of_birth", "wrong_year_of_birth"


def in_a_stay(actor: Actor) -> QuerySet[Patient]:
    """The patients in a stay whom this person may see."""
    return access.visible_to(actor).filter(encounters__status=Encounter.Status.ACTIVE).order_by("pk")


@transaction.atomic
def lookalikes_of(actor: Actor, patient_id: UUID) -> list[str]:
    """Who in the unit where the patient is is easily taken for them, by name, date of birth and number. Recorded."""
    return shown(actor, _alike(_around(actor, patient_id), patient_id), by="lookalikes")


def require_year_of_birth(actor: Actor, patient_id: UUID, typed: str, *, act: str) -> None:
    """Nothing, unless the patient may be the wrong one. In the transaction of `act`, once it is known to be theirs.

    Raises Invalid (year_of_birth) where somebody in the same unit is easily taken for the patient and no year was
    typed, and Invalid (wrong_year_of_birth) for a year that is not on record for them, whoever lies beside them.
    Source: to enter again who it is before an act lowers wrong-patient acts, at some seconds each (Adelman and others,
    JAMIA 2013;20:305).
    """
    typed = typed.strip()
    around = _around(actor, patient_id)
    about = around.get(patient_id)
    if about is None or not about.birth_date:
        return
    if typed and not has_year(about.birth_date, typed):
        words = _("This is not the year that is on record for this patient. Look at the wristband again.")
        raise Invalid(fields={FIELD: words}, code=WRONG, act=act, patient_id=patient_id)
    if not typed and _alike(around, patient_id):
        words = _("Somebody here is easily taken for this patient. Type the year of birth that the wristband says.")
        raise Invalid(fields={FIELD: words}, code=ASKED, act=act, patient_id=patient_id)


def shown(actor: Actor, patient_ids: Sequence[UUID], *, by: str) -> list[str]:
    """These patients in words, with the read on the record; nothing is recorded where there is nobody."""
    if not patient_ids:
        return []
    allowed = access.rows_allowing([(actor.person.pk, patient_id) for patient_id in patient_ids])
    ledger.record_read(
        "patient.listed",
        agent=actor.agent,
        patient_ids=list(patient_ids),
        relationship_ids=list(allowed.values()),
        detail={"by": by},
    )
    rows = Patient.objects.filter(pk__in=[patient_id for _person, patient_id in allowed])
    found = {
        patient_id: headline_in(patient_id, blob) for patient_id, blob in rows.values_list("pk", "sealed_headline")
    }
    return [
        f"{full_name(found[each])} · {born_words(found[each].birth_date)} · {found[each].record_number}"
        for each in patient_ids
        if each in found
    ]


def _around(actor: Actor, patient_id: UUID) -> dict[UUID, Headline]:
    """The patients of the unit where this one is, with them, as far as this person may see them. Not audited."""
    stays = Encounter.objects.filter(patient_id=patient_id, status=Encounter.Status.ACTIVE)
    # For the whole set at once, whatever the act around it is about (migration 0009).
    with acting_for(actor.person.pk):
        near = in_a_stay(actor).filter(encounters__unit__in=stays.values("unit_id"))
        rows = [(each, bytes(blob)) for each, blob in near.values_list("pk", "sealed_headline")[:MOST_NAMES]]
    prepare([Scope.patient(each) for each, _blob in rows])
    return {each: headline_in(each, blob) for each, blob in rows}


def _alike(around: dict[UUID, Headline], patient_id: UUID) -> list[UUID]:
    found = lookalikes([Named(each, headline.family) for each, headline in around.items()]).get(patient_id)
    return [*found.same, *found.near] if found else []
