"""What must travel with the patient, by code. Source: what receivers miss most (studies of transfer documents)."""

from dataclasses import dataclass

from django.utils.translation import gettext, gettext_noop


@dataclass(frozen=True)
class Code:
    """A line of the checklist. A required one keeps the gate shut until it is attached or does not apply."""

    code: str
    words: str
    is_required: bool


CHECKLIST = (
    Code("identity_band", gettext_noop("Identity band on the patient, checked"), is_required=True),
    Code("medication_chart", gettext_noop("Medication chart"), is_required=True),
    Code("provider_note", gettext_noop("Provider's note"), is_required=True),
    Code("lines_checked", gettext_noop("Lines, drains and airway checked"), is_required=True),
    Code("imaging_report", gettext_noop("Imaging report"), is_required=False),
    Code("consent", gettext_noop("Consent and decisions"), is_required=False),
    Code("belongings", gettext_noop("Belongings"), is_required=False),
)
_WORDS = {each.code: each.words for each in CHECKLIST}


def words_of(code: str) -> str:
    """The words of a code in the reader's language; the code itself for one that is no longer in use."""
    return gettext(_WORDS[code]) if code in _WORDS else code
