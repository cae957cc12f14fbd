"""A PDF or a voice note: made anew by a process apart, sealed piece by piece, and seen by whoever may read."""

import gc
import io
import subprocess
import sys
import tracemalloc
import zlib
from struct import pack
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import ProgrammingError, transaction
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from handover.messaging import pieces, services
from handover.messaging.models import Attachment, AttachmentChunk, Message, Photo, Upload, UploadChunk
from handover.messaging.remaking import process
from handover.messaging.remaking.faults import Unfit
from handover.messaging.sealed import scope_of
from handover.messaging.services import uploading
from handover.messaging.services.uploading import PIECE_BYTES, Piece
from ledger.models import Event
from live.acting import acting_for
from live.refusals import Conflict, Invalid, NotFound
from tests.messaging.papers import SECRET, armed_pdf, bomb, locked_pdf, name, plain_pdf, ring_pdf, with_image
from tests.messaging.ready import remade
from tests.messaging.test_photos import drawn, marked
from tests.messaging.voices import mp4, webm
from vault.errors import VaultError

# -- what is made anew --


# The attack: a document that runs, submits, launches or carries something, or tells who wrote it.
def test_nothing_of_a_pdf_goes_along_but_what_is_seen_on_its_pages():
    before = armed_pdf()
    assert before.count(b"ARMED") >= 10
    made, facts = remade("pdf", before)
    assert facts == {"pages": 2}
    read = PdfReader(io.BytesIO(made))
    unpacked = made + b"".join(
        read.get_object(number).get_data()
        for number in range(1, read.trailer["/Size"])
        if hasattr(read.get_object(number), "get_data")
    )
    for word in (b"ARMED", SECRET.encode(), b"/JavaScript", b"/JS", b"/URI", b"/Launch", b"/Annots", b"/AcroForm"):
        assert word not in unpacked, word
    assert set(read.trailer["/Root"]) == {"/Type", "/Pages"}
    # What is seen is kept, and so is what was filled into a field.
    assert "Discharge letter 1" in read.pages[0].extract_text()
    assert "Discharge letter 2" in read.pages[1].extract_text()
    assert b"Filled in" in unpacked


def test_a_picture_inside_a_pdf_does_not_tell_where_it_was_taken():
    before = with_image(marked(), Filter=name("/DCTDecode"))
    assert SECRET.encode() in before
    made, _ = remade("pdf", before)
    assert SECRET.encode() not in made
    (image,) = PdfReader(io.BytesIO(made)).pages[0].images
    assert image.image.size == (40, 20)


