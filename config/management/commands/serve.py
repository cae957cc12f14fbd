"""Serves the product with the settings as they are. bin/serve comes here; so may an operator's service manager."""

import os
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.checks import run_checks
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from config import checks, fitness
from config.addresses import is_loopback, require_free_port
from config.assets import collect_if_changed
from config.embedded.errors import EmbeddedError
from config.greeting import greet
from config.steps import step
from ledger.provision import make_demonstration_log_key
from vault.provision import make_demonstration_key_file


class Command(BaseCommand):
    """In the demonstration it brings the database up to date and fills it; for an operator it changes nothing."""

    help = "Serves pages, sockets and the hub in one process."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="localhost")
        parser.add_argument("--port", type=int, default=8000)

    def handle(self, *, host: str, port: int, **options: Any) -> None:
        self._refuse_bad_configuration(host)
        try:
            require_free_port(host, port)
        except EmbeddedError as exc:
            raise CommandError(str(exc)) from exc
        fitness.require_database()
        fitness.require_durability()
        if settings.DEMONSTRATION:
            prepare_demonstration()
        fitness.require_migrations()
        fitness.require_least_privilege()
        fitness.require_keys()
        fitness.require_bus()
        fitness.require_static_files()
        fitness.require_log_key()
        # Imported last: it installs Twisted's reactor, which the commands above have no need of.
        from config.server import serve_until_stopped

        serve_until_stopped(host=host, port=port, when_ready=lambda: greet(host=host, port=port))

    def _refuse_bad_configuration(self, host: str) -> None:
        found = run_checks(tags=[checks.TAG], include_deployment_checks=True)
        if found:
            lines = [f"{message.id}: {message.msg}\n    {message.hint or ''}".rstrip() for message in found]
            raise CommandError("The configuration is refused.\n" + "\n".join(lines))
        if settings.DEMONSTRATION and not is_loopback(host):
            raise CommandError(f"The demonstration listens on this machine only, not on {host}.")


def prepare_demonstration() -> None:
    """Tables, keys, the hospital and the static files: what is there already stays."""
    with step("tables up to date"):
        call_command("migrate", verbosity=0, interactive=False)
    with step("keys ready"):
        make_demonstration_key_file()
        make_demonstration_log_key()
    with step("demonstration hospital ready"):
        call_command("demonstration", verbosity=0, **_scale())
    with step("static files ready"):
        collect_if_changed()


def _scale() -> dict[str, int]:
    """How large the hospital is made, where the tests want a small one; empty for the real size."""
    sizes = {"patients": "READBACK_DEMONSTRATION_PATIENTS", "staff": "READBACK_DEMONSTRATION_STAFF"}
    return {name: int(os.environ[variable]) for name, variable in sizes.items() if variable in os.environ}
