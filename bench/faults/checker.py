"""The invariants of the failure tests, held against one run: pure, so that planted violations can be shown to it.

What can be seen from outside and in the database is checked; docs/faults.md says what of each invariant is not.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise

from bench.faults.history import Facts, Row, Seen, Send

# A device may be shown what was drawn for it an instant before somebody took it out of a group, and a slow line keeps
# that for longer: of the times in which lines were slow or processes stopped, delivery is not judged.
SLACK_SECONDS = 5.0
BACK_SECONDS = 1.0
HOLDING = frozenset({"line delayed", "line dripping", "line half open", "web stopped", "postgres killed"})
# A timer is never early: not by a millisecond of the database's own clock.
EARLY_SECONDS = 0.001
Found = Iterator[str]


def check(facts: Facts) -> dict[str, list[str]]:
    """Invariant -> what violates it, in words; an empty list for each that holds."""
    return {name: list(rule(facts)) for name, rule in RULES.items()}


def acked_is_present(facts: Facts) -> Found:
    """I1: what was acknowledged is there, where the answer said it is."""
    rows = {row.id: row for row in facts.kept.messages}
    for send in facts.history.sends:
        if send.acked is not None:
            yield from _is_as_said(send, rows.get(facts.kept.keys.get(send.key, "")))
    pages = {row.id: row for row in facts.kept.pages}
    for page in facts.history.pages:
        if page.acked is not None and facts.kept.keys.get(page.key, "") not in pages:
            yield f"page of {page.key} was acknowledged and is not there"
    for answer in facts.history.owned:
        if answer.page not in pages or pages[answer.page].owned is None:
            yield f"page {answer.page} was said to be owned and is not"


def _is_as_said(send: Send, row: Row | None) -> Found:
    if row is None:
        yield f"message {send.token} was acknowledged and is not there"
    elif row.token != send.token or row.thread != send.thread:
        yield f"message {send.token} has other words or stands in another thread"
    elif send.message and (send.message, send.number) != (row.id, row.number):
        yield f"message {send.token} was acknowledged as {send.number} and is {row.number}"


def one_row_of_a_key(facts: Facts) -> Found:
    """I2: however often it was sent, there is one row; and none that nobody sent."""
    sent = {send.token for send in facts.history.sends}
    for token, count in Counter(row.token for row in facts.kept.messages).items():
        if count > 1:
            yield f"message {token} is there {count} times"
        if token not in sent:
            yield f"nobody sent {token}"


def one_order_for_all(facts: Facts) -> Found:
    """I3: the numbers of a thread have no gap, and every reader meets its messages in their order."""
    numbers: dict[str, list[int]] = defaultdict(list)
    placed: dict[tuple[str, int], str] = {}
    for row in facts.kept.messages:
        numbers[row.thread].append(row.number)
        placed[row.thread, row.number] = row.id
    for thread, found in numbers.items():
        if sorted(found) != list(range(1, len(found) + 1)):
            yield f"the numbers of thread {thread} are not 1 to {len(found)}"
    last: dict[tuple[str, str], int] = defaultdict(int)
    for seen in _of_messages(facts):
        if placed.get((seen.thread, seen.number)) != seen.message:
            yield f"{seen.person} was shown another message as {seen.number} of {seen.thread}"
        if seen.number <= last[seen.person, seen.thread]:
            yield f"{seen.person} met {seen.number} of {seen.thread} behind {last[seen.person, seen.thread]}"
        last[seen.person, seen.thread] = seen.number


def no_reader_skips(facts: Facts) -> Found:
    """I4: a device gets each number of its person's inbox, once, in order, over every broken line, to the newest."""
    last = dict(facts.history.began_after)
    for seen in facts.history.seen:
        if seen.n != last.get(seen.person, 0) + 1:
            yield f"{seen.person} got {seen.n} after {last.get(seen.person, 0)}"
        last[seen.person] = seen.n
    stored = {(person, n): (event, subject) for person, n, event, subject in facts.kept.items}
    for seen in facts.history.seen:
        if (seen.person, seen.n) in stored and stored[seen.person, seen.n][0] != seen.event:
            yield f"{seen.person} got another event as {seen.n} than the inbox holds"
    for person, head in facts.kept.heads.items():
        if person in last and last[person] != head:
            yield f"{person} is at {last[person]} and the inbox at {head}"


