"""The administrators' page of the channels: which there are, and whether their gateways take what they are given."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from accounts.access import SignedInRequest, signed_in
from handover.reach import canary

# What an attempt failed by, in words; of an answer's own number, the number.
WHY = {
    "timeout": gettext_lazy("Its gateway did not answer in time."),
    "unreachable": gettext_lazy("Its gateway cannot be reached."),
    "error": gettext_lazy("Sending failed here. The server's log says how."),
    "no_address": gettext_lazy("There was no address to send it to."),
    "no_pager": gettext_lazy("The address is no pager's."),
}


@require_GET
@signed_in
def status(request: SignedInRequest) -> HttpResponse:
    """Every channel, with the canary's figures of a day and the people's."""
    rows = [(row, why(row.failure)) for row in canary.standing()]
    silent = [row for row, _why in rows if row.silent_since]
    return render(request, "reach/status.html", {"rows": rows, "silent": silent})


def why(failure: str) -> str | Promise:
    """A failure's code in words; empty for none."""
    if not failure:
        return ""
    known = WHY.get(failure)
    return known or _("Its gateway answered: %(code)s.") % {"code": failure.replace("_", " ")}
