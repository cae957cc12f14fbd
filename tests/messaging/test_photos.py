"""A photo: what is taken, what is refused in words; encoded anew, sealed in chunks, seen by whoever may read."""

import io
import struct
import zlib
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, ProgrammingError, transaction
from django.urls import reverse
from PIL import Image

from handover.messaging import pieces, services
from handover.messaging.models import Message, Photo, PhotoChunk
from handover.messaging.remaking.faults import Unfit
from handover.messaging.remaking.photo import LONGEST_EDGE, MOST_BYTES
from handover.messaging.sealed import scope_of
from handover.messaging.wording import UNFIT
from ledger.models import Event
from live.refusals import Conflict
from tests.messaging.ready import ready, remade
from vault.errors import VaultError

GPS, ORIENTATION, MAKER = 0x8825, 0x0112, 0x010F
SECRET = b"Ward phone of Amara"


def drawn(size=(40, 20), kind="JPEG", *, exif=None, mode="RGB"):
    made = io.BytesIO()
    Image.new(mode, size, "red" if mode == "RGB" else None).save(made, kind, **({"exif": exif} if exif else {}))
    return made.getvalue()


def marked():
    """A photo that says where and by what it was taken, and lies on its side."""
    exif = Image.Exif()
    exif[MAKER], exif[ORIENTATION] = SECRET.decode(), 6
    exif.get_ifd(GPS)[2] = (51.0, 30.0, 0.0)
    return drawn(exif=exif)


