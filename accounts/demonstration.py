"""The seven invented people one may sign in as by a tap. They exist only where the demonstration's generator ran."""

from dataclasses import dataclass

from accounts.models import Person

# Address -> the part they play, in the order of the sign-in page.
EMAILS = (
    "amara@readback.example",
    "lee@readback.example",
    "noor@readback.example",
    "piet@readback.example",
    "ingrid@readback.example",
    "oskar@readback.example",
    "pia@readback.example",
)


@dataclass(frozen=True)
class DemonstrationPerson:
    """A person with the words under their name."""

    person: Person
    part: str


def demonstration_people() -> list[DemonstrationPerson]:
    """Those of them who exist, in the order of EMAILS. Two queries."""
    found = Person.objects.filter(email__in=EMAILS, is_active=True).prefetch_related("memberships__unit")
    by_email = {person.email: person for person in found}
    return [DemonstrationPerson(by_email[email], _part(by_email[email])) for email in EMAILS if email in by_email]


def _part(person: Person) -> str:
    units = sorted(membership.unit.name for membership in person.memberships.all())
    role = person.get_role_display()
    return f"{role} · {units[0]}" if units else role
