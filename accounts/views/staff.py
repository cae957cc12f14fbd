"""The directory: which unit, who is on duty there now, and how to call them."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.access import SignedInRequest, signed_in
from accounts.directory import directory, uncovered

LONGEST_SEARCH = 80


@require_GET
@signed_in
def show_directory(request: SignedInRequest) -> HttpResponse:
    """Units and who is on duty; with ?q= what matches, people who are off duty included."""
    words = request.GET.get("q", "")[:LONGEST_SEARCH].strip()
    now = timezone.now()
    context = {
        "facilities": directory(at=now, words=words, near=request.device_session.unit),
        "uncovered": uncovered(at=now),
        "words": words,
        "at": now,
    }
    return render(request, "accounts/directory.html", context)
