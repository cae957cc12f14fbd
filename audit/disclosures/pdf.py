"""The patient's accounting as a PDF, in the type of the report of who used the record: one paragraph a disclosure."""

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from accounts.visible import visible
from audit.disclosures.selectors import Disclosures, Line
from audit.reports.access_pdf import LARGE, LINE, SIZE, SMALL, document_with, say

TITLE_SIZE = SIZE + 2


class Paragraph(NamedTuple):
    """What stands in the document, in which size (points), and how much room is before it (millimetres)."""

    words: str
    size: int = SIZE
    before: float = 0


def as_pdf(found: Disclosures) -> bytes:
    """The bytes of the document. Raises ValueError for one that holds what only officers see."""
    # Before the document, whose font is an open file until it is drawn.
    told = paragraphs(found)
    document = document_with(_("Where information about you has gone"))
    for paragraph in told:
        document.ln(paragraph.before)
        # A name is whatever somebody typed: it writes no line of its own here.
        say(document, visible(paragraph.words), size=paragraph.size)
    return bytes(document.output())


def paragraphs(found: Disclosures) -> list[Paragraph]:
    """What the patient reads. Raises ValueError for the officer's view: what is suspended is kept from the patient."""
    if found.suspended or found.exempt:
        raise ValueError("this is the officer's view, and no document of the patient's")
    return list(_paragraphs(found))


def _paragraphs(found: Disclosures) -> Iterator[Paragraph]:
    yield Paragraph(_("Where information about you has gone"), LARGE)
    told = {
        "number": found.record_number,
        "since": _day(found.since),
        "until": _day(found.until),
        "made": date_format(localtime(found.made), "j F Y, H:i"),
    }
    yield Paragraph(_("Record number %(number)s. From %(since)s to %(until)s, as it stood on %(made)s.") % told)
    yield Paragraph(
        _(
            "This is a list of those outside the hospital to whom we gave information about you, and why. The law "
            "leaves out what was given for your treatment, for payment, for the hospital's own work, to you yourself, "
            "or because you signed for it, and a few more (45 CFR 164.528)."
        )
    )
    if not found.lines:
        yield Paragraph(_("Nothing was given to anybody that the law asks us to list."))
    for line in found.lines:
        yield from _entry(line)
    if found.is_cut:
        yield Paragraph(_("There was more than this list holds: ask for the time before as well."))
    yield Paragraph(_("Questions? Ask the hospital's compliance officer. They must answer."), SMALL, LINE)


def _entry(line: Line) -> Iterator[Paragraph]:
    yield Paragraph(_when(line), TITLE_SIZE, LINE / 2)
    if line.words is None:
        words = _("Your data was erased, and with it to whom this went. It was given %(why)s.")
        yield Paragraph(words % {"why": line.told})
        return
    to = ", ".join(part for part in (line.words.recipient, line.words.address) if part)
    yield Paragraph(_("To: %(to)s") % {"to": to})
    yield Paragraph(_("What: %(what)s") % {"what": line.words.what})
    yield Paragraph(_("Why: %(purpose)s (%(why)s)") % {"purpose": line.words.purpose, "why": line.told})


def _when(line: Line) -> str:
    """The day, or of a series how many there were, the first and the last. Source: 45 CFR 164.528(b)(3)."""
    entry = line.entry
    if not entry.is_series:
        return _day(entry.last.on)
    told = {"count": entry.count, "first": _day(entry.first.on), "last": _day(entry.last.on)}
    return _("%(count)d times, first on %(first)s, last on %(last)s") % told


def _day(day: date) -> str:
    return date_format(day, "j F Y")
