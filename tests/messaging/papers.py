"""PDFs for tests: plain ones, and such as act, lead away, hide, tell, break or fill the memory."""

import io
import zlib

from fpdf import FPDF
from pypdf import PdfReader, PdfWriter
from pypdf.generic import (
    ArrayObject,
    DecodedStreamObject,
    DictionaryObject,
    FloatObject,
    NameObject,
    NumberObject,
    TextStringObject,
)

SECRET = "Ward phone of Amara"


def name(words):
    return NameObject(words)


def plain_pdf(pages=2, *, words="Discharge letter"):
    made = FPDF()
    made.set_author(SECRET)
    for number in range(pages):
        made.add_page()
        made.set_font("Helvetica", size=20)
        made.cell(text=f"{words} {number + 1}")
    return bytes(made.output())


def armed_pdf():
    """A PDF with all that acts, leads away, hides or tells: each holds a word that is searched for afterwards."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(plain_pdf())))
    writer.add_attachment("ARMED-file.exe", b"ARMED-attachment")
    writer.add_metadata({"/Author": "ARMED-author", "/Title": "ARMED-title"})
    writer.xmp_metadata = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>ARMED-xmp</x:xmpmeta>"
    root, page = writer._root_object, writer.pages[0]

    def action(kind, **more):
        return DictionaryObject(
            {name("/S"): name(kind), **{name(f"/{key}"): TextStringObject(v) for key, v in more.items()}}
        )

    names = root["/Names"].get_object()
    scripts = ArrayObject([TextStringObject("s"), action("/JavaScript", JS="ARMED-script")])
    names[name("/JavaScript")] = DictionaryObject({name("/Names"): scripts})
    root[name("/OpenAction")] = action("/JavaScript", JS="ARMED-open")
    root[name("/AA")] = DictionaryObject({name("/WC"): action("/JavaScript", JS="ARMED-close")})
    page[name("/AA")] = DictionaryObject({name("/O"): action("/Launch", F="ARMED-launch")})
    page[name("/PieceInfo")] = DictionaryObject({name("/X"): TextStringObject("ARMED-piece")})
    corners = ArrayObject(FloatObject(each) for each in (10, 10, 110, 60))
    link = {name("/Type"): name("/Annot"), name("/Subtype"): name("/Link"), name("/Rect"): corners}
    look = DecodedStreamObject()
    look.set_data(b"BT /F1 12 Tf (Filled in) Tj ET")
    look.update({name("/Type"): name("/XObject"), name("/Subtype"): name("/Form")})
    look[name("/BBox")] = ArrayObject(FloatObject(each) for each in (0, 0, 50, 25))
    look[name("/AF")] = TextStringObject("ARMED-associated")
    widget = {
        **{name("/Type"): name("/Annot"), name("/Subtype"): name("/Widget"), name("/Rect"): corners},
        **{name("/V"): TextStringObject("ARMED-value"), name("/A"): action("/SubmitForm", F="ARMED-submit")},
        name("/AP"): DictionaryObject({name("/N"): writer._add_object(look)}),
    }
    page[name("/Annots")] = ArrayObject(
        writer._add_object(DictionaryObject(each))
        for each in ({**link, name("/A"): action("/URI", URI="ARMED-uri")}, widget)
    )
    fonts = page["/Resources"]["/Font"]
    next(iter(fonts.values())).get_object()[name("/Hidden")] = action("/JavaScript", JS="ARMED-in-a-font")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def with_image(content, **facts):
    """A PDF with one picture in it, given as it lies in the file."""
    writer = PdfWriter()
    page = writer.add_blank_page(width=100, height=100)
    image = DecodedStreamObject()
    image._data = content
    about = {"Type": name("/XObject"), "Subtype": name("/Image"), "ColorSpace": name("/DeviceRGB")}
    about |= {"Width": NumberObject(40), "Height": NumberObject(20), "BitsPerComponent": NumberObject(8), **facts}
    image.update({name(f"/{key}"): value for key, value in about.items()})
    page[name("/Resources")] = DictionaryObject(
        {name("/XObject"): DictionaryObject({name("/A"): writer._add_object(image)})}
    )
    contents = DecodedStreamObject()
    contents.set_data(b"/A Do")
    page[name("/Contents")] = writer._add_object(contents)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def locked_pdf():
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(plain_pdf())))
    writer.encrypt("secret", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def bomb(size):
    packing = zlib.compressobj(9)
    return b"".join([*(packing.compress(bytes(1_000_000)) for _ in range(size // 1_000_000)), packing.flush()])


def ring_pdf():
    """A form that is drawn in itself."""
    writer = PdfWriter()
    page = writer.add_blank_page(width=100, height=100)
    form = DecodedStreamObject()
    form.set_data(b"/R Do")
    form.update({name("/Subtype"): name("/Form"), name("/BBox"): ArrayObject([NumberObject(0)] * 4)})
    place = writer._add_object(form)
    form[name("/Resources")] = DictionaryObject({name("/XObject"): DictionaryObject({name("/R"): place})})
    page[name("/Resources")] = DictionaryObject({name("/XObject"): DictionaryObject({name("/R"): place})})
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()