def test_a_resource_may_have_any_name_and_a_ring_ends():
    made, _ = remade("pdf", with_image(zlib.compress(bytes(2400)), Filter=name("/FlateDecode")))
    assert list(PdfReader(io.BytesIO(made)).pages[0]["/Resources"]["/XObject"]) == ["/A"]
    assert remade("pdf", ring_pdf())[1] == {"pages": 1}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "pdf_none"),
        (b"<html>%PDF-1.7</html>", "pdf_none"),
        (b"PK\x03\x04" + plain_pdf(), "pdf_none"),
        (plain_pdf() + b"PK\x03\x04 and a program", "pdf_more_than_one"),
        (plain_pdf() + b"<script>alert(1)</script>", "pdf_more_than_one"),
        (plain_pdf()[:-400], "pdf_broken"),
        (b"%PDF-1.7\n" + bytes(300) + b"\n%%EOF", "pdf_broken"),
        (locked_pdf(), "pdf_encrypted"),
        (plain_pdf(201), "pdf_pages"),
        (with_image(bomb(400_000_000), Filter=name("/FlateDecode")), "pdf_too_much"),
        (b"%PDF-1.7" + bytes(15 * 1024 * 1024), "pdf_too_large"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_pdf_that_is_none_or_too_much_is_refused(content, code):
    with pytest.raises(Unfit) as fault:
        remade("pdf", content)
    assert fault.value.code == code
    assert uploading.unfit("pdf", fault.value).fields["pdf"]


def test_a_voice_note_keeps_its_sound_and_nothing_beside_it():
    made, facts = remade("voice", webm(packets=150, secret=SECRET))
    assert facts == {"seconds": 3, "kind": "audio/webm"}
    assert SECRET.encode() not in made
    assert made.count(b"sound-") == 150
    # What was made is itself a voice note that is taken, and changes no more.
    assert remade("voice", made) == (made, facts)


@pytest.mark.parametrize("is_in_fragments", [True, False])
def test_what_safari_records_becomes_plain_aac(is_in_fragments):
    made, facts = remade("voice", mp4(packets=100, secret=SECRET, is_in_fragments=is_in_fragments))
    assert facts == {"seconds": 2, "kind": "audio/aac"}
    assert SECRET.encode() not in made
    assert made.count(b"\xff\xf1") == 100
    assert made.count(b"sound-") == 100


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "voice_none"),
        (b"RIFF....WAVEfmt ", "voice_none"),
        (b"ID3" + bytes(100), "voice_none"),
        (webm()[:-3], "voice_broken"),
        (webm() + b"<script>", "voice_broken"),
        (webm(codec=b"V_VP8", kind=1), "voice_broken"),
        (webm(tracks=2), "voice_broken"),
        (webm(doctype=b"matroska"), "voice_broken"),
        (webm(packets=0), "voice_broken"),
        (webm(packets=6_400), "voice_too_long"),
        (mp4()[:-3], "voice_broken"),
        (mp4(handler=b"vide"), "voice_broken"),
        (mp4() + pack(">I4s", 8, b"evil"), "voice_broken"),
        (b"\x1a\x45\xdf\xa3" + b"\xff" * 40, "voice_broken"),
        (bytes(4) + b"ftyp" + bytes(40), "voice_broken"),
        (webm(packets=10) + bytes(4 * 1024 * 1024), "voice_too_large"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_voice_note_that_is_none_or_too_much_is_refused(content, code):
    with pytest.raises(Unfit) as fault:
        remade("voice", content)
    assert fault.value.code == code


# The attack: a decoder that was taken over. It can write no file, start no program and outlive no bound.
def test_the_process_that_makes_anew_may_write_no_file_and_has_no_environment():
    tried = (
        "from handover.messaging.remaking import child; child.confine()\n"
        "import os, sys\n"
        "try: open(sys.argv[1], 'wb', buffering=0).write(b'x' * 10); print('written')\n"
        "except OSError: print('refused')\n"
        "try: bytearray(2_000_000_000); print('taken')\n"
        "except MemoryError: print('refused')\n"
    )
    command = [sys.executable, "-E", "-s", "-B", "-c", tried, "/tmp/readback-not-to-be-written"]
    done = subprocess.run(command, cwd=process._HOUSE, env={}, capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["refused", "refused"], done.stderr


def test_a_child_that_never_answers_is_ended(monkeypatch):
    monkeypatch.setattr(process, "LONGEST_SECONDS", 0.01)
    with pytest.raises(Unfit):
        remade("pdf", plain_pdf())


# -- on its way --

pytest_db = pytest.mark.django_db


def cut(content):
    return [(at, content[at : at + PIECE_BYTES]) for at in range(0, len(content), PIECE_BYTES)]


def sent_up(who, kind, content, upload_id=None):
    upload_id = upload_id or uuid4()
    row = None
    for at, part in cut(content):
        row = services.take_piece(who, upload_id=upload_id, piece=Piece(kind, len(content), at, part))
    return row


@pytest.fixture
def as_amara(actor, amara):
    with acting_for(amara.pk):
        yield actor(amara)


@pytest.fixture
def long_photo():
    """A photo of several pieces."""
    import os as system

    from PIL import Image

    made = io.BytesIO()
    Image.frombytes("RGB", (700, 500), system.urandom(700 * 500 * 3)).save(made, "PNG")
    return made.getvalue()


@pytest_db
def test_a_piece_that_comes_again_is_taken_once_and_none_is_skipped(as_amara, long_photo):
    parts, upload_id = cut(long_photo), uuid4()
    assert len(parts) > 3

    def take(number):
        at, part = parts[number]
        return services.take_piece(as_amara, upload_id=upload_id, piece=Piece("photo", len(long_photo), at, part))

    # As a line that breaks sends them: the first again, one too early, and the rest.
    assert [take(number).received for number in (0, 0, 2, 1, 1)] == [PIECE_BYTES] * 3 + [2 * PIECE_BYTES] * 2
    for number in range(2, len(parts)):
        row = take(number)
    assert row.made_size
    assert take(len(parts) - 1).received == len(long_photo)
    assert not UploadChunk.objects.filter(is_made=False).exists()


@pytest_db
def test_what_is_on_its_way_is_its_senders_alone(as_amara, actor, noor, of_patient, say, amara, tove):
    row = sent_up(as_amara, "pdf", plain_pdf())
    # The attack: somebody else adds to it, sends it, or asks the database for it.
    with acting_for(noor.pk):
        assert (Upload.objects.count(), UploadChunk.objects.count()) == (0, 0)
        with pytest.raises(NotFound), transaction.atomic():
            services.take_piece(actor(noor), upload_id=row.pk, piece=Piece("pdf", 10, 0, b"x" * 10))
    with pytest.raises(Invalid) as refusal:
        say(tove, of_patient, "Mine", people=[amara.pk], uploads=[row.pk])
    assert refusal.value.code == "no_upload"
    assert b"Discharge" not in b"".join(bytes(part.sealed) for part in UploadChunk.objects.all())


@pytest_db
@pytest.mark.parametrize(
    "piece",
    [
        Piece("svg", 10, 0, b"x" * 10),
        Piece("pdf", 0, 0, b""),
        Piece("pdf", 10, 0, b""),
        Piece("pdf", 10, 0, b"x" * 11),
        Piece("pdf", 500_000, 0, b"x" * 1000),
        Piece("pdf", 500_000, 1000, b"x" * 65536),
        Piece("pdf", 5_000_000, 0, b"x" * (PIECE_BYTES + 65536)),
        Piece("pdf", 16 * 1024 * 1024, 0, b"x" * 65536),
        Piece("voice", 5 * 1024 * 1024, 0, b"x" * 65536),
    ],
)
def test_a_piece_that_fits_nowhere_is_refused(as_amara, piece):
    with pytest.raises(Invalid):
        services.take_piece(as_amara, upload_id=uuid4(), piece=piece)
    assert not Upload.objects.exists()


@pytest_db
def test_a_file_cannot_become_another_on_its_way_and_one_that_is_gone_says_so(as_amara):
    content = plain_pdf() + bytes(PIECE_BYTES)
    upload_id, (at, part) = uuid4(), cut(content)[0]
    services.take_piece(as_amara, upload_id=upload_id, piece=Piece("pdf", len(content), at, part))
    with pytest.raises(Conflict):
        services.take_piece(as_amara, upload_id=upload_id, piece=Piece("photo", len(content), at, part))
    with pytest.raises(NotFound):
        services.take_piece(
            as_amara, upload_id=uuid4(), piece=Piece("pdf", len(content), PIECE_BYTES, content[PIECE_BYTES:])
        )


@pytest_db
def test_what_cannot_be_made_anew_leaves_nothing_behind(as_amara):
    with pytest.raises(Invalid) as refusal:
        sent_up(as_amara, "pdf", b"%PDF-1.7 nothing")
    assert refusal.value.fields["pdf"]
    assert not Upload.objects.exists()
    assert not UploadChunk.objects.exists()


@pytest_db
def test_so_many_wait_and_none_for_longer_than_an_hour(as_amara):
    rows = [sent_up(as_amara, "pdf", plain_pdf()) for _ in range(2)]
    for _ in range(uploading.MOST_ON_THEIR_WAY + 1):
        head = Piece("pdf", PIECE_BYTES * 2, 0, b"x" * PIECE_BYTES)
        services.take_piece(as_amara, upload_id=uuid4(), piece=head)
    assert Upload.objects.count() == uploading.MOST_ON_THEIR_WAY
    assert not Upload.objects.filter(pk__in=[row.pk for row in rows]).exists()
    uploading.sweep()
    assert Upload.objects.count() == uploading.MOST_ON_THEIR_WAY
    Upload.objects.update(opened="2020-01-01T00:00Z")
    uploading.sweep()
    assert (Upload.objects.count(), UploadChunk.objects.count()) == (0, 0)


# The attack: a disk that is stolen, or read by another, while a photo is on its way.
@pytest.mark.django_db(transaction=True)
def test_no_file_is_written_and_little_is_held_while_a_large_one_comes(
    as_amara, client, sign_in, amara, of_patient, say, tove
):
    written = []
    is_watched = [False]

    def watch(event, arguments):
        if is_watched[0] and event == "open" and isinstance(arguments[2], int) and arguments[2] & 0b11:
            written.append(arguments[0])

    sys.addaudithook(watch)
    import os as system

    # Ten MiB that no packing makes smaller.
    content = with_image(zlib.compress(system.urandom(10 * 1024 * 1024)), Filter=name("/FlateDecode"))
    sign_in(client, amara)
    say(amara, of_patient, people=[tove.pk])  # what is made once is made
    upload_id = uuid4()
    address = reverse("messaging:upload", args=[upload_id])
    tracemalloc.start()
    is_watched[0] = True
    for at, part in cut(content):
        form = {"key": str(uuid4()), "kind": "pdf", "size": len(content), "at": at}
        answer = client.post(address, {**form, "part": SimpleUploadedFile("part", part)})
        # What the test's own client leaves behind is not the server's.
        gc.collect()
        if at == 0:
            tracemalloc.reset_peak()
            before = tracemalloc.get_traced_memory()[0]
    assert answer.json()["is_ready"]
    message = say(amara, of_patient, "The letter", people=[tove.pk], uploads=[upload_id])
    peak = tracemalloc.get_traced_memory()[1] - before
    is_watched[0] = False
    tracemalloc.stop()
    # Pipes to the child have no path, and the null device keeps nothing.
    assert [path for path in written if isinstance(path, str) and path != "/dev/null"] == []
    assert peak < 4 * 1024 * 1024, peak
    file = message.attachments.get()
    assert file.size > 10 * 1024 * 1024
    assert file.chunks.count() == file.chunk_count


# -- with its message --


@pytest.fixture
def letter(as_amara, of_patient, say, amara, tove):
    row = sent_up(as_amara, "pdf", plain_pdf())
    return say(amara, of_patient, "", people=[tove.pk], uploads=[row.pk]).attachments.get()


@pytest_db
def test_it_lies_sealed_with_its_message_and_is_gone_from_its_way(letter, of_patient):
    assert not Upload.objects.exists()
    scope = scope_of(of_patient)
    whole = b"".join(pieces.part_of(letter, number, scope=scope) for number in range(letter.chunk_count))
    assert len(whole) == letter.size
    assert "Discharge letter 2" in PdfReader(io.BytesIO(whole)).pages[1].extract_text()
    event = Event.objects.filter(event="message.sent").latest("id")
    assert event.detail["pdf_bytes"] == letter.size


# The attack: somebody who can write to the table puts one chunk in another's place, or takes one away.
@pytest_db
def test_a_chunk_in_anothers_place_does_not_open(letter, of_patient, as_amara, say, amara, tove):
    row = sent_up(as_amara, "pdf", plain_pdf(words="Another letter"))
    other = say(amara, of_patient, "", people=[tove.pk], uploads=[row.pk]).attachments.get()
    sealed = letter.chunks.get(number=0).sealed
    place = pieces.place_of(AttachmentChunk, pieces.chunk_id(other.pk, 0))
    with pytest.raises(VaultError):
        pieces.unseal(sealed, scope=scope_of(of_patient), place=place)
    with pytest.raises(pieces.NotWhole):
        pieces.part_of(letter, letter.chunk_count, scope=scope_of(of_patient))


@pytest_db
@pytest.mark.parametrize("model", [Attachment, AttachmentChunk])
def test_it_is_written_once(letter, model):
    with pytest.raises(ProgrammingError), transaction.atomic():
        model.objects.all()._raw_delete("default")


@pytest_db
def test_a_photo_a_pdf_and_a_voice_note_go_with_one_message(as_amara, of_patient, say, amara, tove):
    files = [("photo", drawn()), ("pdf", plain_pdf()), ("voice", webm(packets=60))]
    uploads = [sent_up(as_amara, kind, content).pk for kind, content in files]
    message = say(amara, of_patient, "", people=[tove.pk], uploads=uploads)
    assert Photo.objects.get(message=message).width == 40
    assert list(message.attachments.order_by("kind").values_list("kind", "extent")) == [("pdf", 2), ("voice", 1)]
    two = [sent_up(as_amara, "pdf", plain_pdf()).pk for _ in range(2)]
    with pytest.raises(Invalid) as refusal:
        say(amara, of_patient, "", people=[tove.pk], uploads=two)
    assert refusal.value.code == "two_of_a_kind"
    assert Upload.objects.count() == 2


@pytest_db
def test_a_message_that_is_refused_loses_no_file_and_the_same_key_sends_it_once(as_amara, of_patient, say, amara, tove):
    row = sent_up(as_amara, "pdf", plain_pdf())
    with pytest.raises(Invalid):
        say(amara, of_patient, "", level="soon", people=[tove.pk], uploads=[row.pk])
    key = uuid4()
    sent = [say(amara, of_patient, "", people=[tove.pk], uploads=[row.pk], key=key) for _ in range(2)]
    assert len({message.pk for message in sent}) == 1
    assert Attachment.objects.count() == 1


@pytest_db
def test_it_is_not_forwarded(letter, of_patient, actor, tove, noor):
    with pytest.raises(Conflict) as refusal:
        services.forward(
            actor(tove),
            key=uuid4(),
            message_id=letter.message_id,
            thread_id=of_patient.pk,
            said=services.Said("", "fyi"),
            to=services.To([noor.pk]),
        )
    assert refusal.value.code == "photo"


# -- to whoever may read --


def whole(answer):
    return b"".join(answer.streaming_content)


@pytest_db
def test_it_is_given_to_whoever_may_read_sandboxed_and_on_the_record(client, sign_in, letter, actor, amara, tove, noor):
    url = reverse("messaging:attachment", args=[letter.pk])
    sign_in(client, tove)
    assert url in client.get(reverse("messaging:thread", args=[letter.message.thread_id])).content.decode()
    for count in (1, 2):
        answer = client.get(url)
        assert len(whole(answer)) == letter.size == int(answer["Content-Length"])
        assert Event.objects.filter(event="message.read", agent_id=tove.pk, entity_kind="pdf").count() == count
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == 'attachment; filename="document.pdf"'
    assert (answer["X-Content-Type-Options"], answer["Cache-Control"]) == ("nosniff", "no-store")
    assert {"sandbox", "default-src 'none'"} <= set(answer["Content-Security-Policy"].split("; "))
    services.retract(actor(amara), key=uuid4(), message_id=letter.message_id)
    assert client.get(url).status_code == 404
    client.logout()
    sign_in(client, noor)
    assert client.get(url).status_code == 404


@pytest_db
@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-", 0, -1),
        ("bytes=0-9", 0, 9),
        ("bytes=65530-65545", 65530, 65545),
        ("bytes=-5", -5, -1),
        ("bytes=7-99999999", 7, -1),
    ],
)
def test_a_player_gets_the_part_that_it_asks_for(
    client, sign_in, as_amara, of_patient, say, amara, tove, asked, first, last
):
    row = sent_up(as_amara, "voice", webm(packets=800, size=200))
    note = say(amara, of_patient, "", people=[tove.pk], uploads=[row.pk]).attachments.get()
    assert note.chunk_count > 2
    sign_in(client, tove)
    url = reverse("messaging:attachment", args=[note.pk])
    everything = whole(client.get(url))
    answer = client.get(url, headers={"Range": asked})
    first, last = first % note.size, last % note.size
    assert answer.status_code == 206
    assert answer["Content-Range"] == f"bytes {first}-{last}/{note.size}"
    assert (answer["Content-Type"], answer["Content-Disposition"][:6]) == ("audio/webm", "inline")
    assert whole(answer) == everything[first : last + 1]


