"""What the tests of messages and pages have: Amara and Tove of the emergency department, Noor who is not."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from handover.paging.quiet import services
from live.clock import database_now
from tests.messaging.conftest import answer as answer
from tests.messaging.conftest import between_two as between_two
from tests.messaging.conftest import group as group
from tests.messaging.conftest import of_patient as of_patient
from tests.messaging.conftest import open_thread as open_thread
from tests.messaging.conftest import say as say
from tests.messaging.conftest import tove as tove
from tests.paging.conftest import browser as browser
from tests.paging.conftest import lead as lead
from tests.paging.conftest import make_role as make_role
from tests.paging.conftest import on_call as on_call
from tests.paging.conftest import page_out as page_out
from tests.paging.conftest import signed_in as signed_in
from tests.reach.conftest import box as box
from tests.reach.conftest import on_phone as on_phone
from tests.reach.conftest import provider as provider
from tests.reach.conftest import push as push


def around_now():
    """From an hour ago until five hours from now, by the ward's clock, and that end as a moment."""
    now = timezone.localtime(database_now())
    ends = (now + timedelta(hours=5)).replace(second=0, microsecond=0)
    return {"starts": (now - timedelta(hours=1)).time().replace(second=0, microsecond=0), "ends": ends.time()}


def is_its_end(moment, hours):
    return timezone.localtime(moment).time() == hours["ends"]


@pytest.fixture
def quiet(actor):
    """quiet(person): they are left in quiet now, by their own choice."""

    def choose(person):
        hours = around_now()
        services.set_own_hours(actor(person), key=uuid4(), is_own=True, **hours)
        return hours

    return choose
