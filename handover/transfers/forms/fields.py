"""Reading single values of a form: lines, texts, local times, ids and the key of an act. Wrong ones raise Invalid."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from accounts.answers import uuid_or_none
from live.refusals import Invalid

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

LINE_CHARACTERS = 300
TEXT_CHARACTERS = 4000
LOCAL_MINUTE = "%Y-%m-%dT%H:%M"

Posted = Mapping[str, str]


@dataclass(frozen=True)
class Choice:
    """One of the answers a form offers, with the words it is offered in."""

    value: str
    label: "StrOrPromise"


def act_key(data: Posted) -> UUID:
    """The idempotency key that was made when the form was drawn; without one no act is done."""
    try:
        return UUID(str(data.get("key", "")))
    except ValueError as exc:
        raise Invalid(_("This page is too old to act from. Reload it and try again."), code="no_key") from exc


def required_uuid(data: Posted, name: str) -> UUID:
    """The id in a field that the page itself wrote: a broken one means that the page is not ours, or old."""
    found = uuid_or_none(data.get(name, ""))
    if found is None:
        raise Invalid(_("This page is too old to act from. Reload it and try again."), code=f"no_{name}")
    return found


def required_words(data: Posted, name: str, *, message: str, limit: int = TEXT_CHARACTERS) -> str:
    """The words of a field, stripped; Invalid with `message` at that field when there are none."""
    words = data.get(name, "").strip()
    if not words:
        raise Invalid(fields={name: message})
    if len(words) > limit:
        raise Invalid(fields={name: too_long(limit)})
    return words


def too_long(limit: int) -> str:
    """The words for a value that does not fit."""
    return _("Too long: at most %(limit)d characters.") % {"limit": limit}


def local_minute(moment: datetime | None) -> str:
    """`moment` as a datetime-local input wants it, in the ward's zone; "" for None."""
    return timezone.localtime(moment).strftime(LOCAL_MINUTE) if moment else ""


def moment_of(value: str) -> datetime | None:
    """The moment of a datetime-local input, read in the ward's zone; None for an empty one, ValueError for nonsense."""
    if not value.strip():
        return None
    moment = parse_datetime(value.strip())
    if moment is None:
        raise ValueError(value)
    if timezone.is_naive(moment):
        moment = timezone.make_aware(moment)
    return moment.astimezone(UTC)
