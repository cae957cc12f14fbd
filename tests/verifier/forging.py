"""Packs that nobody exported: zips of any files, and the ways in which a good one is changed."""

import io
import zipfile
from hashlib import sha256


def zipped(files, **changed):
    """The files as a pack stores them, whatever they are: a dict, or pairs in any order."""
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", changed.get("compression", zipfile.ZIP_STORED)) as pack:
        for name, content in sorted(files.items()) if isinstance(files, dict) else files:
            facts = zipfile.ZipInfo(name, date_time=changed.get("date_time", (1980, 1, 1, 0, 0, 0)))
            facts.create_system, facts.external_attr = 3, 0o100644 << 16
            facts.compress_type = changed.get("compression", zipfile.ZIP_STORED)
            pack.writestr(facts, content)
    return kept.getvalue()


def changed_at_the_end(content):
    """The bytes with the last but one of them changed."""
    return content[:-2] + bytes([content[-2] ^ 1]) + content[-1:]


def mended(files, name, content):
    """The pack with another content of an entry, and a manifest that agrees: what whoever knows the format would do."""
    digests = [sha256(each).hexdigest().encode() for each in (files[name], content)]
    return zipped({**files, name: content, "manifest.json": files["manifest.json"].replace(*digests)})


def strange(pack, files):
    """Packs that are none, each by what is wrong with it."""
    doubled = zipped({**files, "README.txu": b"another"}).replace(b"README.txu", b"README.txt")
    return {
        "an entry more": zipped({**files, "entries/99999999.json": b"{}"}),
        "a content more": zipped({**files, "content/version-2.json": b"{}"}),
        "a path upwards": zipped({**files, "../../etc/passwd": b"x"}),
        "a path through": zipped({**files, "entries/../x.json": b"x"}),
        "a name that no pack has": zipped({**files, "notes.txt": b"x"}),
        "a name twice": doubled,
        "a line behind": pack + b"\n",
        "a script before": b"#!/bin/sh\n" + pack,
        "the last byte gone": pack[:-1],
        "half of it": pack[: len(pack) // 2],
        "another time": zipped(files, date_time=(1981, 1, 1, 0, 0, 0)),
        "compressed": zipped(files, compression=zipfile.ZIP_DEFLATED),
        "another order": zipped(list(files.items())[::-1]),
        "nothing": b"",
        "four bytes": b"PK\x03\x04",
        "no zip": b"not a zip at all",
        "a zip that swells": zipped({"README.txt": bytes(20 << 20)}, compression=zipfile.ZIP_DEFLATED),
    }
