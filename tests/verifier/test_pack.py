"""A pack verifies by the stranger's program alone, and whatever is changed in it is found and named."""

import io
import os
import zipfile
from hashlib import sha256
from uuid import uuid4

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger import evidence, notes, published, sequencer
from ledger.models import Cosignature, Event
from ledger.services import record
from live.refusals import Conflict
from tests.verifier.forging import changed_at_the_end, mended, strange, zipped
from vault.signing import SigningKey
from verifier.verify_evidence import Refused, files_of, main, parse_vkey, verify

pytestmark = pytest.mark.django_db
GOOD, TAMPERED, NOT_PROVABLE, USAGE = range(4)
STRANGER = notes.vkey_of(notes.key_of(SigningKey("elsewhere.example/log", b"e" * 32)))


@pytest.fixture
def ask(tmp_path, capsys, vkey):
    """ask(pack): the exit status and the words of the program. `key` None: none is given."""

    def asked(pack, *arguments, key=vkey):
        path = tmp_path / "pack.zip"
        path.write_bytes(pack)
        code = main([str(path), *(["--vkey", key] if key else []), *arguments])
        return code, capsys.readouterr().out

    return asked


def test_a_pack_is_good_for_whoever_knows_the_key(pack, ask, event_ids):
    code, words = ask(pack)
    assert code == GOOD, words
    assert f"GOOD. {len(event_ids)} entries" in words
    assert "handover.accepted" in words
    assert "Seen by nobody outside." in words
    assert "Not proved: that no entry of the matter is left out" in words


def test_any_program_reads_the_zip(pack):
    with zipfile.ZipFile(io.BytesIO(pack)) as opened:
        assert opened.testzip() is None
        assert {"README.txt", "manifest.json", "checkpoint", "keys.txt", "verify_evidence.py"} <= {*opened.namelist()}


def test_the_export_is_on_record_before_it_leaves_with_the_digest_of_the_manifest(pack, nurse):
    manifest = files_of(pack)[0]["manifest.json"]
    event = Event.objects.get(event="evidence.exported", agent_id=nurse.person_id)
    assert event.entity_version == sha256(manifest).hexdigest()
    assert (event.reason, event.detail["about"], event.detail["content"]) == ("court", "transfer", 0)


def test_without_a_key_nothing_is_proved(pack, ask):
    code, words = ask(pack, key=None)
    assert code == NOT_PROVABLE
    assert "only the pack's word" in words


def test_by_another_logs_key_nothing_is_proved(pack, ask):
    code, words = ask(pack, key=STRANGER)
    assert code == NOT_PROVABLE
    assert "another log" in words


def test_a_witness_that_was_asked_for_has_to_have_seen_it(pack, ask):
    witness = SigningKey("witness.partner.example", b"w" * 32)
    key = notes.Key(witness.origin, witness.public, notes.COSIGNATURE)
    code, words = ask(pack, "--witness", notes.vkey_of(key))
    assert code == NOT_PROVABLE
    assert "you ask for 1" in words
    assert ask(pack, "--witness", notes.vkey_of(key), "--quorum", "0")[0] == GOOD


@pytest.mark.parametrize("arguments", [[], ["--vkey", "x", "y.zip"], ["nothing-there.zip"], ["a", "--quorum", "many"]])
def test_a_wrong_call_ends_with_three(arguments, capsys):
    assert main(arguments) == USAGE


def test_the_same_files_make_the_same_pack(pack):
    files = files_of(pack)[0]
    assert zipped(files) == pack == evidence._zipped(files)


