"""A PDF made anew: the same pages to look at, and nothing in it that acts, leads away, hides or tells of its author.

Nothing is taken out of what came; a new document is begun and given what a page needs to be drawn: its boxes, its
contents, the resources that they use. Scripts, actions, links, attachments, forms, metadata, layers and outlines hang
elsewhere and are never reached. What was filled in or stamped is drawn into its page, where everybody sees it.
"""

import io
import zlib
from collections.abc import Iterator, Mapping

from pypdf import PdfReader, PdfWriter
from pypdf.errors import PyPdfError
from pypdf.generic import (
    ArrayObject,
    BooleanObject,
    ByteStringObject,
    DecodedStreamObject,
    DictionaryObject,
    EncodedStreamObject,
    FloatObject,
    IndirectObject,
    NameObject,
    NullObject,
    NumberObject,
    PdfObject,
    StreamObject,
    TextStringObject,
)

from handover.messaging.remaking.faults import Unfit
from handover.messaging.remaking.jpeg import bare

MOST_BYTES = 15 * 1024 * 1024
MOST_PAGES, MOST_OBJECTS, DEEPEST = 200, 20_000, 60
# Unpacked: of one stream, and of all together. A page of 25 megapixels in colour is 75 MB.
MOST_OF_ONE, MOST_OF_ALL = 80_000_000, 300_000_000
_END = b"%%EOF"
_BOXES = ("/MediaBox", "/CropBox")
_RESOURCES = ("/Font", "/XObject", "/ExtGState", "/ColorSpace", "/Pattern", "/Shading")
# What is no part of a drawing, wherever it hangs.
_TYPES = {"/Action", "/Filespec", "/F", "/EmbeddedFile", "/Metadata", "/Annot", "/Catalog", "/Pages", "/Page", "/OCG"}
_ACTIONS = {"/JavaScript", "/Launch", "/URI", "/GoTo", "/GoToR", "/GoToE", "/SubmitForm", "/ImportData", "/Rendition"}
# Of a stream: where it says that it lies elsewhere, and what tells of its making.
_NOT_OF_A_STREAM = {
    *("/F", "/FFilter", "/FDecodeParms", "/Metadata", "/PieceInfo", "/AF", "/Alternates", "/OPI", "/OC", "/Ref"),
    *("/LastModified", "/StructParent", "/StructParents", "/Length", "/Filter", "/DecodeParms", "/Resources"),
}
_IMAGES = {"/DCTDecode", "/DCT", "/JPXDecode", "/CCITTFaxDecode", "/CCF", "/JBIG2Decode"}
_FLATE = {"/FlateDecode", "/Fl"}
_HIDDEN = 0b100010


def remade(content: bytes) -> tuple[bytes, dict[str, int]]:
    """The new document, and how many pages it has. Raises Unfit."""
    _require_one_document(content)
    try:
        reader = PdfReader(io.BytesIO(content), strict=False)
        if reader.is_encrypted:
            raise Unfit("pdf_encrypted")
        _require_bounds(reader)
        made = _Copy().document(reader)
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, AssertionError, zlib.error) as exc:
        # Whatever a reader says of a broken file: none of it is for whoever sent it.
        raise Unfit("pdf_broken") from exc
    except (RecursionError, OverflowError, NotImplementedError) as exc:
        raise Unfit("pdf_too_much") from exc
    if len(made) > MOST_BYTES:
        raise Unfit("pdf_too_large")
    return made, {"pages": len(reader.pages)}


def _require_one_document(content: bytes) -> None:
    """A PDF from the first byte to the last: a file that is two things at once is neither. Raises Unfit."""
    if len(content) > MOST_BYTES:
        raise Unfit("pdf_too_large")
    if not content.startswith(b"%PDF-"):
        raise Unfit("pdf_none")
    end = content.rfind(_END)
    if end < 0:
        raise Unfit("pdf_broken")
    if content[end + len(_END) :].strip(b" \t\r\n\0"):
        raise Unfit("pdf_more_than_one")