def rungs_follow_each_other(facts: Facts) -> Found:
    """I5: opened, so on the device; on the device, so stored and really received; nothing before it was stored.

    Whoever came to a group later may open what was sent before: that was never theirs to receive.
    """
    rungs = facts.kept.rungs
    theirs = facts.kept.recipients | set(facts.kept.asks)
    subjects = {(person, n): subject for person, n, _event, subject in facts.kept.items}
    arrived = {(subjects.get((seen.person, seen.n), ""), seen.person) for seen in facts.history.seen}
    for (subject, person, name), reached in rungs.items():
        if name == "on_device" and (subject, person) not in arrived:
            yield f"{subject} is said to be on the device of {person}, which never got it"
        if (subject, person) not in theirs:
            continue
        if rungs.get((subject, person, "stored"), math.inf) > reached:
            yield f"{subject} is {name} with {person} and was not stored before"
        if name == "opened" and (subject, person, "on_device") not in rungs:
            yield f"{subject} was opened by {person} and is on no device of theirs"


def no_step_after_an_owner(facts: Facts) -> Found:
    """I6: each step fires once and is shown once to each it asks, never after an owner; and no page dies silently."""
    owned = {row.id: row.owned for row in facts.kept.pages if row.owned is not None}
    told = {answer.page: answer.acked for answer in facts.history.owned}
    for step in facts.kept.steps:
        if step.fired > owned.get(step.page, step.fired) or step.fired > told.get(step.page, step.fired):
            yield f"step {step.number} of {step.page} fired after somebody owned it"
    for (page, number), count in Counter((step.page, step.number) for step in facts.kept.steps).items():
        if count > 1:
            yield f"step {number} of {page} fired {count} times"
    yield from _shown_as_asked(facts)
    yield from _died_silently(facts)


def _shown_as_asked(facts: Facts) -> Found:
    shown = Counter((item[3], item[0]) for item in facts.kept.items if item[2] == "paging.sent")
    for asked, count in Counter(facts.kept.asks).items():
        if shown[asked] != count:
            yield f"{asked[1]} was asked {count} times by {asked[0]} and has it {shown[asked]} times"


def _died_silently(facts: Facts) -> Found:
    newest = {step.page: step.id for step in sorted(facts.kept.steps, key=lambda step: step.number)}
    for row in facts.kept.pages:
        if row.state == "waiting" and newest.get(row.id) not in facts.kept.timers:
            yield f"page {row.id} waits and nothing will wake it"


def only_members_are_told(facts: Facts) -> Found:
    """I7: nothing goes to whoever had left when it was sent, and nothing is shown after they have left."""
    ends: dict[tuple[str, str], float] = defaultdict(lambda: -math.inf)
    for thread, person, _since, until in facts.kept.members:
        ends[thread, person] = max(ends[thread, person], math.inf if until is None else until)
    gaps = _gaps(facts)
    rows = {row.id: row for row in facts.kept.messages}
    for message, person in facts.kept.recipients:
        row = rows.get(message)
        if row is not None and _was_out(row.thread, person, row.sent, ends, gaps, slack=0.0):
            yield f"{message} went to {person}, who had left"
    for person, _n, event, subject in facts.kept.items:
        if event == "message.sent" and subject in rows and (subject, person) not in facts.kept.recipients:
            yield f"{subject} is in the inbox of {person}, to whom it did not go"
    for seen in _judged(facts):
        if _was_out(seen.thread, seen.person, seen.at, ends, gaps, slack=SLACK_SECONDS):
            yield f"{seen.person} was shown {seen.message} after they had left"


def _judged(facts: Facts) -> list[Seen]:
    """What was shown while no line was slow and no process stopped."""
    held = [(fault.began, fault.healed + SLACK_SECONDS) for fault in facts.history.faults if fault.kind in HOLDING]
    return [seen for seen in _of_messages(facts) if not any(began <= seen.at <= end for began, end in held)]


