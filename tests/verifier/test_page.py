"""The page that verifies in a browser: it finds what the program finds, and can do nothing else."""

import random
import re

import pytest
from django.conf import settings

from tests.verifier.forging import changed_at_the_end, mended, strange, zipped
from verifier.seal_page import PAGE, sealed
from verifier.verify_evidence import Refused, files_of, parse_vkey, verify

pytestmark = pytest.mark.django_db


def by_the_program(pack, vkey=""):
    """The exit status, and the first word of what is said: the file."""
    try:
        verify(pack, parse_vkey(vkey) if vkey else None, [], 0)
    except Refused as exc:
        words, code = (*exc.args, 1)[:2]
        return code, words
    return 0, ""


def first_word(words):
    """The file that is named."""
    return re.match(r"[\w./-]*", words.lstrip("'\""))[0]


def agree(page, packs, vkey):
    """Both find the same of each pack, and name the same file."""
    for (what, pack), found in zip(packs.items(), page(packs.values(), vkey=vkey), strict=True):
        code, words = by_the_program(pack, vkey)
        assert (found["code"], first_word(found["words"])) == (code, first_word(words)), (what, found, words)
        yield found


def test_the_page_is_good_with_a_good_pack_and_names_nobody_elses_key(page, pack, vkey, event_ids):
    (found,) = page([pack], vkey=vkey)
    assert (found["code"], found["entries"], found["broken"]) == (0, len(event_ids), [])
    (found,) = page([pack])
    assert (found["code"], "only the pack’s word" in found["words"]) == (2, True)


def test_the_page_names_the_file_that_the_program_names(page, pack, vkey):
    files = files_of(pack)[0]
    packs = {name: zipped({**files, name: changed_at_the_end(content)}) for name, content in files.items()}
    packs |= {f"without {name}": zipped({each: files[each] for each in files if each != name}) for name in files}
    packs |= strange(pack, files)
    assert {found["code"] for found in agree(page, packs, vkey)} == {1}


def test_the_page_names_the_broken_entry_and_still_proves_the_others(page, pack, vkey, event_ids):
    files, name = files_of(pack)[0], f"entries/{event_ids[2]}.json"
    other = zipped({**files, name: changed_at_the_end(files[name])})
    (found,) = page([other], vkey=vkey)
    assert [broken["event"] for broken in found["broken"]] == [event_ids[2]]
    assert f"(event {event_ids[2]}, place " in found["words"]
    (found,) = page([mended(files, name, changed_at_the_end(files[name]))], vkey=vkey)
    assert found["words"].startswith("manifest.json: not the one that event")


# The two verifiers share no code. Whatever one refuses the other refuses too, over any byte of a pack.
def test_whatever_byte_is_changed_both_refuse(page, pack, vkey):
    chance, packs = random.Random(20261129), {}  # the same bytes each time
    files = files_of(pack)[0]
    for name, content in files.items():
        start = pack.index(name.encode() + content) + len(name)
        for at in [start + chance.randrange(len(content)) for _ in range(6)]:
            packs[f"{name} at {at}"] = pack[:at] + bytes([pack[at] ^ (1 << chance.randrange(8))]) + pack[at + 1 :]
    for at in [chance.randrange(len(pack)) for _ in range(40)]:
        packs[f"at {at}"] = pack[:at] + bytes([pack[at] ^ (1 + chance.randrange(255))]) + pack[at + 1 :]
    assert {found["code"] for found in agree(page, packs, vkey)} <= {1, 2}


def test_the_page_runs_its_own_script_only_and_may_fetch_nothing():
    page = PAGE.read_text()
    assert sealed(page) == page, "run python verifier/seal_page.py"
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy
    assert not re.search(
        r"""(?:src|href)=["'](?!#)|\bfetch\(|XMLHttpRequest|WebSocket|import\(|url\(|https?://(?!www\.w3)""", page
    )


def test_the_verifiers_are_nothing_of_the_project():
    text = (settings.BASE_DIR / "verifier" / "verify_evidence.py").read_text()
    assert len(text.splitlines()) <= 250
    found = re.findall(r"^\s*(?:from|import) (\w+)", text, re.MULTILINE)
    assert {*found} - {"cryptography"} <= {*__import__("sys").stdlib_module_names}
