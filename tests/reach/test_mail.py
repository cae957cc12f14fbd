"""E-mail: a real mail server takes a letter that says that there is a page, and nothing of it."""

import pytest
from aiosmtpd.controller import Controller

from handover.reach.models import Channel, Delivery
from handover.reach.rules import Try
from tests.reach.conftest import KIND, NOW

pytestmark = pytest.mark.django_db
EMAIL = Channel.EMAIL
ADDRESS = "amara.thistledown@hospital.example"


class Postman:
    """Keeps the letters that came; `refuses` is what a recipient is answered."""

    def __init__(self):
        self.letters, self.refuses = [], ""

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.refuses:
            return self.refuses
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.letters.append(envelope)
        return "250 taken"


class Server(Controller):
    """On whichever port is free."""

    def _trigger_server(self):
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@pytest.fixture
def postman(settings):
    controller = Server(Postman(), hostname="127.0.0.1", port=0)
    controller.start()
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS = "127.0.0.1", controller.port, False
    yield controller.handler
    controller.stop()


def mail(amara, give, ask, box):
    give(amara, EMAIL, ADDRESS)
    ask(amara, Try(EMAIL, NOW))
    box.drain()
    return Delivery.objects.get()


def test_the_letter_says_that_there_is_a_page_and_nothing_of_it(amara, give, ask, box, postman):
    row = mail(amara, give, ask, box)
    assert row.state == "sent"
    (letter,) = postman.letters
    text = letter.content.decode()
    assert letter.rcpt_tos == [ADDRESS]
    assert "Subject: New page" in text
    # The property: no page's id, kind or level, and no name, in a mailbox. The attack is to read all of the letter.
    for secret in (str(row.subject_id), str(row.key), amara.display_name, KIND, "urgent"):
        assert secret not in text


@pytest.mark.parametrize(
    ("answer", "state", "failure"), [("550 no such box", "failed", "smtp_550"), ("451 later", "waiting", "smtp_451")]
)
def test_a_recipient_that_is_refused_for_good_is_not_tried_again(
    amara, give, ask, box, postman, answer, state, failure
):
    postman.refuses = answer
    row = mail(amara, give, ask, box)
    assert (row.state, row.failure) == (state, failure)


def test_a_server_that_is_not_there_is_a_failure_and_no_error(amara, give, ask, box, postman, settings):
    settings.EMAIL_PORT = 1
    assert mail(amara, give, ask, box).failure == "unreachable"


def test_a_server_that_offers_no_tls_where_it_is_asked_for_gets_no_letter(amara, give, ask, box, postman, settings):
    # The attack: somebody between strips STARTTLS from the server's greeting, to read who is paged and when.
    settings.EMAIL_USE_TLS = True
    assert mail(amara, give, ask, box).state == "waiting"
    assert postman.letters == []
