"""The words of a transfer, for a pack that an officer exports with content: the one place of this room that opens them.

They go into the file and onto no page. docs/decisions/0005 is about pages; who exports content says why, and the export
is on record before it leaves.
"""

from collections.abc import Iterable
from typing import Any

from accounts.models import Person
from audit.evidence.transfers import Happened
from audit.selectors import record_numbers
from handover.transfers import sealed
from ledger.evidence import Added
from ledger.leaves import canonical


def content_of(found: Happened) -> dict[str, Added]:
    """The files of content/: each version byte for byte as it was sent, and what else was said. Not audited.

    Raises VaultError subclasses.
    """
    return {**dict(_versions(found)), "content/words.json": Added(_json(_words(found)), _WHAT)}


_WHAT = "names, and what was said back, asked, answered and given as a reason: the hospital's word, not in the log"


def _versions(found: Happened) -> Iterable[tuple[str, Added]]:
    for version in found.versions:
        content = sealed.canonical_of(version, patient_id=found.patient_id)
        yield f"content/version-{version.number}.json", Added(content, f"version {version.number}, as it was sent")


def _words(found: Happened) -> dict[str, Any]:
    patient_id = found.patient_id
    people = Person.objects.in_bulk(found.person_ids())
    told = {"patient_id": patient_id}
    return {
        "record_number": record_numbers([patient_id]).get(patient_id, ""),
        "people": {str(key): {"name": each.display_name, "role": each.role} for key, each in people.items()},
        "syntheses": {
            str(row.pk): {
                **sealed.synthesis_of(row, patient_id=patient_id).model_dump(mode="json"),
                "correction": sealed.words_in(row, "sealed_correction", **told),
            }
            for row in found.syntheses
        },
        "questions": {
            str(row.pk): {
                "text": sealed.words_in(row, "sealed_text", **told),
                "answer": sealed.words_in(row, "sealed_answer", **told),
            }
            for row in found.questions
        },
        "overrides": {
            str(row.pk): {
                "reason": sealed.words_in(row, "sealed_reason", **told),
                "review": sealed.words_in(row, "sealed_review_note", **told),
            }
            for row in found.overrides
        },
        "decline": sealed.words_in(found.handover, "sealed_decline_reason", **told),
    }


def _json(facts: dict[str, Any]) -> bytes:
    return canonical(facts).encode()
