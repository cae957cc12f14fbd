"""The feed: in order, nothing missing, whatever happens to the receiver; and only to whom its certificate names."""

import json
import re
import socket
import ssl
import subprocess
import sys
import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from fhir.resources.R4B.auditevent import AuditEvent

from audit.outgoing import feed, syslog
from audit.outgoing.models import FeedPosition
from audit.outgoing.syslog import NotTaken, Receiver, deliver, message
from ledger import sequencer
from ledger.models import Event, Leaf

pytestmark = pytest.mark.django_db

PROGRAM = Path(__file__).with_name("tls_receiver.py")
# <PRI>1 TIMESTAMP HOST APP PROCID MSGID SD MSG, RFC 5424 6.
MESSAGE = re.compile(r"<(\d+)>1 (\S+) (\S{1,255}) readback (\d+) FHIR-AuditEvent - (\{.*\})")


def certificate(directory, *, ip="127.0.0.1"):
    """(cert, key) of a receiver at this address, which is its own authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "receiver")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(ip))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    paths = directory / f"{ip}.crt", directory / f"{ip}.key"
    paths[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    paths[1].write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))
    return paths


class Rig:
    """A receiver that can be started, killed and started again at the same address."""

    def __init__(self, directory):
        self.kept = directory / "received"
        self.cert, self.key = certificate(directory)
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.process = None

    @property
    def to(self):
        return Receiver(f"tls://127.0.0.1:{self.port}", str(self.cert))

    def start(self, *, die_after=0, goodbye="yes", cert=None, key=None):
        told = [self.port, cert or self.cert, key or self.key, self.kept, die_after, goodbye]
        command = [sys.executable, str(PROGRAM), *map(str, told)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout.readline() == "ready\n"

    def kill(self):
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process.stdout.close()
            self.process = None

    def places(self):
        """The places of what was received, in the order of its arrival."""
        lines = self.kept.read_text().splitlines() if self.kept.exists() else []
        found = [json.loads(MESSAGE.fullmatch(line)[5]) for line in lines if line.endswith("}")]
        return [int(one["meta"]["tag"][0]["code"]) for one in found]


@pytest.fixture
def rig(tmp_path):
    made = Rig(tmp_path)
    yield made
    made.kill()


@pytest.fixture
def start(did, amara, patient):
    """The place from which the feed begins; twelve events of Amara's lie behind it."""
    sequencer.sequence()
    begin = (Leaf.objects.order_by("-place").values_list("place", flat=True).first() or 0) + 1
    feed.begin_at(begin)
    for _ in range(12):
        did(amara, patient=patient)
    sequencer.sequence()
    return begin


