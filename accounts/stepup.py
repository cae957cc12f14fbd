"""Step-up: what can do lasting harm in the hands of whoever picks up a phone asks for a factor that was just shown.

A PIN is no such factor: it is six digits, and the phone lies about. Source: ASVS 5.0 V7.5.3; the acts are those of
accounts/policy.py and of whoever uses @fresh_factor.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import wraps
from typing import Concatenate, ParamSpec

from django.conf import settings
from django.http import HttpResponseBase, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from accounts.access import SignedInRequest, wants_data
from accounts.models import DeviceSession, Factor

KEPT_CHARACTERS = 64
P = ParamSpec("P")
SignedInView = Callable[Concatenate[SignedInRequest, P], HttpResponseBase]


def is_fresh(session: DeviceSession, *, at: datetime) -> bool:
    """Whether a factor was shown in this session within STEP_UP_WITHIN before `at` (aware UTC)."""
    if session.verified is None or session.factor == Factor.PIN:
        return False
    return session.verified > at - settings.STEP_UP_WITHIN


def fresh_factor(view: SignedInView[P]) -> SignedInView[P]:
    """The view, for whoever has just shown a factor; others are asked for one first. Below @signed_in.

    A page sends them to show it and back. What a script posted is answered 403 (code "step_up"), what a form posted
    leads back to the page it came from: nothing is done.
    """

    @wraps(view)
    def wrapped(request: SignedInRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if is_fresh(request.device_session, at=timezone.now()):
            return view(request, *args, **kwargs)
        back = _back_to(request, kept=getattr(view, "kept_fields", ()))
        confirm = f"{reverse('factors:confirm')}?{urlencode({'next': back})}"
        if wants_data(request):
            words = _("Show your passkey or a code again first.")
            return JsonResponse({"ok": False, "code": "step_up", "message": words, "location": confirm}, status=403)
        return HttpResponseRedirect(confirm)

    return wrapped


def keeping(*names: str) -> Callable[[SignedInView[P]], SignedInView[P]]:
    """Below @fresh_factor: these fields of the form come back in the address, so that nobody types them again.

    None of them may be about anybody, or hold words: an address is kept by browsers and proxies.
    """

    def named(view: SignedInView[P]) -> SignedInView[P]:
        view.kept_fields = names  # type: ignore[attr-defined]
        return view

    return named


def _back_to(request: SignedInRequest, *, kept: Sequence[str]) -> str:
    if request.method in {"GET", "HEAD"}:
        return request.get_full_path()
    # Posted by a form: the page that holds it, when it is ours to see.
    back = request.POST.get("back", "") or reverse("accounts:me")
    typed = {name: request.POST[name][:KEPT_CHARACTERS] for name in kept if request.POST.get(name)}
    return f"{back}?{urlencode(typed)}" if typed and "?" not in back else back
