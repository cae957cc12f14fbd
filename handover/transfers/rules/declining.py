"""Why a patient was not taken, by code, and how full the unit was then: counts, and nothing of any patient."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

# The database holds the same list (transfers_decline_code).
DECLINE_CODES = {
    "no_bed": gettext_noop("No bed"),
    "no_staff": gettext_noop("Not enough staff to receive"),
    "higher_level_of_care": gettext_noop("Needs a higher level of care than here"),
    "another_unit": gettext_noop("Belongs to another unit"),
    "other": gettext_noop("Another reason"),
}


@dataclass(frozen=True)
class Capacity:
    """A unit at one moment, as the product knows it. `arriving` and `leaving` are moves, the declined one aside."""

    patients: int = 0
    arriving: int = 0
    leaving: int = 0
    nurses: int = 0
    physicians: int = 0


def decline_words(code: str) -> str:
    """The words of a code in the reader's language; the code itself for one that is no longer in use."""
    return _(DECLINE_CODES[code]) if code in DECLINE_CODES else code


def capacity_words(unit: str, capacity: Capacity) -> str:
    """How full the unit was, in one line. Without patients and without staff it says so: nought is an answer too."""
    return _("%(unit)s then: %(counts)s") % {"unit": unit, "counts": ", ".join(_counts(capacity))}


def _counts(told: Capacity) -> Iterator[str]:
    yield ngettext("%(count)d patient", "%(count)d patients", told.patients) % {"count": told.patients}
    if told.arriving:
        yield _("%(count)d arriving") % {"count": told.arriving}
    if told.leaving:
        yield _("%(count)d leaving") % {"count": told.leaving}
    yield ngettext("%(count)d nurse on duty", "%(count)d nurses on duty", told.nurses) % {"count": told.nurses}
    if told.physicians:
        words = ngettext("%(count)d physician on duty", "%(count)d physicians on duty", told.physicians)
        yield words % {"count": told.physicians}
