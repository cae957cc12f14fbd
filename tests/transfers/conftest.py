"""What the page tests share: a signed-in browser, and acts posted as a page posts them."""

from uuid import uuid4

import pytest
from django.test import Client


@pytest.fixture
def browser(sign_in):
    """browser(person): a client signed in as them, a device of their own."""

    def open_one(person):
        client = Client()
        sign_in(client, person)
        return client

    return open_one


@pytest.fixture
def press():
    """press(client, url, **fields): a form of a page, with a key of its own, as a browser without scripts sends it."""

    def send(client, url, key=None, **fields):
        return client.post(url, {"key": str(key or uuid4()), **fields})

    return send
