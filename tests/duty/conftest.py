"""The role that Amara, Lee and Noor hold in turn in these tests, and who answers for its unit."""

from datetime import datetime, time, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from accounts.models import Membership
from handover.duty import selectors, services
from handover.duty.services import NewRole, Planned

LONDON = ZoneInfo("Europe/London")


@pytest.fixture
def together(amara, lee, noor, emergency):
    """All three belong to one unit."""
    for person in (lee, noor):
        Membership.objects.create(person=person, unit=emergency)
    return emergency


@pytest.fixture
def make_role(actor, admin_person, together):
    """make_role(name): a role of the unit, as an administrator makes it."""

    def make(name="Charge nurse", **more):
        return services.make_role(actor(admin_person), key=uuid4(), unit_id=together.pk, new=NewRole(name, **more))

    return make


@pytest.fixture
def role(make_role):
    """A role that nobody holds yet and that may be empty."""
    return make_role()


@pytest.fixture
def rotate(actor, admin_person):
    """rotate(role, people): they hold it all day, a day each, the first of them today; midnight is in London."""

    def make(role, *people, begins=time(0), ends=time(0), turn_days=1):
        planned = Planned(
            zone="Europe/London",
            first_day=timezone.now().astimezone(LONDON).date(),
            begins=begins,
            ends=ends,
            people=[person.pk for person in people],
            turn_days=turn_days,
        )
        return services.add_rotation(actor(admin_person), key=uuid4(), role_id=role.pk, planned=planned)

    return make


@pytest.fixture
def hold(actor, admin_person):
    """hold(role, person): they hold it from now on for some hours, set by an administrator."""

    def set_them(role, person, *, hours=8, starts=None):
        begins = starts or timezone.now()
        return services.set_holder(
            actor(admin_person),
            key=uuid4(),
            role_id=role.pk,
            person_id=person.pk,
            starts=begins,
            ends=begins + timedelta(hours=hours),
        )

    return set_them


def holder(role, *, at: datetime | None = None):
    """The id of whoever holds the role at that moment, or now; None where nobody does."""
    return selectors.held_at(role, at=at or timezone.now()).person_id


def in_hours(hours):
    """So many hours from now."""
    return timezone.now() + timedelta(hours=hours)
