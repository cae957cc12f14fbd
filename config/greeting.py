"""What the terminal says when the server takes requests: the address, and whom one may sign in as."""

from django.conf import settings

from accounts.demonstration import demonstration_people
from config.steps import say


def greet(*, host: str, port: int) -> None:
    """The last lines of a start."""
    name = f"[{host}]" if ":" in host else host
    say("")
    if settings.DEMONSTRATION:
        _introduce()
    say(f"Readback is running at http://{name}:{port}   (Ctrl-C stops it)")


def _introduce() -> None:
    people = demonstration_people()
    if not people:
        return
    say("DEMONSTRATION: everything and everybody here is invented. Sign in with one tap as")
    widest = max(len(one.person.display_name) for one in people)
    for one in people:
        say(f"  {one.person.display_name:<{widest}}  {one.person.email:<28}  {one.part}")
    say("")
