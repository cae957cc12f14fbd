"""scim2-tester, which knows the RFCs, against this server: what it finds is mended, or named here with its reason."""

import pytest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from scim2_client.engines.wsgi import WSGISCIMClient
from scim2_tester import Status, check_server

from accounts.scim.tokens import make_token
from config.wsgi import application

pytestmark = pytest.mark.django_db


@pytest.fixture
def server(admin_person):
    # The test's transaction is on this connection, which an answer would close: Django's own client keeps it likewise.
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    token = make_token(admin_person)[1]
    yield WSGISCIMClient(application, "http://testserver/scim/v2", {"Authorization": f"Bearer {token}"})
    for signal in signals:
        signal.connect(close_old_connections)


def test_what_the_server_says_of_itself_is_as_the_rfcs_want(server):
    results = check_server(server, include_tags={"discovery", "service-provider-config", "schemas", "misc"})
    assert sum(one.status == Status.SUCCESS for one in results) > 15
    assert [(one.title, one.reason) for one in results if one.status == Status.ERROR] == []


def test_of_the_rest_it_fails_only_where_a_directory_has_no_say(server):
    # It makes people of no role, or of one that it thought of, and units: neither is a directory's (decision 0054).
    refusals = {"roles must hold one of: call_agent, nurse, physician", "This address does not take that."}
    results = check_server(server, include_tags={"crud", "patch"})
    assert {one.reason for one in results if one.status == Status.ERROR} <= refusals