def png_that_claims(width, height, *, packed=b""):
    """A PNG of a few bytes that would be unpacked to this size."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = packed or zlib.compress(b"\0" * 100)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


# The attack: a photo that tells where the patient lives, or whose phone took it.
def test_nothing_goes_along_but_the_picture():
    before = marked()
    assert SECRET in before
    made, facts = remade("photo", before)
    assert SECRET not in made
    with Image.open(io.BytesIO(made)) as again:
        assert (again.format, dict(again.getexif())) == ("JPEG", {})
        # Upright: what lay on its side has been turned.
        assert again.size == (facts["width"], facts["height"]) == (20, 40)


def test_what_hides_behind_a_picture_is_gone():
    made, _facts = remade("photo", drawn() + b"<script>alert(1)</script>" + SECRET)
    assert b"<script>" not in made
    assert SECRET not in made


@pytest.mark.parametrize(
    ("kind", "mode"), [("PNG", "RGBA"), ("PNG", "P"), ("PNG", "L"), ("WEBP", "RGB"), ("JPEG", "CMYK")]
)
def test_every_kind_becomes_a_jpeg(kind, mode):
    assert remade("photo", drawn(kind=kind, mode=mode))[0][:3] == b"\xff\xd8\xff"


def test_a_large_one_is_drawn_smaller():
    _made, facts = remade("photo", drawn((5000, 1000)))
    assert (facts["width"], facts["height"]) == (LONGEST_EDGE, 600)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "photo_no_photo"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "photo_heic"),
        (b"%PDF-1.7", "photo_no_photo"),
        (b"GIF89a" + bytes(30), "photo_no_photo"),
        (b"", "photo_no_photo"),
        (drawn((400, 400))[:-200], "photo_broken"),
        (drawn((400, 400), "PNG")[:-30], "photo_broken"),
        (png_that_claims(100_000, 100_000), "photo_too_many"),
        (png_that_claims(30_000, 30_000, packed=zlib.compress(bytes(1_000_000))), "photo_too_many"),
        (png_that_claims(5_001, 5_000), "photo_too_many"),
        (png_that_claims(0, 10), "photo_no_photo"),
        (bytes(MOST_BYTES + 1), "photo_too_large"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_photo_is_refused_in_words(content, code):
    with pytest.raises(Unfit) as refusal:
        remade("photo", content)
    assert refusal.value.code == code
    assert UNFIT[code]


def test_a_moving_picture_is_refused():
    made = io.BytesIO()
    frames = [Image.new("RGB", (4, 4), colour) for colour in ("red", "blue")]
    frames[0].save(made, "PNG", save_all=True, append_images=frames[1:])
    with pytest.raises(Unfit) as refusal:
        remade("photo", made.getvalue())
    assert refusal.value.code == "photo_moving"


# -- in a message --


@pytest.fixture
def sent(db, say, of_patient, amara, tove):
    content = bytes(range(256)) * 600
    return say(amara, of_patient, "", people=[tove.pk], uploads=[ready(amara, "photo", content)]), content


@pytest.mark.django_db
def test_it_lies_sealed_in_chunks_and_opens_whole(sent, of_patient):
    message, content = sent
    rows = list(message.photo.chunks.order_by("number"))
    assert len(rows) == message.photo.chunk_count == 3
    assert not any(content[:64] in bytes(row.sealed) for row in rows)
    assert pieces.content_of(message.photo, scope=scope_of(of_patient)) == content


# The attack: somebody who can write to the table puts one chunk in another's place, or takes one away.
@pytest.mark.django_db
def test_a_chunk_in_anothers_place_does_not_open_and_one_that_is_missing_is_missed(sent, of_patient):
    photo, scope = sent[0].photo, scope_of(of_patient)
    second = bytes(photo.chunks.get(number=1).sealed)
    with pytest.raises(VaultError):
        pieces.unseal(second, scope=scope, place=pieces.place_of(PhotoChunk, pieces.chunk_id(photo.pk, 0)))
    photo.chunk_count += 1
    with pytest.raises(pieces.NotWhole):
        pieces.content_of(photo, scope=scope)


@pytest.mark.django_db
def test_it_is_written_once(sent):
    for rows, error in ((PhotoChunk.objects.all(), ProgrammingError), (Photo.objects.all(), ProgrammingError)):
        with pytest.raises((IntegrityError, error)), transaction.atomic():
            rows.delete()


@pytest.mark.django_db
def test_it_is_not_forwarded(sent, of_patient, actor, tove, noor):
    with pytest.raises(Conflict) as refusal:
        services.forward(
            actor(tove),
            key=uuid4(),
            message_id=sent[0].pk,
            thread_id=of_patient.pk,
            said=services.Said("", "fyi"),
            to=services.To([noor.pk]),
        )
    assert refusal.value.code == "photo"


@pytest.mark.django_db
def test_from_the_page_to_the_page(client, sign_in, of_patient, say, actor, amara, tove, noor):
    say(amara, of_patient, people=[tove.pk])
    sign_in(client, amara)
    upload = SimpleUploadedFile("fenwickle.jpg", marked(), "image/jpeg")
    form = {"key": str(uuid4()), "level": "fyi", "text": "", "to": "", "within": "60", "photo": upload}
    assert client.post(reverse("messaging:send", args=[of_patient.pk]), form).status_code == 303
    message = Message.objects.latest("number")
    client.logout()
    sign_in(client, tove)
    url = reverse("messaging:photo", args=[message.photo.pk])
    assert url in client.get(reverse("messaging:thread", args=[of_patient.pk])).content.decode()
    shown = client.get(url)
    assert (shown["Content-Type"], shown["Cache-Control"]) == ("image/jpeg", "no-store")
    assert SECRET not in shown.content
    assert Event.objects.filter(event="message.read", agent_id=tove.pk, entity_kind="photo").count() == 1
    services.retract(actor(amara), key=uuid4(), message_id=message.pk)
    assert client.get(url).status_code == 404
    client.logout()
    sign_in(client, noor)
    assert client.get(url).status_code == 404


@pytest.mark.django_db
def test_what_is_refused_of_a_photo_is_said_at_its_field(client, sign_in, of_patient, say, amara, tove):
    say(amara, of_patient, people=[tove.pk])
    sign_in(client, amara)
    upload = SimpleUploadedFile("x.heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "image/heic")
    form = {"key": str(uuid4()), "level": "fyi", "text": "Her rash", "to": "", "within": "60", "photo": upload}
    answer = client.post(reverse("messaging:send", args=[of_patient.pk]), form)
    assert answer.status_code == 422
    assert "HEIC photos are not taken." in answer.content.decode()
    assert "Her rash" in answer.content.decode()
    assert Message.objects.count() == 1
