"""What the pages have in common on which a code is typed: what is wrong is said beside it, and is on the record."""

from collections.abc import Callable, Mapping

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.answers import SeeOther
from accounts.factors import services
from accounts.factors.views.drawing import app_to_scan
from accounts.models import DeviceSession
from accounts.sessions import actor_of
from ledger.services import record_refusal
from live.refusals import Invalid

LARGEST_ID = 2**62


def wrong_in(session: DeviceSession, act: Callable[[], None]) -> str:
    """What is wrong with the code that the act was told, in words; "" when it was right and the act is done."""
    try:
        act()
    except Invalid as refusal:
        record_refusal(refusal, agent=actor_of(session).agent)
        return refusal.fields["code"]
    return ""


def app_page(request: HttpRequest, session: DeviceSession, *, done: str, where: Mapping[str, str]) -> HttpResponse:
    """The page of an app to come, with a new key each time it is shown; after the code that the app shows, `done`."""
    wrong = ""
    if request.method == "POST":
        device_id, typed = _posted_device(request), request.POST.get("code", "")
        wrong = wrong_in(session, lambda: services.confirm_app(request, session, device_id=device_id, typed=typed))
        if not wrong:
            return SeeOther(done)
    app = app_to_scan(services.begin_app(session), session.person)
    return render(request, "factors/app.html", {"app": app, "wrong": wrong, **where}, status=422 if wrong else 200)


def _posted_device(request: HttpRequest) -> int:
    """The row of the app that the form is about; none of anybody's when that is no number."""
    try:
        return min(int(request.POST.get("device", "")), LARGEST_ID)
    except ValueError:
        return 0