@pytest_db
@pytest.mark.parametrize(
    "asked", ["bytes=9-1", "bytes=-", "bytes=-0", "bytes=99999999-", "bytes=0-1,5-6", "pages=1-2", "bytes=a-b"]
)
def test_a_part_that_there_is_not_is_refused(client, sign_in, letter, tove, asked):
    sign_in(client, tove)
    answer = client.get(reverse("messaging:attachment", args=[letter.pk]), headers={"Range": asked})
    assert answer.status_code == 416


# The attack: somebody reads on after the door was shut, by an answer that had begun.
@pytest.mark.django_db(transaction=True)
def test_who_is_shut_out_while_it_is_streamed_gets_no_further_part(as_amara, actor, group, say, amara, noor):
    from handover.messaging import selectors

    row = sent_up(as_amara, "voice", webm(packets=800, size=200))
    note = say(amara, group, "", uploads=[row.pk]).attachments.get()
    with acting_for(noor.pk):
        file, thread = selectors.file_for(actor(noor), note.pk)
    parts = selectors.bytes_of(actor(noor), file, thread, first=0, last=file.size - 1)
    next(parts)
    group.members.filter(person=noor).update(until=timezone.now())
    with pytest.raises(pieces.NotWhole):
        next(parts)


# -- without a script --