# What a pack says is covered by one signature: the manifest lists every file, the log holds the manifest's digest in
# the event of the export, and the checkpoint is over that event. Proofs and checkpoint have one form, and prove
# themselves; the zip around them has one form too. So there is no byte that can be another and the pack still be good.
@settings(
    max_examples=int(os.environ.get("READBACK_EXAMPLES", "150")),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_no_byte_can_be_changed(pack, vkey, data):
    files = files_of(pack)[0]
    name = data.draw(st.sampled_from([*sorted(files), "", ""]), label="file")
    start = pack.index(files[name]) if name and files[name] else 0
    end = start + len(files[name]) if name else len(pack)
    at = data.draw(st.integers(start, max(start, end - 1)), label="at")
    changed = bytearray(pack)
    changed[at] ^= data.draw(st.integers(1, 255), label="by")
    with pytest.raises(Refused):
        verify(bytes(changed), parse_vkey(vkey), [], 0)


def test_each_file_is_named_when_it_is_changed(pack, ask):
    files = files_of(pack)[0]
    for name, content in files.items():
        code, words = ask(zipped({**files, name: changed_at_the_end(content)}))
        assert code == TAMPERED, name
        assert (name.removesuffix(".tlog-proof") if name != "manifest.json" else name) in words, (name, words)


def test_an_entry_that_is_changed_is_named_with_its_event_and_its_place(pack, ask, event_ids):
    files, event_id = files_of(pack)[0], event_ids[3]
    name = f"entries/{event_id}.json"
    code, words = ask(zipped({**files, name: files[name].replace(b'"nurse"', b'"nursE"')}))
    assert code == TAMPERED
    place = evidence.Leaf.objects.get(event_id=event_id).place
    assert f"{name} (event {event_id}, place {place})" in words


def test_whoever_mends_the_manifest_as_well_is_found_by_the_log(pack, ask, event_ids):
    files, name = files_of(pack)[0], f"entries/{event_ids[0]}.json"
    code, words = ask(mended(files, name, files[name].replace(b"handover.sent", b"handover.Sent")))
    assert code == TAMPERED
    assert "manifest.json: not the one that event" in words


def test_a_file_cannot_be_left_out(pack, ask):
    files = files_of(pack)[0]
    for name in files:
        code, words = ask(zipped({each: files[each] for each in files if each != name}))
        assert (code, name in words) == (TAMPERED, True), (name, words)


def test_no_other_form_of_a_zip_is_a_pack(pack, ask):
    for what, other in strange(pack, files_of(pack)[0]).items():
        assert ask(other)[0] == TAMPERED, what


def test_a_pack_of_a_gigabyte_is_not_read(tmp_path, vkey, capsys):
    path = tmp_path / "large.zip"
    with path.open("wb") as file:
        file.truncate(1 << 30)
    assert main([str(path), "--vkey", vkey]) == TAMPERED
    assert "longer than 64 MiB" in capsys.readouterr().out


def test_another_checkpoint_of_the_same_log_does_not_fit(make, ask):
    first, second = files_of(make())[0], files_of(make())[0]
    code, words = ask(zipped({**first, "checkpoint": second["checkpoint"]}))
    assert code == TAMPERED
    assert "not a proof for this pack's checkpoint" in words


def test_another_export_of_the_same_events_does_not_vouch_for_this_one(make, ask):
    first, second = files_of(make())[0], files_of(make())[0]
    others = {name: second[name] for name in second if name.endswith(".tlog-proof") or name == "checkpoint"}
    code, words = ask(zipped({**first, **others, "export.json": second["export.json"]}))
    assert code == TAMPERED
    assert "manifest.json: not the one" in words


def test_a_version_that_no_entry_tells_of_is_refused(make, ask, added):
    record_json = added["record.json"].content.replace(b'"number":1', b'"number":2')
    without = {"record.json": evidence.Added(record_json, "")}
    assert ask(make(files=without))[0] == GOOD
    other = record_json.replace(b"0b8f7c52", b"0b8f7c53")
    code, words = ask(make(files={"record.json": evidence.Added(other, "")}))
    assert code == TAMPERED
    assert "no entry tells of version 2" in words


def test_content_that_was_not_sent_is_refused_although_the_hospital_exported_it(make, ask, added):
    other = {**added, "content/version-1.json": evidence.Added(b'{"ipass":{}}', "")}
    code, words = ask(make(files=other))
    assert code == TAMPERED
    assert "content/version-1.json: not what was sent" in words


# The property: whoever made the pack cannot put another file in the place of the one that was sent, or leave it out.
@pytest.mark.parametrize(
    "put", [None, b'{"base64":"JVBERg==","type":"application/pdf"}', b'{"type":"application/pdf"}']
)
def test_a_file_that_was_not_sent_is_refused_although_the_hospital_exported_it(make, ask, added, put):
    others = {name: one for name, one in added.items() if name != "content/pdf-1.json"}
    files = others if put is None else {**others, "content/pdf-1.json": evidence.Added(put, "")}
    assert ask(make(files=files))[0] == TAMPERED
    assert ask(make(files=added))[0] == GOOD


def test_a_message_from_before_files_had_digests_is_good_as_it_is(make, ask, added):
    old = {name: one for name, one in added.items() if name == "record.json"}
    assert ask(make(files={**old, "content/photo-of-message-3.json": evidence.Added(b"{}", "")}))[0] == GOOD


@pytest.mark.parametrize(
    "record_json", [b"[]", b"{}", b'{"versions":{}}', b'{"versions":[1]}', b'{"versions":null}', b"["]
)
def test_a_record_of_another_form_is_an_answer_and_no_crash(make, ask, record_json):
    assert ask(make(files={"record.json": evidence.Added(record_json, "")}))[0] in {GOOD, TAMPERED}


def test_too_many_events_for_one_person_are_not_exported(make, nurse):
    with pytest.raises(Conflict):
        make(range(1, 502))
    assert not Event.objects.filter(event="evidence.exported", agent_id=nurse.person_id).exists()


def test_what_the_log_has_not_signed_is_not_exported(make, nurse, event_ids, monkeypatch):
    monkeypatch.setattr(evidence, "COVERED_WITHIN_SECONDS", 0.0)
    record("patient.read", agent=nurse)
    with pytest.raises(Conflict):
        make([*event_ids, event_ids[-1] + 1_000_000])


def test_an_export_names_who_and_what_by_codes_only(nurse, event_ids):
    export = evidence.Export(agent=nurse, about=("transfer", str(uuid4())), reason="words are no reason")
    with pytest.raises(ValueError, match="takes codes"):
        evidence.make_pack(export, event_ids, {})


def test_of_the_checkpoints_over_it_the_pack_takes_the_one_that_a_witness_has_seen(event_ids, nurse, settings):
    witness = SigningKey("witness.partner.example", b"w" * 32)
    vkey = notes.vkey_of(notes.Key(witness.origin, witness.public, notes.COSIGNATURE))
    settings.LOG_WITNESSES = [["http://127.0.0.1:1", vkey]]
    seen = published.newest_checkpoint()
    line = notes.cosign(seen.note, witness, seconds=1_795_404_150).removeprefix(seen.note)
    Cosignature.objects.create(witness=witness.origin, size=seen.size, line=line, seen=timezone.now())
    record("patient.read", agent=nurse)
    sequencer.sequence()
    assert published.newest_checkpoint().size > seen.size
    (placed,) = published.placed(event_ids[:1])
    files = evidence._proved({"export": (placed.place, placed.leaf)})
    assert files["checkpoint"].decode() == seen.note + line
    assert files["export.tlog-proof"].endswith(files["checkpoint"])
