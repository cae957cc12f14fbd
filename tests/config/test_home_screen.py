"""A phone can take Readback to its home screen; an iPhone is woken from there and from nowhere else."""

import json
import re
from contextlib import closing

import pytest

pytestmark = pytest.mark.django_db


def fetched(client, path):
    """The type and content of a file, which is closed again."""
    answer = client.get(path)
    with closing(answer):
        return answer["Content-Type"], b"".join(answer.streaming_content)


def test_every_page_names_what_a_home_screen_needs_and_all_of_it_is_there(client):
    page = client.get("/sign-in/").content.decode()
    (manifest,) = re.findall(r'<link rel="manifest" href="([^"]+)"', page)
    (icon,) = re.findall(r'<link rel="apple-touch-icon" href="([^"]+)"', page)
    kind, body = fetched(client, manifest)
    assert kind == "application/manifest+json"
    told = json.loads(body)
    assert (told["display"], told["start_url"], told["scope"]) == ("standalone", "/", "/")
    for path in [icon, *(f"{manifest.rpartition('/')[0]}/{each['src']}" for each in told["icons"])]:
        kind, body = fetched(client, path)
        assert (kind, body[:4]) == ("image/png", b"\x89PNG")
