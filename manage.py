#!/usr/bin/env python
"""Django's command line for Readback.

Without DATABASE_URL it works on the demonstration: with the database of the bin/serve that runs, else with the data
under var/, whose database it starts and stops around the command.
"""

import os
import sys
from contextlib import ExitStack, redirect_stdout

# Commands that are about the code alone, and no database is started for.
WITHOUT_DATABASE = {"check", "collectstatic", "compilemessages", "help", "makemessages", "makemigrations", "version"}


def main() -> None:
    """Runs the command that sys.argv names."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.management import execute_from_command_line

    with ExitStack() as stack:
        command = sys.argv[1] if len(sys.argv) > 1 else "help"
        if not os.environ.get("DATABASE_URL") and command not in WITHOUT_DATABASE:
            attach(stack)
        try:
            execute_from_command_line(sys.argv)
        finally:
            end_count()
    if command == "serve":
        from config.launch import leave

        leave(0)


def end_count() -> None:
    """The command's last word on the events that it wrote. Where the apps were not loaded, it wrote none."""
    marks = sys.modules.get("ledger.marks")
    if marks is not None:
        marks.end()


def attach(stack: ExitStack) -> None:
    """Puts the demonstration's database and secrets into the environment, when there is a demonstration."""
    from config.embedded.errors import EmbeddedError
    from config.launch import embedded, variable_directory
    from config.running import running_environment

    var = variable_directory()
    found = running_environment(var)
    if not found and (var / "postgres" / "data").exists():
        try:
            # What a command prints may be read by a program, so the steps go elsewhere.
            with redirect_stdout(sys.stderr):
                found = dict(stack.enter_context(embedded(var)))
        except EmbeddedError as exc:
            sys.exit(f"manage.py: {exc}")
    os.environ.update(found)


if __name__ == "__main__":
    main()
