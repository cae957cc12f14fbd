"""The patient's report as a PDF: large type, a heading a day, and who to ask; and the paper for other such reports."""

from itertools import groupby
from pathlib import Path

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from fpdf import FPDF

from accounts.visible import visible
from audit.reports.access import AccessReport

FONT = Path(__file__).with_name("fonts") / "atkinson-hyperlegible-next.ttf"
FAMILY = "hyperlegible"
# Millimetres and points: a page of A4 that people read without glasses.
MARGIN, LINE, SIZE, SMALL, LARGE = 20, 6.5, 12, 10, 20


def as_pdf(report: AccessReport) -> bytes:
    """The bytes of the document. A letter that the font does not have is drawn as an empty box."""
    document = document_with(_("Who has used your record"))
    say(document, _("Who has used your record"), size=LARGE)
    told = {
        "number": report.record_number,
        "since": date_format(localtime(report.since), "j F Y"),
        "made": date_format(localtime(report.made), "j F Y, H:i"),
    }
    say(document, _("Record number %(number)s. From %(since)s on, as it stood on %(made)s.") % told)
    say(document, _("Each line says who used your record, what they did, and why they were allowed to."))
    if report.is_cut:
        say(document, _("There was more than this report holds: ask for the time before as well."))
    if not report.lines:
        say(document, _("Nobody has used your record in this time."))
    for day, lines in groupby(report.lines, key=lambda line: line.day):
        document.ln(LINE / 2)
        say(document, date_format(day, "l, j F Y"), size=SIZE + 2)
        for line in lines:
            # A name is whatever a directory sent: it writes no line of its own here.
            say(document, visible(f"{line.who} {line.what}. {line.why}"))
    document.ln(LINE)
    words = _("Does something here look wrong to you? Ask the hospital's compliance officer. They must answer.")
    say(document, words, size=SMALL)
    return bytes(document.output())


def document_with(title: str) -> FPDF:
    """An empty document of A4 with this title, in this room's letters."""
    document = FPDF(format="A4")
    document.set_title(title)
    document.set_lang("en")
    document.set_margin(MARGIN)
    document.set_auto_page_break(auto=True, margin=MARGIN)
    document.add_font(FAMILY, fname=FONT)
    document.add_page()
    return document


def say(document: FPDF, words: str, *, size: int = SIZE) -> None:
    """A paragraph from the left margin on; `size` in points."""
    document.set_font(FAMILY, size=size)
    document.multi_cell(0, LINE * size / SIZE, words, new_x="LMARGIN", new_y="NEXT", align="L")
