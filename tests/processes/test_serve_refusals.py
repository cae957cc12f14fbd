"""What bin/serve says when it cannot start: a sentence with what to do, exit code 1, and never a traceback."""

import os
import socket
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest

from tests.processes.commands import Said, operator_environment, run
from tests.processes.rig import free_ports, owner_url, test_database_url

NOBODY = "postgres://nobody:canary-password@127.0.0.1:1/nothing"


def serve(*arguments: str, **environment: str) -> Said:
    said = run("config.launch", *arguments, environment=operator_environment(**environment))
    assert "Traceback" not in said.text
    return said


def refused(said: Said, *words: str) -> bool:
    return said.code == 1 and said.text.startswith("bin/serve: ") and all(word in said.text for word in words)


@pytest.fixture
def port() -> str:
    return str(free_ports(1)[0])


@pytest.fixture
def keys(tmp_path: Path) -> str:
    """A key file as `manage.py vault init` makes it."""
    from vault import keysets

    path = tmp_path / "kek.json"
    keysets.create(path)
    return str(path)


@pytest.fixture
def empty_database(transactional_db: None) -> object:
    """A database of the same server without a single table."""
    url = owner_url()
    with closing(psycopg2.connect(url)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("DROP DATABASE IF EXISTS without_tables")
            cursor.execute("CREATE DATABASE without_tables")
        path = url.partition("@/")[2].partition("?")
        yield f"{url.partition('@/')[0]}@/without_tables?{path[2]}"
        with connection.cursor() as cursor:
            cursor.execute("DROP DATABASE without_tables")


def test_a_port_in_use(tmp_path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        number = str(taken.getsockname()[1])
        said = serve("--port", number, READBACK_VAR=str(tmp_path))
    assert refused(said, f"already listens on localhost port {number}", f"--port {int(number) + 1}")
    assert not (tmp_path / "postgres").exists()


def test_a_database_that_does_not_answer(port) -> None:
    said = serve("--port", port, DATABASE_URL=NOBODY)
    assert refused(said, "The database does not answer", "Check DATABASE_URL")
    assert "canary-password" not in said.text


@pytest.mark.parametrize("url", ["mysql://localhost/readback", "localhost/readback", "postgres://"])
def test_an_address_that_is_none_of_postgresql(port, url) -> None:
    assert refused(serve("--port", port, DATABASE_URL=url), "DATABASE_URL must read postgres://")


@pytest.mark.parametrize("url", ["redis://127.0.0.1:1/0", "unix:///no/such/socket", "http://localhost"])
def test_a_redis_that_does_not_answer(transactional_db, port, keys, url, tmp_path) -> None:
    said = serve(
        "--port",
        port,
        DATABASE_URL=test_database_url(),
        REDIS_URL=url,
        READBACK_KEY_FILE=keys,
        READBACK_VAR=str(tmp_path),
    )
    assert refused(said, "Redis does not answer", "Check REDIS_URL")


def test_a_missing_key_file(transactional_db, port, tmp_path) -> None:
    said = serve("--port", port, DATABASE_URL=test_database_url(), READBACK_KEY_FILE=str(tmp_path / "gone.json"))
    assert refused(said, "The key provider is not good", "There is no key file at", "vault init")


def test_a_key_file_that_others_may_read(transactional_db, port, keys) -> None:
    os.chmod(keys, 0o644)
    said = serve("--port", port, DATABASE_URL=test_database_url(), READBACK_KEY_FILE=keys)
    assert refused(said, "may be read by others (mode 0644)", f"chmod 600 {keys}")


def test_tables_that_are_older_than_the_code(empty_database, port) -> None:
    said = serve("--port", port, DATABASE_URL=str(empty_database))
    assert refused(said, "python manage.py migrate")


def test_a_database_that_may_lose_what_it_confirmed(transactional_db, port) -> None:
    url = f"{test_database_url()}&options=-csynchronous_commit%3Doff"
    assert refused(serve("--port", port, DATABASE_URL=url), "synchronous_commit = off")


def test_the_demonstration_with_an_operators_database(transactional_db, port) -> None:
    said = serve("--port", port, DATABASE_URL=test_database_url(), READBACK_DEMONSTRATION="1")
    assert refused(said, "READBACK_DEMONSTRATION=1 together with DATABASE_URL is refused")


def test_the_demonstration_by_way_of_manage_py(transactional_db, port) -> None:
    """Round bin/serve, straight to the command: the configuration is looked at there as well."""
    environment = operator_environment(DATABASE_URL=test_database_url(), READBACK_DEMONSTRATION="1")
    said = run("manage.py", "serve", "--port", port, environment=environment, program="")
    assert said.code == 1
    assert "readback.E006" in said.text
    assert "Traceback" not in said.text


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7"])
def test_the_demonstration_on_an_address_that_others_reach(port, tmp_path, host) -> None:
    said = serve("--port", port, "--host", host, READBACK_VAR=str(tmp_path / "var"))
    assert refused(said, "listens on this machine only")
    assert not (tmp_path / "var").exists()


def test_fresh_never_deletes_an_operators_data(port) -> None:
    assert refused(serve("--port", port, "--fresh", DATABASE_URL=NOBODY), "--fresh deletes data")


@pytest.mark.parametrize(
    ("name", "value", "number"),
    [("READBACK_SECRET_KEY", "short", "readback.E001"), ("READBACK_HOSTS", "*", "readback.E002")]
    + [("READBACK_ORIGINS", "http://ward.example", "readback.E004")],
)
def test_a_configuration_that_is_not_safe(port, name, value, number) -> None:
    assert refused(serve("--port", port, DATABASE_URL=NOBODY, **{name: value}), "The configuration is refused", number)


def test_a_role_that_owns_the_tables(transactional_db, port) -> None:
    said = serve("--port", port, DATABASE_URL=owner_url())
    assert refused(said, "may do too much", "it owns tables", "READBACK_OWNER_URL")
