"""A browser that is a shared phone, for the tests."""

from django.conf import settings
from django.test import RequestFactory

from accounts import phones


def on_shared_phone(client, person):
    """Makes this client's browser a shared phone, as `person` would. Returns the SharedPhone."""
    request = RequestFactory().get("/")
    phone = phones.make_phone(request, name="Ward phone", person=person, agent=None)
    client.cookies[settings.PHONE_COOKIE_NAME] = request._phone_token
    return phone
