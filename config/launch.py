"""Starts what stands around Django, before any setting is read: bin/serve ends up here.

Two ways. With DATABASE_URL in the environment an operator runs this, and nothing embedded starts. Without, it is the
demonstration: a private PostgreSQL and its secrets under var/, on this machine's own addresses only.
"""

import argparse
import os
import secrets
import shutil
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NoReturn

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import CommandError, SystemCheckError

from config.addresses import is_loopback, require_free_port
from config.embedded.errors import EmbeddedError
from config.embedded.postgres import PrivatePostgres
from config.embedded.roles import ADMINISTRATOR, READER, SEQUENCER, SERVER, give_to_owner
from config.running import Running
from config.steps import say, step

ROOT = Path(__file__).resolve().parent.parent
DEFAULT_PORT = 8000


def main(arguments: list[str]) -> int:
    """The exit code: 0 after an orderly end, 1 with a sentence on stderr when it could not start."""
    options = parser().parse_args(arguments)
    for signum in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, _leave)
    try:
        if os.environ.get("DATABASE_URL"):
            operate(options)
        else:
            demonstrate(options)
    except SystemCheckError as exc:
        say_why(f"the configuration is refused.\n{exc}")
        return 1
    except (EmbeddedError, CommandError, ImproperlyConfigured) as exc:
        say_why(str(exc))
        return 1
    except KeyboardInterrupt:
        return 0
    return 0


def parser() -> argparse.ArgumentParser:
    """The few things that can be said at the command line; the rest is the environment's."""
    made = argparse.ArgumentParser(prog="bin/serve", description="Runs Readback.")
    made.add_argument("--port", type=int, default=DEFAULT_PORT, help="the port to listen on (8000)")
    made.add_argument("--host", default="localhost", help="the address to listen on (localhost)")
    made.add_argument("--fresh", action="store_true", help="delete the demonstration data first, and make it anew")
    return made


def operate(options: argparse.Namespace) -> None:
    """Serves an operator's database. Raises EmbeddedError for what belongs to the demonstration alone."""
    if os.environ.get("READBACK_DEMONSTRATION") == "1":
        raise EmbeddedError(
            "READBACK_DEMONSTRATION=1 together with DATABASE_URL is refused: one-click sign-in never runs on an "
            "operator's database. Unset one of the two."
        )
    if options.fresh:
        raise EmbeddedError("--fresh deletes data, so it works on the demonstration only, never with DATABASE_URL.")
    require_free_port(options.host, options.port)
    _serve(options)


def demonstrate(options: argparse.Namespace) -> None:
    """Serves the demonstration hospital from a private PostgreSQL, which stops when this ends."""
    if not is_loopback(options.host):
        raise EmbeddedError(
            f"The demonstration signs anybody in with one click, so it listens on this machine only, not on "
            f"{options.host}. For others to reach it, set DATABASE_URL and run it as a hospital would."
        )
    require_free_port(options.host, options.port)
    with embedded(variable_directory(), is_fresh=options.fresh) as environment:
        os.environ.update(environment)
        origins = (f"http://{name}:{options.port}" for name in ("localhost", "127.0.0.1", "[::1]"))
        os.environ.setdefault("READBACK_ORIGINS", ",".join(origins))
        os.environ.setdefault("READBACK_HOSTS", "localhost,127.0.0.1,[::1]")
        _serve(options)


@contextmanager
def embedded(var: Path, *, is_fresh: bool = False) -> Iterator[Mapping[str, str]]:
    """The environment of a private PostgreSQL that runs while the block does, with data and secrets under `var`.

    Raises EmbeddedError, also when another process serves from the same directory.
    """
    var.mkdir(mode=0o700, parents=True, exist_ok=True)
    with Running(var) as running:
        if is_fresh:
            _delete_data(var)
        postgres = PrivatePostgres(var / "postgres")
        try:
            with step("private PostgreSQL started"):
                postgres.start()
                postgres.create_database(ADMINISTRATOR)
                give_to_owner(postgres.url(), ADMINISTRATOR)
            if postgres.binaries is not None:
                say(f"            version {postgres.binaries.major} from {postgres.binaries.directory}")
                say(f"            data in {postgres.data}")
            environment = {
                "DATABASE_URL": postgres.url(role=SERVER),
                "READBACK_OWNER_URL": postgres.url(),
                "READBACK_SEQUENCER_URL": postgres.url(role=SEQUENCER),
                "READBACK_READER_URL": postgres.url(role=READER),
                "READBACK_SECRET_KEY": secret_key(var),
                "READBACK_DEMONSTRATION": "1",
                "READBACK_EMBEDDED": "1",
                "READBACK_VAR": str(var),
            }
            running.announce(environment)
            yield environment
        finally:
            postgres.stop()


def variable_directory() -> Path:
    """Where the demonstration keeps everything it writes."""
    return Path(os.environ.get("READBACK_VAR", ROOT / "var")).absolute()


def secret_key(var: Path) -> str:
    """The key that signs cookies and tokens: made once, readable by its owner alone, never in git."""
    path = var / "secret-key"
    if not path.exists():
        # Written beside its place and moved there whole: a start that is broken off leaves no half of a key.
        part = var / f"secret-key.part-{os.getpid()}"
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(64))
        part.rename(path)
    return path.read_text(encoding="ascii")


def say_why(words: str) -> None:
    """Why it could not start, where a terminal and a service manager both look."""
    sys.stderr.write(f"bin/serve: {words}\n")


def _delete_data(var: Path) -> None:
    """The data, and the keys that sealed it: neither is of use without the other."""
    if not (var / "postgres" / "data").exists():
        return
    with step("demonstration data deleted"):
        PrivatePostgres(var / "postgres").delete()
        shutil.rmtree(var / "keys", ignore_errors=True)


def _serve(options: argparse.Namespace) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django
    from django.core.management import call_command

    django.setup()
    call_command("serve", host=options.host, port=options.port)


def _leave(signum: int, frame: FrameType | None) -> None:
    """A signal ends the program in order: what was started is stopped on the way out."""
    raise SystemExit(0)


def leave(code: int) -> NoReturn:
    """Ends the process now: everything is stopped by then, and taking the interpreter apart would add a second."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    try:
        leave(main(sys.argv[1:]))
    except SystemExit as ended:
        leave(ended.code if isinstance(ended.code, int) else 1)
