"""Every name of an event that the product's code can put on the record, found in the code itself.

A name is a string "room.past_tense". Taken are all strings of that form, wherever they stand, less what is plainly
something else: a module, a model, a logger, a file, a reason of acting_as_system, a line of the operator's log. So an
event that a new act records is found however the act hands its name on.
"""

import ast
import re
from functools import cache
from pathlib import Path

from django.apps import apps

from audit.wording import ACTS

ROOT = Path(__file__).resolve().parent.parent.parent
ROOMS = ("audit", "handover", "accounts", "ledger", "live", "vault", "config")
NAME = re.compile(r"[a-z_]+\.[a-z_]+")
FILE = re.compile(r".*\.(json|conf|pid|sock|lock|pem|html|js|css|txt|csv|jsonl|ndjson|svg|py|sql|zip|key|pdf)")
# Loggers and their lines, settings, frames of ASGI.
OTHER_ROOMS = {"readback", "django", "config", "http", "websocket", "live", "lifespan", "asgi"}
# What is claimed, announced or said to an operator under such a name and is never put on the record.
NO_EVENTS = {
    "database.away",
    "device.heard",
    "device.silent",
    "glass.to_review",
    "h.author_unit_id",
    "handover.draft_saved",
    "ladder.climbed",
    "ledger.behind",
    "ledger.nobody_sequences",
    "ledger.uncounted",
    "message.let_go",
    "page.undrawn",
    "paging.moved",
    "page.unsealed",
    "paging.let_go",
    "push.check",
    "push.round",
    "push.silence",
    "push.needless",
    "push.taken",
    "push.tested",
    "reach.code",
    "reach.points",
    "refusal.unrecorded",
    "session.others_ended",
    "t.to_unit_id",
}


@cache
def names() -> frozenset[str]:
    """All of them."""
    models = {model._meta.label_lower for model in apps.get_models()}
    found, not_events = set(), NO_EVENTS | models
    for path in sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py")):
        if "migrations" in path.parts:
            continue
        tree = ast.parse(path.read_text())
        # A reason that is an event's name besides is an event: the act that needs the reason is the one recorded.
        not_events |= (_reasons(tree) | _logged(tree)) - set(ACTS)
        found |= {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and _is_name(node.value)}
    # The second has the name of a module besides.
    return frozenset(found - not_events) | {"live.frame", "ledger.counted"}


def _is_name(value: object) -> bool:
    if not isinstance(value, str) or not NAME.fullmatch(value) or FILE.fullmatch(value):
        return False
    return value.partition(".")[0] not in OTHER_ROOMS and not _is_module(value)


def _is_module(value: str) -> bool:
    place = ROOT / value.replace(".", "/")
    return place.is_dir() or place.with_suffix(".py").exists()


def _reasons(tree: ast.Module) -> set[str]:
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    said = [call.args[0] for call in calls if getattr(call.func, "id", "") == "acting_as_system" and call.args]
    return {arg.value for arg in said if isinstance(arg, ast.Constant)}


def _logged(tree: ast.Module) -> set[str]:
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)]
    lines = [
        call.args[0] for call in calls if getattr(call.func.value, "id", "") in {"logger", "watching"} and call.args
    ]
    return {line.value for line in lines if isinstance(line, ast.Constant)}
