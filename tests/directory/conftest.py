"""The roles of Amara's unit are those of the duty tests; here they are looked for."""

from uuid import uuid4

import pytest

from handover.directory import services
from handover.directory.services import NewCapability
from tests.duty.conftest import hold, make_role, role, rotate, together

__all__ = ["hold", "make_role", "role", "rotate", "together"]


@pytest.fixture
def takes(actor, admin_person, together):
    """takes(name): the unit takes it, as an administrator has written down."""

    def make(name="Stroke", **more):
        new = NewCapability(name, **more)
        return services.add_capability(actor(admin_person), key=uuid4(), unit_id=together.pk, new=new)

    return make
