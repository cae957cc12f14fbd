"""A checker that cannot fail is worth nothing: each invariant is violated on purpose, and must be found.

`sound()` is a small run in which all holds; after a real run the same violations are planted into what it brought.
"""

import copy
from collections.abc import Callable, Mapping
from dataclasses import replace

from bench.faults.checker import RULES
from bench.faults.history import Facts, Fault, History, Kept, Owned, PageRow, PageSend, Row, Seen, Send, Step

Plant = Callable[[Facts], None]


def sound() -> Facts:
    """Amara writes twice to Lee, and her page climbs once before Noor owns it."""
    history, kept = History(), Kept()
    for number in (1, 2):
        token, row_id = f"word {number}", f"message {number}"
        history.sends.append(Send(f"key {number}", token, "t", "amara", number, 1, number + 0.1, row_id, number))
        kept.messages.append(Row(row_id, "t", number, "amara", number, token))
        kept.keys[f"key {number}"] = row_id
        kept.recipients.add((row_id, "lee"))
        kept.items.append(("lee", number, "message.sent", row_id))
        kept.recorded["message.sent", row_id] = 1
        history.seen.append(Seen("lee", number, "message.sent", number + 0.2, "t", row_id, number))
        kept.rungs.update({(row_id, "lee", name): number + 0.3 for name in ("stored", "on_device", "opened")})
    history.began_after["lee"] = 0
    kept.read["lee", "t"] = 2
    kept.members = [("t", "amara", 0, None), ("t", "lee", 0, None)]
    kept.pages = [PageRow("page", "owned", 45.0, [30, 30])]
    kept.steps = [Step("s0", "page", 0, 10.0, ""), Step("s1", "page", 1, 40.2, "")]
    kept.asks, kept.keys["page key"] = [("page", "noor")], "page"
    kept.items.append(("noor", 1, "paging.sent", "page"))
    kept.heads = {"lee": 2, "noor": 1}
    kept.recorded.update({("paging.sent", "page"): 1, ("paging.owned", "page"): 1})
    history.pages = [PageSend("page key", "patient", 9.0, 10.1, "page")]
    history.owned = [Owned("page", "noor", 45.1)]
    return Facts(history, kept)


def found_all(facts: Facts, *, only: str = "") -> dict[str, bool]:
    """Invariant -> whether the violation that was planted into a copy of `facts` was found, and found as its own.

    Of all plants, or of the one that `only` names.
    """
    before = {name: set(rule(facts)) for name, rule in RULES.items()}
    found = {}
    for name, plant in PLANTS.items():
        if only and name != only:
            continue
        broken = _copied(facts)
        plant(broken)
        invariant = name.split(":")[0]
        found[name] = bool(set(RULES[invariant](broken)) - before[invariant])
    return found


def _copied(facts: Facts) -> Facts:
    """Its lists and tables are new and their rows the same: a plant puts another row into the place of one."""
    history, kept = copy.copy(facts.history), copy.copy(facts.kept)
    for half in (history, kept):
        for name, several in vars(half).items():
            if isinstance(several, list | dict | set):
                setattr(half, name, copy.copy(several))
    return Facts(history, kept)


def _lose_a_message(facts: Facts) -> None:
    acked = next(send for send in facts.history.sends if send.acked)
    lost = facts.kept.keys[acked.key]
    facts.kept.messages = [row for row in facts.kept.messages if row.id != lost]


def _lose_a_page(facts: Facts) -> None:
    facts.kept.pages.pop(0)


def _take_back_an_answer(facts: Facts) -> None:
    told = facts.history.owned[0].page
    facts.kept.pages = [replace(row, owned=None) if row.id == told else row for row in facts.kept.pages]


def _store_it_twice(facts: Facts) -> None:
    row = facts.kept.messages[0]
    facts.kept.messages.append(replace(row, id="again", number=1 + max(each.number for each in facts.kept.messages)))


def _leave_a_gap(facts: Facts) -> None:
    facts.kept.messages[-1] = replace(facts.kept.messages[-1], number=10**6)


def _swap_what_is_seen(facts: Facts) -> None:
    """The reader meets the second message of a thread before the first."""
    seen = facts.history.seen
    places = [at for at, one in enumerate(seen) if one.event == "message.sent" and one.message]
    first = places[0]
    second = next(
        at for at in places[1:] if (seen[at].person, seen[at].thread) == (seen[first].person, seen[first].thread)
    )
    seen[first], seen[second] = seen[second], seen[first]


