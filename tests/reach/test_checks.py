"""What a server does not start with: channels that are set up by half, or that would send numbers in the clear."""

import pytest

from handover.reach.checks import channels_are_set_up_whole

GATEWAY = "https://gateway.hospital.example/send"
SECRET = "s" * 32


@pytest.fixture
def found(settings):
    def numbers(**changed):
        for name, value in changed.items():
            setattr(settings, name, value)
        return [error.id for error in channels_are_set_up_whole(None)]

    return numbers


def test_nothing_that_is_set_is_nothing_that_is_wrong(found):
    assert found() == []


def test_it_takes_what_is_whole(found):
    whole = {"SMS_URL": GATEWAY, "VOICE_URL": "http://127.0.0.1:9000/", "GATEWAY_SECRET": SECRET}
    pager = {"PAGER_GATEWAY": "pager.hospital.example:444", "PAGER_CALL_BACK": "020 7946 0100"}
    assert found(**whole, **pager, CANARY={"sms": "+44", "pager": "5550100"}) == []


@pytest.mark.parametrize(
    "url",
    ["http://gateway.hospital.example/", "ftp://x/", "gateway", "https://", "https://me:secret@gateway.example/"]
    + ["http://127.0.0.1.example/", "http://localhost.example/"],
)
def test_numbers_go_to_nobody_in_the_clear(found, url):
    assert found(SMS_URL=url, GATEWAY_SECRET=SECRET) == ["reach.E001"]


@pytest.mark.parametrize("secret", ["", "short"])
def test_a_provider_without_a_secret_is_refused(found, secret):
    # The attack: whoever can reach the callback guesses a short secret, and owns pages in other people's names.
    assert found(VOICE_URL=GATEWAY, GATEWAY_SECRET=secret) == ["reach.E002"]


@pytest.mark.parametrize("half", [{"PAGER_GATEWAY": "host:444"}, {"PAGER_CALL_BACK": "020 7946 0100"}])
def test_half_a_pager_is_refused(found, half):
    assert found(**half) == ["reach.E003"]


def test_a_canary_of_no_channel_is_refused(found):
    assert found(CANARY={"fax": "+44"}) == ["reach.E004"]