@pytest_db
def test_a_form_without_a_script_sends_a_file_with_the_first_message_of_a_patient(
    client, sign_in, patient, amara, tove
):
    sign_in(client, amara)
    upload = SimpleUploadedFile("fenwickle.pdf", plain_pdf(), "application/pdf")
    form = {"key": str(uuid4()), "level": "fyi", "text": "", "to": f"person:{tove.pk}", "within": "60", "pdf": upload}
    answer = client.post(reverse("messaging:of_patient", args=[patient.pk]), form)
    assert answer.status_code == 303
    assert Message.objects.get().attachments.get().extent == 2
    assert "fenwickle" not in str(list(Event.objects.values_list("detail", flat=True)))


@pytest_db
@pytest.mark.parametrize(("kind", "words"), [("pdf", "This is no PDF."), ("voice", "This is no voice note")])
def test_what_is_refused_of_a_file_is_said_at_its_field(client, sign_in, of_patient, say, amara, tove, kind, words):
    say(amara, of_patient, people=[tove.pk])
    sign_in(client, amara)
    file = SimpleUploadedFile("x", b"<svg onload=alert(1)>", "application/pdf")
    form = {"key": str(uuid4()), "level": "fyi", "text": "Her letter", "to": "", "within": "60", kind: file}
    answer = client.post(reverse("messaging:send", args=[of_patient.pk]), form)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert "Her letter" in answer.content.decode()
    assert Message.objects.count() == 1
