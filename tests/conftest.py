"""The people of the tests: Amara hands over, Lee receives, Noor belongs elsewhere."""

from contextlib import contextmanager
from datetime import timedelta

import hypothesis
import pytest
from django.conf import settings
from django.test import RequestFactory
from django.utils import timezone

pytest_plugins = ["tests.fixtures_patients", "tests.fixtures_transfers"]

PASSWORD = "correct horse battery"

# No test of values is judged by the clock: a slow machine is not a failure.
hypothesis.settings.register_profile("suite", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("suite")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup):
    """The tests work as the role that the server works as, so that a missing grant is found by whoever needs it.

    It is taken on after the login, which stays the owner's: as_owner() goes back to that, and so does a flush.
    """
    from django.db import connection

    # As a server does when it starts: no test waits, with its transaction open, until all views and forms are loaded.
    import config.urls  # noqa: F401
    from config.roles import SERVER_ROLE
    from ledger import logins

    options = connection.settings_dict["OPTIONS"]
    before = options.get("options", "")
    options["options"] = f"{before} -c role={SERVER_ROLE}"
    connection.close()
    logins.set_way(_as_sequencer)
    yield
    options["options"] = before
    connection.close()


@contextmanager
def _as_sequencer():
    """The log is ordered by its own role here too: taken on in the test's own transaction, and given back."""
    from django.db import connection

    from config.embedded.roles import SEQUENCER

    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('role')")
        (role,) = cursor.fetchone()
        cursor.execute(f"SET ROLE {SEQUENCER}")
    try:
        yield "default"
    finally:
        if not connection.needs_rollback:
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('role', %s, false)", [role])


@pytest.fixture
def as_owner(db):
    """The connection is the owner's in this test: for attacks that the server's role is refused for want of a grant."""
    from config.roles import as_owner

    with as_owner():
        yield


@pytest.fixture(autouse=True)
def _arranging_as_the_system():
    """A test arranges and looks at any row. Its requests, frames and acts say for themselves who they are."""
    from live.acting import acting_as_system

    with acting_as_system("test"):
        yield


@pytest.fixture(autouse=True)
def _keys_as_in_a_new_process():
    """No data key is kept from test to test: the rows of the earlier ones are flushed, and a key must have a row."""
    from vault import keys

    keys.RING.forget_all()


@pytest.fixture
def facility(db):
    from accounts.models import Facility

    return Facility.objects.create(name="Saint Wilgefortis")


@pytest.fixture
def emergency(facility):
    from accounts.models import Unit

    return Unit.objects.create(facility=facility, name="Emergency Department", short_name="ED", phone="020 7946 0100")


@pytest.fixture
def ward(facility):
    from accounts.models import Unit

    return Unit.objects.create(facility=facility, name="7 East", short_name="7E", phone="020 7946 0170")


@pytest.fixture
def other_ward(facility):
    from accounts.models import Unit

    return Unit.objects.create(facility=facility, name="5 West", short_name="5W", phone="020 7946 0150")


@pytest.fixture
def make_person(db):
    """A person, a member of `unit` and on duty there now when one is given (on_duty=False: a member only)."""
    from accounts.models import Duty, Membership, Person

    def make(email, display_name, role, *, unit=None, on_duty=True, phone="020 7946 0199"):
        person = Person.objects.create_person(email, PASSWORD, display_name=display_name, role=role, phone=phone)
        if unit is not None:
            Membership.objects.create(person=person, unit=unit)
            if on_duty:
                Duty.objects.create(person=person, unit=unit, starts=timezone.now() - timedelta(hours=1))
        return person

    return make


@pytest.fixture
def amara(make_person, emergency):
    return make_person("amara@readback.example", "Amara Thistledown", "nurse", unit=emergency, phone="020 7946 0111")


@pytest.fixture
def lee(make_person, ward):
    return make_person("lee@readback.example", "Lee Sparrowhawk", "nurse", unit=ward, phone="020 7946 0122")


@pytest.fixture
def noor(make_person, other_ward):
    return make_person("noor@readback.example", "Noor Wintergreen", "physician", unit=other_ward, phone="020 7946 0133")


@pytest.fixture
def agent_person(make_person):
    return make_person("piet@readback.example", "Piet Lanternlight", "call_agent")


@pytest.fixture
def officer(make_person):
    return make_person("ingrid@readback.example", "Ingrid Larkspur", "compliance_officer")


@pytest.fixture
def admin_person(make_person):
    return make_person("oskar@readback.example", "Oskar Fernsby", "administrator")


@pytest.fixture
def actor(db):
    """actor(person): the person acting from a live session on a device of their own, in their first unit."""
    from accounts.models import DeviceSession
    from accounts.sessions import actor_of, first_unit_of, key_digest

    def act_as(person, *, device="Test phone"):
        digest = key_digest(f"{person.pk}/{device}")
        session, _ = DeviceSession.objects.get_or_create(
            key_digest=digest,
            defaults={
                "person": person,
                "device": device,
                "unit_id": first_unit_of(person),
                "factor": "passkey",
                "opened_by": "passkey",
                "verified": timezone.now(),
            },
        )
        session.refresh_from_db()
        return actor_of(session)

    return act_as


@pytest.fixture
def sign_in(db):
    """sign_in(client, person): what the sign-in pages do, without hash and key. Returns the DeviceSession.

    factor="" stops after the password: the session is pending.
    """
    from accounts.sessions import start_session

    def start(client, person, *, device="Test phone", factor="passkey"):
        request = RequestFactory().get("/")
        request.COOKIES.update({name: morsel.value for name, morsel in client.cookies.items()})
        request.session = client.session
        session = start_session(request, person, device=device, factor=factor)
        request.session.save()
        client.cookies[settings.SESSION_COOKIE_NAME] = request.session.session_key
        return session

    return start
