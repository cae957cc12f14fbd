"""The live edge alone, on a real server: no product above it, and a door that believes the cookie.

Run as a process by the tests: `python -m tests.live.served daphne|uvicorn PORT`. Acts: `note.left` announces to the
people it names, with a view of as many characters as it says; `hold` lasts until an advisory lock is free.
"""

import os
import sys
from uuid import UUID, uuid4

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")


def prepare():
    """Registers the acts, the drawer and the door, after Django is set up."""
    import django

    django.setup()
    from django.db import connection, transaction

    from live import door, frames
    from live.drawing import register_drawer
    from live.frames import register_frame
    from live.hub import HUB
    from live.inbox import Announcement, Subject, announce
    from live.keys import claim, settle
    from live.whispers import Whisper, register_circle
    from tests.live.conftest import Doorkeeper

    keeper = Doorkeeper()
    door.set_authenticator(keeper.authenticate)
    door.set_session_check(keeper.live)
    door.set_usher(door.if_live)
    door.set_refusal_recorder(keeper.record)
    frames.set_gate(lambda connected, act: None)

    def whisper(connected, frame):
        HUB.whisper(Whisper("room", UUID(frame["room"]), connected.person_id, frame["what"]))
        return {"present": [str(person_id) for person_id in HUB.present("room", UUID(frame["room"]))]}

    # Everybody may know of everybody, but for whoever a forger names: they are in no circle.
    register_circle("room", lambda room, people: {each: "Somebody" for each in people if each.version == 5})
    register_frame("room.whispered", whisper)

    def leave_note(connected, frame):
        key, size = UUID(frame["key"]), int(frame.get("size", 10))
        recipients = [UUID(person) for person in frame["to"]]
        with transaction.atomic():
            result = claim(key, person_id=connected.person_id, act="note.left").earlier
            if result is None:
                result = uuid4()
                settle(key, result_id=result)
                said = Announcement(f"note.left.{size}", recipients, Subject("note", result), connected.person_id)
                announce(*[said] * int(frame.get("times", 1)))
        return {"note": result}

    def hold(connected, frame):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock_shared(%s)", [frame["lock"]])
            cursor.execute("SELECT pg_advisory_unlock_shared(%s)", [frame["lock"]])
        return {}

    def draw_of(size):
        def draw(items):
            view = {"text": "x" * size}
            return {item.pk: view for item in items}

        return draw

    for size in (10, 1_000, 10_000):
        register_drawer(f"note.left.{size}", draw_of(size))
    register_frame("note.left", leave_note)
    register_frame("hold", hold)


def main(server, port):
    """Serves until it is killed."""
    if server == "daphne":
        from live.daphne_guard import GuardedServer

        prepare()
        from live.socket import socket_application

        GuardedServer(socket_application, endpoints=[f"tcp:{port}:interface=127.0.0.1"], verbosity=0).run()
    else:
        import uvicorn

        prepare()
        from live.socket import socket_application

        uvicorn.run(
            socket_application,
            host="127.0.0.1",
            port=int(port),
            ws="websockets-sansio",
            ws_max_size=128 * 1024,
            ws_per_message_deflate=False,
            lifespan="off",
            log_level="warning",
        )


if __name__ == "__main__":
    main(*sys.argv[1:3])
