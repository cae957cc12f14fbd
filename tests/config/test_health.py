"""/healthz is 200 only when the database, the migrations and the keys are good, and else says which is not."""

import pytest
from django.db import connection

from config import health
from config.roles import as_owner
from vault import services

pytestmark = pytest.mark.django_db


def failed(client) -> str:
    answer = client.get("/healthz")
    assert answer.status_code == 503
    return answer.json()["failed"]


def test_it_is_good(client) -> None:
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"ok": True})


def test_it_needs_no_session_and_asks_for_none(client, django_assert_max_num_queries) -> None:
    health.migrations_are_applied()
    with django_assert_max_num_queries(3):
        assert client.get("/healthz").cookies == {}


def test_it_names_the_migrations(client, monkeypatch) -> None:
    monkeypatch.setattr(health, "_APPLIED", [])
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'live'")
    assert failed(client) == "migrations"


def test_it_names_the_keys(client, settings, tmp_path) -> None:
    settings.KEY_PROVIDER = "file"
    settings.KEY_FILE = tmp_path / "gone.json"
    assert not services.health().is_good
    assert failed(client) == "keys"


@pytest.mark.django_db(transaction=True)
def test_it_names_the_database_and_finds_it_again(client, settings) -> None:
    connection.close()
    port = connection.settings_dict["PORT"]
    connection.settings_dict["PORT"] = "1"
    try:
        assert failed(client) == "database"
    finally:
        connection.settings_dict["PORT"] = port
    assert client.get("/healthz").status_code == 200
