"""The pages that a notice on a lock screen opens: what was tapped is kept while somebody unlocks the phone.

Of all other pages nothing is kept there: where the last person was is not where the next one goes on.
"""

from urllib.parse import urlsplit

from django.http import HttpRequest
from django.urls import Resolver404, resolve

from accounts.answers import wanted_page

_names: set[str] = set()


def register_notice_page(name: str) -> None:
    """From now on the page of this name is gone on to after unlocking. Its address names things by their ids only."""
    _names.add(name)


def noticed_page(request: HttpRequest) -> str:
    """The page of the notice that was tapped, as the request carries it; "" for none, and for every other page."""
    wanted = wanted_page(request, otherwise="")
    try:
        return wanted if wanted and resolve(urlsplit(wanted).path).view_name in _names else ""
    except Resolver404:
        return ""