def now_due():
    """As if the pause were over: nobody sleeps here."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE outgoing_feedposition SET next = statement_timestamp() - interval '1 second'")


def position():
    return FeedPosition.objects.get().place


def test_every_event_arrives_once_in_order_as_valid_fhir_in_a_valid_message(rig, start, amara):
    rig.start()
    end = Leaf.objects.count()
    assert feed.run_round(rig.to) == end - start >= 12
    assert rig.places() == list(range(start, end))
    assert position() == end
    for line in rig.kept.read_text().splitlines():
        priority, at, _host, _process, text = MESSAGE.fullmatch(line).groups()
        assert priority == "85"  # security, notice
        told = AuditEvent.model_validate_json(text)
        assert told.recorded == datetime.fromisoformat(at)
    assert json.loads(text)["id"] == str(Event.objects.filter(agent_id=amara.pk).latest("id").pk)
    assert feed.run_round(rig.to) == 0


def test_a_receiver_that_is_killed_and_comes_back_misses_nothing(rig, start, did, amara, patient, monkeypatch):
    # The promise: at least once, in order, nothing missing. The position moves on when the receiver's TLS has said
    # goodbye, which whoever was killed does not; so the batch is sent again.
    monkeypatch.setattr(feed, "EVENTS_IN_A_BATCH", 5)
    rig.start(die_after=8)
    assert feed.run_round(rig.to) == 5
    assert position() == start + 5
    assert feed.run_round(rig.to) == 0  # it pauses
    rig.kill()
    now_due()
    assert feed.run_round(rig.to) == 0  # nobody is there
    for _ in range(3):
        did(amara, patient=patient)
    sequencer.sequence()
    rig.start()
    now_due()
    while feed.run_round(rig.to):
        pass
    places, end = rig.places(), Leaf.objects.count()
    assert list(dict.fromkeys(places)) == list(range(start, end))
    assert position() == end
    assert places[8:11] == [start + 5, start + 6, start + 7]  # what came twice is known by its place


def test_a_receiver_that_is_away_is_asked_again_after_longer_and_longer_pauses(rig, start):
    pauses = []
    for _ in range(4):
        now_due()
        assert feed.run_round(rig.to) == 0
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT failures, extract(epoch FROM next - statement_timestamp()) FROM outgoing_feedposition"
            )
            failures, seconds = cursor.fetchone()
        pauses.append((failures, round(seconds)))
    assert pauses == [(1, 1), (2, 2), (3, 4), (4, 8)]
    assert position() == start


# -- what the officer sees of it --


def shown(desk, settings, rig):
    """The panel of the integrity page, as words."""
    settings.FEED_URL, settings.FEED_CA_FILE = rig.to.url, str(rig.cert)
    page = desk.get("/audit/integrity/").content.decode()
    return " ".join(
        re.sub(r"<[^>]+>", " ", page[page.index('aria-labelledby="feed"') :].split("</section>")[0]).split()
    )


def test_the_officer_sees_since_when_the_receiver_is_away_and_how_many_wait(desk, settings, rig, start):
    feed.run_round(rig.to)
    first = FeedPosition.objects.get()
    now_due()
    feed.run_round(rig.to)
    again = FeedPosition.objects.get()
    assert (again.failures, again.away, again.why) == (2, first.away, "unreachable")
    page = shown(desk, settings, rig)
    waiting = Leaf.objects.count() - start
    for words in (
        "The receiver has taken nothing since",
        "It does not answer.",
        f"Waiting {waiting}",
        "Nothing is lost",
    ):
        assert words in page


def test_once_it_is_back_nothing_says_that_it_was_away(desk, settings, rig, start):
    feed.run_round(rig.to)
    rig.start()
    now_due()
    assert feed.run_round(rig.to) > 0
    page = shown(desk, settings, rig)
    assert "It has every event that has a place in the log." in page
    assert "Takes them" in page
    assert FeedPosition.objects.get().away is None


def test_a_house_without_a_receiver_is_told_that_nothing_goes_anywhere(desk, settings):
    settings.FEED_URL = ""
    assert "No receiver is set up" in desk.get("/audit/integrity/").content.decode()


def test_every_reason_that_a_receiver_took_nothing_has_its_words():
    from audit.outgoing.selectors import WHY_AWAY

    source = Path(feed.__file__).with_name("syslog.py").read_text()
    assert set(re.findall(r'NotTaken\("([a-z]+)"\)', source)) == set(WHY_AWAY)


def test_an_end_without_a_goodbye_confirms_nothing_but_where_the_operator_says_so(rig, start):
    rig.start(goodbye="no")
    assert feed.run_round(rig.to) == 0
    assert position() == start
    now_due()
    plain = Receiver(rig.to.url, rig.to.ca_file, plain_close=True)
    assert feed.run_round(plain) >= 12


# The record tells who works when, on which patient's id: it goes to nobody whose certificate is not theirs.
def test_a_receiver_with_a_foreign_certificate_gets_nothing(rig, start, tmp_path):
    (tmp_path / "other").mkdir()
    cert, key = certificate(tmp_path / "other")
    rig.start(cert=cert, key=key)
    with pytest.raises(NotTaken, match="untrusted"):
        deliver(rig.to, [message("{}", severity=5, at="2026-11-24T00:00:00Z")])
    assert not rig.kept.read_text()


def test_a_certificate_of_another_address_is_refused(rig, start, tmp_path):
    cert, key = certificate(tmp_path, ip="127.0.0.2")
    rig.start(cert=cert, key=key)
    with pytest.raises(NotTaken, match="untrusted"):
        deliver(Receiver(rig.to.url, str(cert)), [message("{}", severity=5, at="2026-11-24T00:00:00Z")])


# The property: a receiver holds a thread of the pool, which wards are served from, for a bounded time. Attacked by one
# that takes a little now and then, each time within any time-out that counts from the last byte.
def test_a_receiver_that_reads_drop_by_drop_is_left_when_the_time_is_over(rig, monkeypatch):
    monkeypatch.setattr(syslog, "BATCH_SECONDS", 1.5)
    over, whole = threading.Event(), threading.Event()
    listening = socket.create_server(("127.0.0.1", rig.port))
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)

    def read_slowly():
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(rig.cert, rig.key)
        raw, _address = listening.accept()
        with suppress(OSError), context.wrap_socket(raw, server_side=True) as connection:
            while not over.wait(0.01):
                if not connection.recv(16_384):
                    whole.set()
                    return

    reading = threading.Thread(target=read_slowly)
    reading.start()
    try:
        with pytest.raises(NotTaken, match="unconfirmed"):
            deliver(rig.to, [message("x" * 16_000, severity=5, at="2026-11-24T00:00:00Z")] * 2_500)
        assert not whole.is_set()
    finally:
        over.set()
        reading.join()
        listening.close()


@pytest.mark.parametrize("url", ["tcp://127.0.0.1:6514", "https://siem", "tls://", "siem:6514", "tls://siem:syslog"])
def test_no_other_way_than_tls_is_taken(url):
    with pytest.raises(NotTaken, match="misconfigured"):
        deliver(Receiver(url), [b"x"])


def test_one_process_sends_at_a_time(rig, start):
    rig.start()
    FeedPosition.objects.update(next="2100-01-01T00:00Z")  # somebody else is at it
    assert feed.run_round(rig.to) == 0
    assert rig.places() == []


def test_an_event_that_is_gone_is_said_and_does_not_stop_the_feed(start, caplog, monkeypatch):
    kept = Event.objects.exclude(pk=Leaf.objects.get(place=start + 1).event_id)
    monkeypatch.setattr(feed.Event, "objects", kept)
    placed = feed.events_from(start)
    assert [place for place, _event in placed.events][:2] == [start, start + 2]
    assert "feed.event_gone" in caplog.text


def test_there_is_one_feed():
    with pytest.raises(IntegrityError), transaction.atomic():
        FeedPosition.objects.create(pk=2)


def test_the_command_sends_from_where_it_is_told(rig, start, settings, capsys):
    with pytest.raises(CommandError, match="READBACK_FEED_URL"):
        call_command("audit", "feed", "--once")
    rig.start()
    settings.FEED_URL, settings.FEED_CA_FILE = rig.to.url, rig.to.ca_file
    call_command("audit", "feed", "--once", "--from", str(start + 10))
    assert rig.places()[0] == start + 10
    assert "events were taken" in capsys.readouterr().out
