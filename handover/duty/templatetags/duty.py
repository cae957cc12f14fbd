"""Who is reached instead of somebody, looked up beside their name."""

from collections.abc import Mapping
from uuid import UUID

from django import template

from handover.duty.instead import Instead

register = template.Library()


@register.filter
def instead_of(found: Mapping[UUID, Instead], person_id: UUID) -> Instead | None:
    """Who is reached instead of this person; None where they are reached themselves."""
    return found.get(person_id)