Ends = Mapping[tuple[str, str], float]
Gaps = Mapping[tuple[str, str], list[tuple[float, float]]]


def _gaps(facts: Facts) -> Gaps:
    """From when until when each person was out of a thread that they came back to."""
    spans: dict[tuple[str, str], list[tuple[float, float | None]]] = defaultdict(list)
    for thread, person, since, until in facts.kept.members:
        spans[thread, person].append((since, until))
    found = {}
    for key, several in spans.items():
        several.sort(key=lambda span: span[0])
        found[key] = [
            (before[1], after[0])
            for before, after in pairwise(several)
            if before[1] is not None and after[0] > before[1]
        ]
    return found


def _was_out(  # noqa: PLR0913 -- who, where, when, and what is known of it
    thread: str, person: str, at: float, ends: Ends, gaps: Gaps, *, slack: float
) -> bool:
    """Whether they had left for longer than `slack`, and had not come back."""
    if at > ends[thread, person] + slack:
        return True
    # An act that waited for the lock of whoever let them in again is a little older than it says.
    return any(left + slack < at < back - BACK_SECONDS for left, back in gaps.get((thread, person), []))


def acts_are_on_the_record(facts: Facts) -> Found:
    """I8: an act, one event; no event without its act; and who was shown a message is on the record as its reader."""
    recorded = facts.kept.recorded
    owned = [row.id for row in facts.kept.pages if row.owned is not None]
    acts = {
        "message.sent": [row.id for row in facts.kept.messages],
        "paging.sent": [row.id for row in facts.kept.pages],
        "paging.owned": owned,
    }
    for event, ids in acts.items():
        for one in ids:
            if recorded[event, one] != 1:
                yield f"{event} of {one} is on the record {recorded[event, one]} times"
    done = {(event, one) for event, ids in acts.items() for one in ids}
    for event, entity in set(recorded) - done:
        yield f"{event} of {entity} is on the record and was not done"
    for seen in _of_messages(facts):
        if facts.kept.read.get((seen.person, seen.thread), 0) < seen.number:
            yield f"{seen.person} was shown {seen.number} of {seen.thread}, which is not on the record"


def the_log_verifies(facts: Facts) -> Found:
    """I9: `manage.py ledger verify` ends with 0."""
    if facts.kept.log_code != 0:
        yield f"verify ended with {facts.kept.log_code}: {facts.kept.log_words}"


def no_timer_early(facts: Facts) -> Found:
    """I10: a step fires when the one before has waited, unless somebody passed the page on."""
    for number, late in lateness(facts):
        if late < -EARLY_SECONDS:
            yield f"{number} fired {-late:.3f} s too early"


def lateness(facts: Facts) -> list[tuple[str, float]]:
    """Of each step that its timer fired: which, and how many seconds after its time."""
    passed: dict[str, list[float]] = defaultdict(list)
    for page, said, at in facts.kept.answers:
        if said != "owns":
            passed[page].append(at)
    waits: Mapping[str, list[float]] = {row.id: row.waits for row in facts.kept.pages}
    found = []
    fired = {(step.page, step.number): step for step in facts.kept.steps}
    for (page, number), step in fired.items():
        before = fired.get((page, number - 1))
        if before is None or before.skipped or step.skipped or page not in waits:
            continue
        if not any(before.fired <= at <= step.fired for at in passed[page]):
            found.append((f"step {number} of {page}", step.fired - before.fired - waits[page][number - 1]))
    return found


def _of_messages(facts: Facts) -> list[Seen]:
    return [seen for seen in facts.history.seen if seen.event == "message.sent" and seen.message]


RULES: Mapping[str, Callable[[Facts], Found]] = {
    "I1": acked_is_present,
    "I2": one_row_of_a_key,
    "I3": one_order_for_all,
    "I4": no_reader_skips,
    "I5": rungs_follow_each_other,
    "I6": no_step_after_an_owner,
    "I7": only_members_are_told,
    "I8": acts_are_on_the_record,
    "I9": the_log_verifies,
    "I10": no_timer_early,
}
