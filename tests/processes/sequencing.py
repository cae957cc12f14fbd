"""A sequencer that can be killed: `python -m tests.processes.sequencing`, with the tests' settings and database.

It works in small batches without a pause, so that a kill meets it anywhere, and says a line for each batch it did.
"""

import os
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import django

django.setup()

from ledger import sequencer  # noqa: E402


def main() -> None:
    while True:
        done, _ = sequencer.sequence_batch(sequencer.HEARTBEAT_AFTER, 40)
        if done:
            sys.stdout.write(f"{done}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