def _require_bounds(reader: PdfReader) -> None:
    count = sum(len(table) for table in reader.xref.values()) + len(reader.xref_objStm)
    if count > MOST_OBJECTS:
        raise Unfit("pdf_too_much")
    if not 1 <= len(reader.pages) <= MOST_PAGES:
        raise Unfit("pdf_pages")


class _Copy:
    """One document that is being made. Counts what it takes over."""

    def __init__(self) -> None:
        self.writer = PdfWriter()
        self._known: dict[tuple[int, int], PdfObject] = {}
        self._objects = self._unpacked = 0

    def document(self, reader: PdfReader) -> bytes:
        """All the pages."""
        for page in reader.pages:
            width, height = float(page.mediabox.width), float(page.mediabox.height)
            made = self.writer.add_blank_page(width=width, height=height)
            for box in _BOXES:
                if box in page:
                    made[NameObject(box)] = ArrayObject(FloatObject(each) for each in _numbers(page[box]))
            rotation = int(page.rotation) % 360
            if rotation:
                made[NameObject("/Rotate")] = NumberObject(rotation)
            resources = self._resources(page.get("/Resources"), 0)
            drawn = b"\n".join(self._contents(page.get("/Contents")))
            drawn = b"q\n" + drawn + b"\nQ\n" + self._drawn_in(page, resources)
            made[NameObject("/Resources")] = resources
            made[NameObject("/Contents")] = self._kept(_packed(drawn, {}))
        self.writer.metadata = None
        out = io.BytesIO()
        self.writer.write(out)
        return out.getvalue()

    def _contents(self, value: object) -> Iterator[bytes]:
        found = _plain(value)
        for each in found if isinstance(found, ArrayObject) else [found]:
            stream = _plain(each)
            if isinstance(stream, StreamObject):
                yield self._counted(_unpacked(stream))

    def _drawn_in(self, page: DictionaryObject, resources: DictionaryObject) -> bytes:
        """What was filled in, stamped or marked on the page, as part of its drawing."""
        drawn = []
        annotations = _plain(page.get("/Annots"))
        for number, each in enumerate(annotations if isinstance(annotations, ArrayObject) else []):
            annotation = _plain(each)
            look = _look_of(annotation)
            if look is None or not isinstance(annotation, DictionaryObject):
                continue
            name = NameObject(f"/ReadbackSeen{number}")
            forms = resources.setdefault(NameObject("/XObject"), DictionaryObject())
            forms[name] = self._value(look, 1)
            drawn.append(b"q %s cm %s Do Q\n" % (_placed(annotation, look), name.encode()))
        return b"".join(drawn)

    def _resources(self, value: object, depth: int) -> DictionaryObject:
        made = DictionaryObject()
        found = _plain(value)
        if not isinstance(found, DictionaryObject):
            return made
        for kind in _RESOURCES:
            named = _plain(found.get(kind))
            if isinstance(named, DictionaryObject):
                made[NameObject(kind)] = DictionaryObject(
                    {NameObject(name): self._value(each, depth + 1) for name, each in _items(named)}
                )
        return made

    def _value(self, value: object, depth: int) -> PdfObject:
        """The value in the new document. What is no part of a drawing becomes nothing."""
        if depth > DEEPEST:
            raise Unfit("pdf_too_much")
        self._objects += 1
        if self._objects > MOST_OBJECTS * 10:
            raise Unfit("pdf_too_much")
        if isinstance(value, IndirectObject):
            return self._referred(value, depth)
        if isinstance(value, StreamObject):
            return self._kept(self._stream(value, depth))
        if isinstance(value, DictionaryObject):
            return self._dictionary(value, depth, without=frozenset())
        if isinstance(value, ArrayObject):
            return ArrayObject(self._value(each, depth + 1) for each in list.__iter__(value))
        return _simple(value)

    def _referred(self, value: IndirectObject, depth: int) -> PdfObject:
        place = (value.idnum, value.generation)
        if place in self._known:
            return self._known[place]
        found = value.get_object()
        if _is_of_no_drawing(found) or len(self._known) >= MOST_OBJECTS:
            return NullObject()
        # Known before it is copied, so that a ring of references ends.
        reference = self.writer._add_object(NullObject())
        self._known[place] = reference
        made = self._value(found, depth + 1) if not isinstance(found, StreamObject) else self._stream(found, depth)
        self.writer._replace_object(reference, made)
        return reference

    def _dictionary(self, value: DictionaryObject, depth: int, *, without: frozenset[str]) -> PdfObject:
        if _is_of_no_drawing(value):
            return NullObject()
        made = DictionaryObject()
        for name, each in _items(value):
            if name not in without:
                is_resources = name == "/Resources"
                made[NameObject(name)] = self._resources(each, depth) if is_resources else self._value(each, depth + 1)
        return made

    def _stream(self, value: StreamObject, depth: int) -> PdfObject:
        if _is_of_no_drawing(value) or value.get("/Subtype") == "/PS":
            return NullObject()
        facts = self._dictionary(value, depth, without=frozenset(_NOT_OF_A_STREAM))
        if not isinstance(facts, DictionaryObject):
            return NullObject()
        if "/Resources" in value:
            facts[NameObject("/Resources")] = self._resources(value["/Resources"], depth)
        filters, settings = _filters(value)
        image = filters[-1] if filters and filters[-1] in _IMAGES else ""
        if image:
            data = self._counted(_unpacked(value, but_the_last=True))
            data = bare(data) if image in {"/DCTDecode", "/DCT"} else data
            facts[NameObject("/Filter")] = NameObject(image)
            if isinstance(settings, DictionaryObject):
                facts[NameObject("/DecodeParms")] = self._dictionary(settings, depth + 1, without=frozenset())
            return _holding(data, facts)
        if len(filters) == 1 and filters[0] in _FLATE:
            # As it is: unpacked only to see how large it is, and that it ends where it says.
            data, size = _bounded(value._data)
            self._count(size)
            facts[NameObject("/Filter")] = NameObject("/FlateDecode")
            if isinstance(settings, DictionaryObject):
                facts[NameObject("/DecodeParms")] = self._dictionary(settings, depth + 1, without=frozenset())
            return _holding(data, facts)
        return _packed(self._counted(_unpacked(value)), facts)

    def _kept(self, value: PdfObject) -> PdfObject:
        return self.writer._add_object(value)

    def _counted(self, data: bytes) -> bytes:
        self._count(len(data))
        return data

    def _count(self, size: int) -> None:
        self._unpacked += size
        if size > MOST_OF_ONE or self._unpacked > MOST_OF_ALL:
            raise Unfit("pdf_too_much")


