"""While the database is away every address says so: 503, when to come back, and words that a person understands."""

import json
import logging
import re
from contextlib import contextmanager
from uuid import uuid4

import pytest
from django.db import InterfaceError, InternalError, OperationalError, connection
from django.test import Client

from accounts.models import Person
from config.errors import server_error
from config.logs import JsonLines
from live.refusals import DatabaseAway
from tests.test_access_matrix import ADDRESSES

pytestmark = pytest.mark.django_db
PLACE = re.compile(r"<(?:(\w+):)?\w+>")
# What a driver says when nobody answers: it names the host, which is nobody's business.
GONE = "could not connect to server canary-host"


@pytest.fixture
def client(amara, sign_in):
    """Amara's browser."""
    made = Client(raise_request_exception=False)
    sign_in(made, amara)
    return made


@contextmanager
def away(*, after=0, error=None):
    """No statement is answered any more once `after` of them were."""
    asked = iter(range(after))

    def refuse(execute, *statement):
        if next(asked, None) is None:
            raise error or OperationalError(GONE)
        return execute(*statement)

    with connection.execute_wrapper(refuse):
        yield
    # A savepoint that could not be undone: the test's own transaction goes on.
    connection.set_rollback(False)


def filled(pattern):
    """The address with ids of nobody."""
    values = {"uuid": str(uuid4()), "int": "7"}
    return "/" + PLACE.sub(lambda place: values.get(place[1], "made-up"), pattern)


def says_when_to_come_back(answer):
    return answer.status_code == 503 and answer["Retry-After"] == str(DatabaseAway.retry_after)


@pytest.mark.parametrize(("method", "accept"), [("GET", "text/html"), ("POST", "application/json")])
def test_every_address_says_that_the_database_is_away(client, method, accept) -> None:
    with away():
        answers = {
            name: client.generic(method, filled(pattern), headers={"Accept": accept}) for name, pattern in ADDRESSES
        }
    wrong = {name: answer.status_code for name, answer in answers.items() if not says_when_to_come_back(answer)}
    assert wrong == {}
    about = [answer.content.decode() for name, answer in answers.items() if name != "health"]
    assert all("The database does not answer at the moment. Nothing was saved." in words for words in about)
    assert not any("canary" in words for words in about)


@pytest.mark.parametrize("after", [2, 4])
def test_no_address_takes_a_database_that_goes_away_midway_for_a_fault_of_its_own(client, after) -> None:
    wrong = {}
    for name, pattern in ADDRESSES:
        for method in ("GET", "POST"):
            with away(after=after):
                answer = client.generic(method, filled(pattern), headers={"Accept": "application/json"})
            if answer.status_code >= 500 and not says_when_to_come_back(answer):
                wrong[method, name] = answer.status_code
    assert wrong == {}


def test_the_page_looks_like_one_of_ours_and_leads_on(client) -> None:
    with away():
        page = client.get("/").content.decode()
    assert 'href="/static/readback/readback' in page
    assert "<h1>Not available right now</h1>" in page
    assert "Try again" in page
    assert "Sign in" not in page


@pytest.mark.parametrize(
    "error", [InterfaceError("connection already closed"), InternalError("terminating: idle in transaction")]
)
def test_a_connection_that_was_hung_up_is_the_database_away_too(client, error) -> None:
    if isinstance(error, InternalError):
        error.__cause__ = IdleTooLong()
    with away(error=error):
        assert says_when_to_come_back(client.get("/"))


class IdleTooLong(Exception):
    """As the driver has it when the database ended a transaction in which nothing was said (live/bounds.py)."""

    pgcode = "25P03"


def test_another_fault_of_the_database_is_still_a_fault_of_ours(client) -> None:
    with away(error=InternalError("cache lookup failed")):
        assert client.get("/").status_code == 500


def test_outside_of_a_failure_the_page_for_faults_is_500(rf) -> None:
    assert server_error(rf.get("/", headers={"Accept": "application/json"})).status_code == 500


def test_the_log_names_the_page_and_the_kind_of_failure_and_nothing_of_a_person(client, caplog) -> None:
    with caplog.at_level(logging.ERROR), away():
        client.get("/patients/?name=FENWICKLE")
    lines = [JsonLines().format(record) for record in caplog.records]
    assert any(json.loads(line)["event"] == "database.away" for line in lines)
    assert not any(word in line for line in lines for word in ("FENWICKLE", "canary", Person.objects.get().email))