def _skip_one(facts: Facts) -> None:
    person = facts.history.seen[0].person
    theirs = [at for at, one in enumerate(facts.history.seen) if one.person == person]
    del facts.history.seen[theirs[len(theirs) // 2]]


def _show_one_twice(facts: Facts) -> None:
    facts.history.seen.insert(1, facts.history.seen[0])


def _never_arrive(facts: Facts) -> None:
    """The newest of somebody's inbox never came, and their device is said to have it."""
    person = next(key for key in facts.kept.heads if key in facts.history.began_after)
    facts.kept.heads[person] += 1


def _open_what_was_never_stored(facts: Facts) -> None:
    del facts.kept.rungs[next(key for key in facts.kept.rungs if key[2] == "stored" and _is_opened(facts, key))]


def _is_opened(facts: Facts, key: tuple[str, str, str]) -> bool:
    return (key[0], key[1], "opened") in facts.kept.rungs


def _say_delivered_without(facts: Facts) -> None:
    """A rung says that a device has what it never got."""
    facts.kept.rungs["nothing", "lee", "stored"] = 0.0
    facts.kept.rungs["nothing", "lee", "on_device"] = 1.0


def _climb_after_an_owner(facts: Facts) -> None:
    page = next(row for row in facts.kept.pages if row.owned is not None)
    facts.kept.steps.append(Step("late", page.id, 90, (page.owned or 0) + 1, ""))


def _fire_twice(facts: Facts) -> None:
    facts.kept.steps.append(replace(facts.kept.steps[0], id="twice"))


def _ask_unseen(facts: Facts) -> None:
    facts.kept.asks.append(facts.kept.asks[0])


def _die_silently(facts: Facts) -> None:
    facts.kept.pages.append(PageRow("silent", "waiting", None, [30.0]))


def _tell_who_left(facts: Facts) -> None:
    """Somebody left long ago, and is written to still."""
    row = facts.kept.messages[0]
    person = next(person for message, person in facts.kept.recipients if message == row.id)
    facts.kept.members = [
        (thread, who, since, row.sent - 100) if (thread, who) == (row.thread, person) else (thread, who, since, until)
        for thread, who, since, until in facts.kept.members
    ]


def _put_into_another_inbox(facts: Facts) -> None:
    facts.kept.items.append(("stranger", 1, "message.sent", facts.kept.messages[0].id))


def _leave_no_record(facts: Facts) -> None:
    del facts.kept.recorded["message.sent", facts.kept.messages[0].id]


def _record_what_was_not(facts: Facts) -> None:
    facts.kept.recorded["message.sent", "nothing"] = 1


def _read_unrecorded(facts: Facts) -> None:
    facts.kept.read.clear()


def _rewrite_the_log(facts: Facts) -> None:
    facts.kept.log_code = 1


def _fire_early(facts: Facts) -> None:
    """A page whose second step fires a second before its time."""
    facts.kept.pages.append(PageRow("hasty", "owned", 1000.0, [30.0, 30.0]))
    facts.kept.steps += [Step("h0", "hasty", 0, 10.0, ""), Step("h1", "hasty", 1, 39.0, "")]


def _fire_by_a_clock_ahead(facts: Facts) -> None:
    """A worker whose clock is an hour ahead takes the second step for due, half a second after the first."""
    facts.history.faults.append(Fault("worker's clock jumped", 1000.0, 1090.0))
    facts.kept.pages.append(PageRow("ahead", "owned", 2000.0, [30.0, 30.0]))
    facts.kept.steps += [Step("a0", "ahead", 0, 1001.0, ""), Step("a1", "ahead", 1, 1001.5, "")]


def _acknowledge_on_a_full_disk(facts: Facts) -> None:
    """Somebody was told that it is stored, and nothing could be."""
    facts.history.faults.append(Fault("disk full", 1000.0, 1020.0))
    facts.history.sends.append(Send("full", "word full", "t", "amara", 1001.0, 1, 1001.1))


def _store_it_twice_between_two_faults(facts: Facts) -> None:
    """The database and the server fall together; what was committed is stored again when it is sent again."""
    facts.history.faults += [Fault("postgres killed", 1000.0, 1005.0), Fault("web killed", 1000.0, 1012.0)]
    _store_it_twice(facts)


PLANTS: Mapping[str, Plant] = {
    "I1: an acknowledged message is gone": _lose_a_message,
    "I1: an acknowledged page is gone": _lose_a_page,
    "I1: an acknowledged answer is gone": _take_back_an_answer,
    "I2: one key has two rows": _store_it_twice,
    "I3: a thread has a gap": _leave_a_gap,
    "I3: a reader meets two in another order": _swap_what_is_seen,
    "I4: a reader skips one": _skip_one,
    "I4: a reader gets one twice": _show_one_twice,
    "I4: the newest never arrives": _never_arrive,
    "I5: opened and never stored": _open_what_was_never_stored,
    "I5: on a device that never got it": _say_delivered_without,
    "I6: a step after an owner": _climb_after_an_owner,
    "I6: a step fires twice": _fire_twice,
    "I6: somebody was asked and not told": _ask_unseen,
    "I6: a page dies silently": _die_silently,
    "I7: sent to whoever had left": _tell_who_left,
    "I7: in the inbox of a stranger": _put_into_another_inbox,
    "I8: an act without its event": _leave_no_record,
    "I8: an event without its act": _record_what_was_not,
    "I8: a read without its event": _read_unrecorded,
    "I9: the log was rewritten": _rewrite_the_log,
    "I10: a step fires early": _fire_early,
    "I10: a step fires by a clock that is an hour ahead": _fire_by_a_clock_ahead,
    "I1: acknowledged while the disk was full": _acknowledge_on_a_full_disk,
    "I2: stored again after two faults at once": _store_it_twice_between_two_faults,
}
