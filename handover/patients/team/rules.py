"""Who may be named to a patient's care team, as what, by whom and for how long. Pure functions.

Named: attending, consulting, primary nurse, and cover. docs/decisions/0065.
"""

from collections.abc import Collection
from datetime import timedelta

from accounts.models import CLINICAL_ROLES, Role
from handover.patients.models import CareRelationship

Reason = CareRelationship.Reason
PARTS = (Reason.ATTENDING, Reason.CONSULTING, Reason.PRIMARY_NURSE, Reason.COVERING)
# Of these a patient has one: the next who is named takes the place.
ONE_OF = frozenset({Reason.ATTENDING, Reason.PRIMARY_NURSE})
# Who stands so to a patient may name others. Not a cover, a consult, a handover or broken glass: whoever may look for a
# while does not hand that on, nor make it last.
MAY_NAME = frozenset({Reason.UNIT_HAS_PATIENT, Reason.RESPONSIBLE, Reason.ATTENDING, Reason.PRIMARY_NURSE})
COVER_HOURS = (4, 8, 12)


def roles_of(part: str) -> frozenset[str]:
    """The roles that can be this part."""
    if part in {Reason.ATTENDING, Reason.CONSULTING}:
        return frozenset({Role.PHYSICIAN})
    return frozenset({Role.NURSE}) if part == Reason.PRIMARY_NURSE else frozenset(CLINICAL_ROLES)


def may_name(reasons: Collection[str]) -> bool:
    """Whether somebody who sees a patient for these reasons may name others."""
    return not MAY_NAME.isdisjoint(reasons)


def lasts(part: str, hours: int) -> timedelta | None:
    """How long it lasts: a cover ends by itself, the others until they are taken off. ValueError otherwise."""
    if part != Reason.COVERING:
        return None
    if hours not in COVER_HOURS:
        raise ValueError("a cover lasts as long as the form offers")
    return timedelta(hours=hours)
