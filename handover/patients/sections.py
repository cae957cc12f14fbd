"""The sections of a summary as a person meets them: name, address, what one entry is called, and in what order.

The order is the order of danger: what can kill within minutes stands first.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Words = str | Promise


@dataclass(frozen=True)
class SectionSpec:
    """One section. `name` is its field in documents.Summary; `none_words` is how "none known" reads for it.

    `add_words` names the act of adding one entry. `may_be_none` is False where nobody can have none of it (a weight, a
    language): there the choice is not offered.
    """

    name: str
    title: Words
    add_words: Words
    none_words: Words = _("None known")
    may_be_none: bool = True

    @property
    def slug(self) -> str:
        """The section's part of an address: vital-signs."""
        return self.name.replace("_", "-")


ALL: tuple[SectionSpec, ...] = (
    SectionSpec("allergies", _("Allergies"), _("Add an allergy"), _("No known allergies")),
    SectionSpec("code_status", _("Code status"), _("Record the code status"), may_be_none=False),
    SectionSpec("alerts", _("Isolation and alerts"), _("Add an alert"), _("No alerts")),
    SectionSpec("vital_signs", _("Vital signs"), _("Add vital signs"), may_be_none=False),
    SectionSpec("problems", _("Problems"), _("Add a problem"), _("No known problems")),
    SectionSpec("medications", _("Medications"), _("Add a medication"), _("No medications")),
    SectionSpec("devices", _("Lines, drains and airway"), _("Add a line, drain or device"), _("None in place")),
    SectionSpec("results", _("Results"), _("Add a result"), _("No results")),
    SectionSpec("pending_results", _("Pending results"), _("Add a pending result"), _("Nothing pending")),
    SectionSpec("procedures", _("Procedures"), _("Add a procedure"), _("No procedures")),
    SectionSpec("diet", _("Diet"), _("Record the diet"), _("No restriction")),
    SectionSpec("mobility", _("Mobility and falls"), _("Record mobility"), may_be_none=False),
    SectionSpec("weight", _("Weight"), _("Record a weight"), may_be_none=False),
    SectionSpec("language", _("Language and interpreter"), _("Record a language"), may_be_none=False),
    SectionSpec("family_contact", _("Family contact"), _("Add a contact"), _("No contact")),
    SectionSpec("belongings", _("Belongings"), _("Add belongings"), _("None with the patient")),
    SectionSpec("what_matters", _("What matters to the patient"), _("Record what matters"), _("Nothing named")),
)
BY_NAME: dict[str, SectionSpec] = {spec.name: spec for spec in ALL}
BY_SLUG: dict[str, SectionSpec] = {spec.slug: spec for spec in ALL}


def named(names: Iterable[str]) -> list[SectionSpec]:
    """The sections of these names, in the order given."""
    return [BY_NAME[name] for name in names]