_SIMPLE = (NameObject, NumberObject, FloatObject, BooleanObject, NullObject, TextStringObject, ByteStringObject)


def _simple(value: object) -> PdfObject:
    return value if isinstance(value, _SIMPLE) else NullObject()


def _plain(value: object) -> object:
    return value.get_object() if isinstance(value, IndirectObject) else value


def _items(value: DictionaryObject) -> Iterator[tuple[str, object]]:
    """As they stand: DictionaryObject's own way of looking follows each reference."""
    for name in list(value):
        yield name, value.raw_get(name)


def _is_of_no_drawing(value: object) -> bool:
    if not isinstance(value, DictionaryObject):
        return False
    kind, action = value.get("/Type"), value.get("/S")
    return kind in _TYPES or "/JS" in value or "/EF" in value or (isinstance(action, str) and action in _ACTIONS)


def _filters(value: StreamObject) -> tuple[list[str], object]:
    """The filters in their order, and the settings of the last."""
    named, settings = _plain(value.get("/Filter")), _plain(value.get("/DecodeParms"))
    filters = [str(_plain(each)) for each in named] if isinstance(named, ArrayObject) else [str(named)] if named else []
    if isinstance(settings, ArrayObject):
        settings = _plain(settings[-1]) if len(settings) == len(filters) and settings else None
    return filters, settings


