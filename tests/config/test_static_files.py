"""The static files are whole: collected by digest, every file that one of them names is there."""

import json

import pytest
from django.core.management import call_command

from config.assets import MARK, collect_if_changed


@pytest.fixture
def collected(settings, tmp_path):
    settings.STATIC_ROOT = tmp_path / "static"
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": "config.static_files.DigestedStaticFiles"}}
    collect_if_changed()
    return settings.STATIC_ROOT


def test_every_script_imports_the_digested_names(collected) -> None:
    paths = json.loads((collected / "staticfiles.json").read_text())["paths"]
    assert paths["readback/page.js"] != "readback/page.js"
    script = (collected / paths["readback/page.js"]).read_text()
    assert f"./{paths['readback/fragment.js'].removeprefix('readback/')}" in script


def test_they_are_collected_again_only_when_one_has_changed(collected, monkeypatch) -> None:
    calls = []
    monkeypatch.setattr("config.assets.call_command", lambda *words, **_: calls.append(words))
    collect_if_changed()
    assert calls == []
    (collected / MARK).write_text("another digest")
    collect_if_changed()
    assert calls == [("collectstatic",)]


def test_no_model_waits_for_a_migration(db) -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)
