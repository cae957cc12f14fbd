"""Reads what the database holds when a run is over, and has the log verified."""

import os
import subprocess
import sys

from bench.faults.history import Kept, PageRow, Row, Step
from bench.rig import ROOT, as_server


def heads() -> dict[str, int]:
    """How far each inbox is, on a connection of its own."""
    from django.db import connection

    connection.close()
    with connection.cursor() as cursor:
        cursor.execute("SELECT person_id::text, head FROM live_stream")
        found = dict(cursor.fetchall())
    connection.close()
    return found


def waiting_pages() -> int:
    """How many pages nobody has owned yet and still climb, on a connection of its own."""
    from django.db import connection

    from handover.paging.models import Page
    from live.acting import acting_as_system

    connection.close()
    with acting_as_system("bench"):
        waiting = Page.objects.filter(state="waiting").count()
    connection.close()
    return waiting


def kept() -> Kept:
    """All of it. The words of messages are opened: that they are those that were sent is part of the proof."""
    from django.db import connection

    from live.acting import acting_as_system

    connection.close()
    found = Kept()
    with acting_as_system("bench"):
        _messages(found)
        _inboxes(found)
        _pages(found)
        _record(found)
    connection.close()
    _verify(found)
    return found


def _messages(found: Kept) -> None:
    from handover.messaging import sealed
    from handover.messaging.models import Message, Recipient, ThreadMember

    for row in Message.objects.select_related("thread").order_by("thread", "number").iterator():
        words = sealed.text_of(row, thread=row.thread)
        thread, author = str(row.thread_id), str(row.author_id)
        found.messages.append(Row(str(row.pk), thread, row.number, author, row.sent.timestamp(), words))
    rows = Recipient.objects.values_list("message_id", "person_id")
    found.recipients = {(str(message), str(person)) for message, person in rows}
    for thread_id, person, since, until in ThreadMember.objects.values_list("thread_id", "person_id", "since", "until"):
        ends = until.timestamp() if until else None
        found.members.append((str(thread_id), str(person), since.timestamp(), ends))


def _inboxes(found: Kept) -> None:
    from live.models import ActKey, InboxItem, Rung, Stream, Timer

    items = InboxItem.objects.order_by("person_id", "number")
    for person, number, event, subject in items.values_list("person_id", "number", "event", "subject_id"):
        found.items.append((str(person), number, event, str(subject)))
    found.heads = {str(person): head for person, head in Stream.objects.values_list("person_id", "head")}
    found.keys = {str(key): str(result) for key, result in ActKey.objects.values_list("key", "result_id")}
    for subject, person, name, reached in Rung.objects.values_list("subject_id", "person_id", "name", "reached"):
        found.rungs[str(subject), str(person), name] = reached.timestamp()
    found.timers = {str(subject) for subject in Timer.objects.values_list("subject_id", flat=True)}


def _pages(found: Kept) -> None:
    from handover.paging.models import Page, PageAnswer, PageAsk, PageStep

    for row in Page.objects.all():
        owned = row.owned.timestamp() if row.owned else None
        found.pages.append(PageRow(str(row.pk), row.state, owned, [float(step["wait_s"]) for step in row.steps]))
    for step in PageStep.objects.all():
        fired = step.fired.timestamp()
        found.steps.append(Step(str(step.pk), str(step.page_id), step.number, fired, step.skipped))
    asks = PageAsk.objects.values_list("step__page_id", "person_id")
    found.asks = [(str(page), str(person)) for page, person in asks]
    answers = PageAnswer.objects.values_list("page_id", "said", "at")
    found.answers = [(str(page), said, at.timestamp()) for page, said, at in answers]


def _record(found: Kept) -> None:
    from ledger.models import Event

    of_acts = Event.objects.filter(event__in=["message.sent", "paging.sent", "paging.owned"], outcome="success")
    for event, entity in of_acts.values_list("event", "entity_id"):
        found.recorded[event, str(entity)] += 1
    reads = Event.objects.filter(event="message.read").values_list("agent_id", "entity_id", "detail")
    for agent, thread, detail in reads:
        reader = (str(agent), str(thread))
        found.read[reader] = max(found.read.get(reader, 0), int(detail.get("number", 0)))


def _verify(found: Kept) -> None:
    """The log's own check, in a process of its own, after those that still wait have got their places."""
    command = [sys.executable, "manage.py", "ledger"]
    environment = {
        **os.environ,
        "READBACK_READER_URL": as_server(os.environ["READBACK_OWNER_URL"], role="readback_reader"),
    }
    for act in (("sequence", "--once"), ("verify",)):
        done = subprocess.run([*command, *act], cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        found.log_code = done.returncode
        found.log_words = " ".join((done.stdout + done.stderr).split())[-300:]
        if done.returncode:
            return