def _unpacked(value: StreamObject, *, but_the_last: bool = False) -> bytes:
    filters, _settings = _filters(value)
    if but_the_last:
        filters = filters[:-1]
    if not filters:
        return value._data
    if filters[0] in _FLATE:
        # A bomb is found before pypdf unpacks it.
        _bounded(value._data)
    settings = _plain(value.get("/DecodeParms"))
    taken = EncodedStreamObject()
    taken._data = value._data
    taken[NameObject("/Filter")] = ArrayObject(NameObject(each) for each in filters)
    if isinstance(settings, ArrayObject):
        taken[NameObject("/DecodeParms")] = ArrayObject(list(settings)[: len(filters)])
    elif isinstance(settings, DictionaryObject) and not but_the_last:
        taken[NameObject("/DecodeParms")] = ArrayObject([settings])
    return bytes(taken.get_data())


def _bounded(packed: bytes) -> tuple[bytes, int]:
    """What is really part of the packed data, and how large it is unpacked. Raises Unfit above MOST_OF_ONE."""
    unpacking, size, left = zlib.decompressobj(), 0, packed
    while left and not unpacking.eof:
        size += len(unpacking.decompress(left, 1_000_000))
        left = unpacking.unconsumed_tail
        if size > MOST_OF_ONE:
            raise Unfit("pdf_too_much")
    if not unpacking.eof:
        raise Unfit("pdf_broken")
    return packed[: len(packed) - len(unpacking.unused_data)], size


def _packed(data: bytes, facts: Mapping[NameObject, PdfObject]) -> StreamObject:
    made = _holding(zlib.compress(data), facts)
    made[NameObject("/Filter")] = NameObject("/FlateDecode")
    return made


def _holding(data: bytes, facts: Mapping[NameObject, PdfObject]) -> StreamObject:
    made = DecodedStreamObject()
    made.update(facts)
    made._data = data
    return made


def _look_of(annotation: object) -> StreamObject | None:
    """How an annotation is drawn, where it is seen on the page: its own drawing, in the state that it is in."""
    if not isinstance(annotation, DictionaryObject) or annotation.get("/Subtype") in {"/Link", "/Popup"}:
        return None
    if int(str(annotation.get("/F", 0))) & _HIDDEN:
        return None
    looks = _plain(annotation.get("/AP"))
    look = _plain(looks.get("/N")) if isinstance(looks, DictionaryObject) else None
    if isinstance(look, DictionaryObject) and not isinstance(look, StreamObject):
        look = _plain(look.get(str(annotation.get("/AS", ""))))
    return look if isinstance(look, StreamObject) and "/BBox" in look and "/Rect" in annotation else None


def _placed(annotation: DictionaryObject, look: StreamObject) -> bytes:
    """The matrix that brings the drawing's box onto the annotation's place. Source: ISO 32000-1, 12.5.5."""
    box, rect = _numbers(look["/BBox"]), _numbers(annotation["/Rect"])
    a, b, c, d, e, f = _numbers(look["/Matrix"]) if "/Matrix" in look else (1, 0, 0, 1, 0, 0)
    corners = [(x * a + y * c + e, x * b + y * d + f) for x in (box[0], box[2]) for y in (box[1], box[3])]
    left, low = min(x for x, _ in corners), min(y for _, y in corners)
    wide, high = max(x for x, _ in corners) - left, max(y for _, y in corners) - low
    x0, x1, y0, y1 = min(rect[0], rect[2]), max(rect[0], rect[2]), min(rect[1], rect[3]), max(rect[1], rect[3])
    sx, sy = (x1 - x0) / wide if wide else 1.0, (y1 - y0) / high if high else 1.0
    return b"%.5f 0 0 %.5f %.5f %.5f" % (sx, sy, x0 - left * sx, y0 - low * sy)


def _numbers(value: object) -> list[float]:
    found = _plain(value)
    if not isinstance(found, ArrayObject):
        raise ValueError("no numbers")
    return [float(str(_plain(each))) for each in found]
