"""How this room's codes read."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from handover.messaging.remaking.faults import Unfit
from handover.paging.rules.levels import Level
from live.refusals import Invalid

LEVELS: Mapping[str, Promise] = {
    Level.EMERGENCY.value: gettext_lazy("Emergency"),
    Level.URGENT.value: gettext_lazy("Urgent"),
    Level.NEEDS_ACTION.value: gettext_lazy("Needs action"),
    Level.FYI.value: gettext_lazy("For information"),
}
# What a sender may expect of each (docs/decisions/0081, 0086).
EXPECTED: Mapping[str, Promise] = {
    Level.EMERGENCY.value: gettext_lazy("Owned within 2 minutes. Somebody's life may depend on it."),
    Level.URGENT.value: gettext_lazy("Owned within 5 minutes."),
    Level.NEEDS_ACTION.value: gettext_lazy("Owned within 30 minutes, done by the time you set."),
    Level.FYI.value: gettext_lazy("Silent. Nobody has to answer."),
}
# The same of whoever calls people in.
COME: Mapping[str, Promise] = {
    Level.EMERGENCY.value: gettext_lazy("Now, at any hour. Somebody's life may depend on it."),
    Level.URGENT.value: gettext_lazy("As soon as you can."),
}
ANSWERS: Mapping[str, Promise] = {
    "owned": gettext_lazy("I own it"),
    "busy": gettext_lazy("Busy, pass on"),
    "wrong_person": gettext_lazy("Wrong person"),
    "done": gettext_lazy("Done"),
    "coming": gettext_lazy("I am coming"),
    "not_coming": gettext_lazy("I cannot come"),
}
STANDINGS: Mapping[str, Promise] = {
    "waiting": gettext_lazy("Waits for somebody to own it"),
    "owned": gettext_lazy("Owned"),
    "passed_on": gettext_lazy("Passed on by everybody: nobody owns it"),
    "done": gettext_lazy("Done"),
}
_RUNGS: Mapping[str, Promise] = {
    "stored": gettext_lazy("Stored"),
    "pushed": gettext_lazy("Pushed"),
    "on_device": gettext_lazy("On device"),
    "opened": gettext_lazy("Opened"),
    "acknowledged": gettext_lazy("I own it"),
    "done": gettext_lazy("Done"),
}


def rung_label(name: str) -> str:
    """The rung in the reader's language."""
    return str(_RUNGS.get(name, name))


# Why a file is not taken, and what to do.
UNFIT: Mapping[str, Promise] = {
    "photo_too_large": gettext_lazy("This photo is larger than 15 MiB. Take it again in a lower quality."),
    "photo_heic": gettext_lazy(
        "HEIC photos are not taken. Choose JPEG in the phone's camera settings (Most Compatible)."
    ),
    "photo_no_photo": gettext_lazy("This is no photo that can be taken: JPEG, PNG or WebP can."),
    "photo_too_many": gettext_lazy("This photo has more than 25 megapixels. Take it in a lower quality."),
    "photo_broken": gettext_lazy("This photo is not whole. Take it or choose it again."),
    "photo_moving": gettext_lazy("A moving picture is not taken. Send a photo."),
    "photo_too_much": gettext_lazy("This photo takes too much to open. Take it in a lower quality."),
    "pdf_too_large": gettext_lazy("This PDF is larger than 15 MiB. Send the pages that matter."),
    "pdf_none": gettext_lazy("This is no PDF. Choose a PDF, or send a photo."),
    "pdf_encrypted": gettext_lazy("This PDF is locked with a password. Save it without one, then choose it again."),
    "pdf_broken": gettext_lazy("This PDF is not whole, or cannot be read. Save it again, then choose it again."),
    "pdf_more_than_one": gettext_lazy("There is something else in this file behind the PDF. Print it to a new PDF."),
    "pdf_pages": gettext_lazy("A PDF with 1 to 200 pages can be sent. Send the pages that matter."),
    "pdf_too_much": gettext_lazy(
        "This PDF takes too much to open. Print it to a new PDF, or send the pages that matter."
    ),
    "voice_too_large": gettext_lazy("This voice note is too large. Record a shorter one."),
    "voice_too_long": gettext_lazy("A voice note lasts two minutes at most. Record a shorter one."),
    "voice_none": gettext_lazy("This is no voice note that can be taken. Record it on this page."),
    "voice_broken": gettext_lazy("This voice note is not whole. Record it again."),
    "voice_too_much": gettext_lazy("This voice note is not whole. Record it again."),
    "busy": gettext_lazy("Too much is being sent at this moment. Choose it again in a minute."),
}

# The fields for a file that is chosen: which files, and what is said of them.
FILE_FIELDS: Mapping[str, Mapping[str, object]] = {
    "photo": {
        "accept": "image/jpeg,image/png,image/webp",
        "large": UNFIT["photo_too_large"],
        "help": gettext_lazy("JPEG, PNG or WebP, up to 15 MiB. Where and by what it was taken is removed."),
    },
    "pdf": {
        "accept": "application/pdf",
        "large": UNFIT["pdf_too_large"],
        "help": gettext_lazy("Up to 15 MiB and 200 pages. Scripts, links, attachments and its author are removed."),
    },
}


def unfit(field: str, fault: Unfit) -> Invalid:
    """The refusal of a file, in words, at the field that it was chosen in."""
    return Invalid(fields={field: str(UNFIT[fault.code])}, code=fault.code)
