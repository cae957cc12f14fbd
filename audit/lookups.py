"""From the words of the officer's form to the ids of a search."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.models import Person
from audit.searches import Search
from audit.selectors import patients_with_record_number, people_by, record_looking


@dataclass(frozen=True)
class Asked:
    """The search as far as its words are understood: what is wrong by field, and the people that a name may mean."""

    search: Search
    wrong: dict[str, str] = field(default_factory=dict)
    people: list[Person] = field(default_factory=list)

    @property
    def is_clear(self) -> bool:
        return not self.wrong and not self.people


def look_up(actor: Actor, told: Mapping[str, Any]) -> Asked:
    """What the cleaned words of the form ask for. Words that find nobody, or several, are recorded. Raises NotFound."""
    asked = Asked(
        Search(
            unit_id=UUID(told["unit"]) if told["unit"] else None,
            act=told["act"],
            outcome=told["outcome"],
            relationship=told["relationship"],
            device=told["device"],
            address=told["address"],
            since=told["since"],
            until=told["until"],
        )
    )
    if told["record_number"]:
        asked = _with_patient(actor, asked, told["record_number"])
    return _with_person(actor, asked, told["person"]) if told["person"] else asked


def _with_patient(actor: Actor, asked: Asked, record_number: str) -> Asked:
    found = patients_with_record_number(actor, record_number)
    if found:
        return replace(asked, search=replace(asked.search, patient_ids=tuple(found)))
    record_looking(actor, "patient")
    words = _("No patient has this record number. Compare it with where you have it from.")
    return replace(asked, wrong={**asked.wrong, "record_number": words})


def _with_person(actor: Actor, asked: Asked, name: str) -> Asked:
    found = people_by(actor, name)
    if len(found) == 1:
        return replace(asked, search=replace(asked.search, person_id=found[0].pk))
    record_looking(actor, "person", found=len(found), patient_ids=asked.search.patient_ids)
    if found:
        words = _("Several people have this name. Choose one below.")
        return replace(asked, people=found, wrong={**asked.wrong, "person": words})
    words = _("Nobody has this name or address. Try a part of the name.")
    return replace(asked, wrong={**asked.wrong, "person": words})
