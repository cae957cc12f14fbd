"""The rules of the house that no linter knows, each as a test. A rule that stops helping is changed here first."""

import ast
import hashlib
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("config", "audit", "handover", "accounts", "ledger", "live", "vault")
LONGEST_MODULE = 400
LONGEST_TEST_MODULE = 600
LONGEST_FUNCTION = 50
# The edges: whatever goes wrong there must reach a person, a socket or the log, and nothing below may swallow it.
MAY_CATCH_ALL = {
    "config/embedded/postgres.py",
    "config/errors.py",
    "live/bell.py",
    "live/clerk.py",
    "live/drawing.py",
    "live/hub.py",
    "live/pool.py",
    "live/outlet.py",
    "live/pages.py",
    "live/socket.py",
    "live/timers.py",
    "live/watching.py",
}
# Where a string becomes HTML without being escaped. format_html is not meant: it escapes.
MAY_MARK_SAFE: set[str] = set()
MAY_WRITE_HTML = {"config/static/readback/fragment.js"}
MAY_IMPORT = {
    "cryptography": lambda path: path.startswith("vault/"),
    "channels": lambda path: path.startswith("live/") or path == "config/asgi.py",
}
VENDORED = ROOT / "config" / "vendored.json"
CLAIMS = re.compile(r"HIPAA[- ]complian|tamper-?proof|exactly[- ]once|end-to-end[- ]encr", re.IGNORECASE)
DENIALS = re.compile(r"\b(not|never|no|nor|neither|none|isn't|without)\b", re.IGNORECASE)
SCRATCH = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")


def files(*suffixes: str, under: tuple[str, ...] = ("",)) -> Iterator[Path]:
    """Every file of the repository with one of these suffixes; what is installed or written at run time is left out."""
    for path in all_files():
        name = relative(path)
        if path.suffix in suffixes and any(name.startswith(start) for start in under):
            yield path


@cache
def all_files() -> tuple[Path, ...]:
    def walk(directory: Path) -> Iterator[Path]:
        for path in sorted(directory.iterdir()):
            if path.name.startswith(".") or path.name in {"var", "__pycache__", "node_modules", "screenshots"}:
                continue
            if path.is_dir():
                yield from walk(path)
            else:
                yield path

    return tuple(walk(ROOT))


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def product_modules() -> Iterator[tuple[str, str, ast.Module]]:
    """Name, text and tree of every module of the rooms, migrations left out: those are written by a command."""
    for path in files(".py", under=tuple(f"{room}/" for room in ROOMS)):
        if "/migrations/" not in relative(path):
            yield relative(path), path.read_text(), parsed(path)


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def templates() -> Iterator[tuple[str, str]]:
    for path in files(".html", under=tuple(f"{room}/" for room in ROOMS)):
        yield relative(path), re.sub(r"{%\s*comment\b.*?endcomment\s*%}|{#.*?#}", "", path.read_text(), flags=re.DOTALL)


def scripts() -> Iterator[tuple[str, str]]:
    vendored = {entry["path"] for entry in vendored_entries()}
    for path in files(".js", under=tuple(f"{room}/" for room in ROOMS)):
        if relative(path) not in vendored:
            yield relative(path), without_comments(path.read_text())


def without_comments(script: str) -> str:
    return re.sub(r"/\*.*?\*/|(?m:(?<![:\"'`\\])//[^\n\"'`]*$)", "", script, flags=re.DOTALL)


def vendored_entries() -> list[dict[str, str]]:
    return json.loads(VENDORED.read_text())["files"]


# -- size and shape --


def test_no_module_is_longer_than_a_person_reads_in_one_go() -> None:
    long = [name for name, text, _ in product_modules() if text.count("\n") > LONGEST_MODULE]
    tests = files(".py", under=("tests/", "bench/", "bin/"))
    long += [relative(path) for path in tests if path.read_text().count("\n") > LONGEST_TEST_MODULE]
    assert long == []


def test_no_function_is_longer_than_a_screen() -> None:
    long = [
        f"{name}:{node.lineno} {node.name}"
        for name, _, tree in product_modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno >= LONGEST_FUNCTION
    ]
    assert long == []


def test_every_module_says_what_it_is_for() -> None:
    every = [path for path in files(".py") if "/migrations/" not in relative(path)]
    silent = [relative(path) for path in every if path.read_text().strip() and not ast.get_docstring(parsed(path))]
    assert silent == []


def test_no_module_is_a_drawer_for_odds_and_ends() -> None:
    drawers = {"utils.py", "util.py", "helpers.py", "misc.py", "signals.py"}
    assert [relative(path) for path in files(".py") if path.name in drawers] == []


def test_nothing_happens_behind_an_acts_back() -> None:
    """No signals and no logic in save(): an act shows all that it does."""
    hidden = re.compile(r"django\.db\.models\.signals|django\.dispatch|\b(post|pre)_(save|delete)\b")
    found = [name for name, text, _ in product_modules() if hidden.search(text)]
    found += [
        f"{name}: {cls.name}.{node.name}"
        for name, _, tree in product_modules()
        for cls in ast.walk(tree)
        if isinstance(cls, ast.ClassDef)
        for node in cls.body
        if isinstance(node, ast.FunctionDef) and node.name in {"save", "delete"} and "models" in name
    ]
    assert found == []


def test_only_the_edges_catch_everything() -> None:
    found = {
        name
        for name, _, tree in product_modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler) and catches_all(node)
    }
    assert found - MAY_CATCH_ALL == set()


def catches_all(handler: ast.ExceptHandler) -> bool:
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(
        kind is None or (isinstance(kind, ast.Name) and kind.id in {"Exception", "BaseException"}) for kind in kinds
    )


@pytest.mark.parametrize("package", sorted(MAY_IMPORT))
def test_a_dangerous_package_is_imported_in_its_room_only(package: str) -> None:
    found = [
        name
        for name, _, tree in product_modules()
        if not MAY_IMPORT[package](name) and any(module.split(".")[0] == package for module in imported(tree))
    ]
    assert found == []


def imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


# -- pages and scripts --


def test_no_template_carries_a_style_or_a_script_of_its_own() -> None:
    inline = re.compile(
        r"\sstyle\s*=|<style\b|\son[a-z]+\s*=\s*[\"']|javascript:|<script\b(?![^>]*\bsrc=)", re.IGNORECASE
    )
    found = [f"{name}: {match.group()!r}" for name, text in templates() if (match := inline.search(text))]
    assert found == []


def test_only_one_script_writes_html() -> None:
    sinks = re.compile(
        r"\b(innerHTML|outerHTML|insertAdjacentHTML|createContextualFragment|srcdoc|setHTMLUnsafe)\b"
        r"|document\.write|\beval\(|new Function\(|createPolicy\("
    )
    found = [name for name, text in scripts() if name not in MAY_WRITE_HTML and sinks.search(text)]
    assert found == []


def test_every_import_of_a_script_ends_with_a_semicolon() -> None:
    """Django rewrites only those to the names with digests; another would load a second copy, or none."""
    found = []
    for name, text in scripts():
        for match in re.finditer(r"^\s*(?:import|export)\b[^;(]*?[\"']([./][^\"']*)[\"'](.?)", text, re.MULTILINE):
            if match.group(2) != ";":
                found.append(f"{name}: {match.group(1)}")
    assert found == []


def test_no_script_is_fetched_from_elsewhere() -> None:
    elsewhere = re.compile(r"(?:src|href)\s*=\s*[\"'](?:https?:)?//|(?:from|import)\s*\(?\s*[\"']https?://|@import")
    found = [name for name, text in [*templates(), *scripts()] if elsewhere.search(text)]
    assert found == []


def test_escaping_is_never_switched_off() -> None:
    unescaped = re.compile(r"\|\s*safe\b|\bsafeseq\b|autoescape\s+off|\bmark_safe\b|\bSafeString\(")
    found = [name for name, text in templates() if unescaped.search(text)]
    found += [name for name, text, _ in product_modules() if unescaped.search(text) and name not in MAY_MARK_SAFE]
    assert found == []


def test_no_title_of_a_page_holds_a_patients_name() -> None:
    """Titles stand in the browser's history, in the task switcher and on a lock screen."""
    personal = re.compile(r"{{[^}]*\b(patient|identity|family|given|headline|person|name|summary)\b", re.IGNORECASE)
    found = []
    for name, text in templates():
        for title in re.findall(r"{%\s*block title\s*%}(.*?){%\s*endblock", text, re.DOTALL):
            if personal.search(title):
                found.append(name)
    assert found == []


# -- words, pins and things of others --


def test_the_words_promise_nothing_that_is_not_so() -> None:
    found = []
    for path in files(".py", ".md", ".html", ".js", ".txt", ".toml"):
        if path == Path(__file__).resolve():
            continue
        paragraphs = path.read_text(errors="replace").splitlines()
        for number, line in enumerate(paragraphs, 1):
            # A denial may stand on the line before, where the sentence began.
            around = " ".join(paragraphs[max(0, number - 2) : number])
            if CLAIMS.search(line) and not DENIALS.search(around):
                found.append(f"{relative(path)}:{number} {line.strip()[:80]}")
    assert found == []


def test_nothing_is_left_to_be_done_in_a_comment() -> None:
    every = [path for path in files(".py", ".js", ".html", ".css") if path != Path(__file__).resolve()]
    assert [relative(path) for path in every if SCRATCH.search(path.read_text())] == []


def test_no_file_names_a_machine_it_was_written_on() -> None:
    paths = re.compile(r"(?<![\w.])/(?:work|root)/[a-z]")
    every = [path for path in files(".py", ".js", ".html", ".md", ".toml", ".txt") if path != Path(__file__).resolve()]
    assert [relative(path) for path in every if paths.search(path.read_text(errors="replace"))] == []


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt", "constraints.txt"])
def test_every_package_is_pinned_exactly(name: str) -> None:
    lines = [line.partition("#")[0].strip() for line in (ROOT / name).read_text().splitlines()]
    loose = [
        line for line in lines if line and not line.startswith("-r ") and not re.fullmatch(r"[\w.\-]+==[\w.+!]+", line)
    ]
    assert loose == []


def test_the_constraints_agree_with_the_requirements() -> None:
    def pins(name: str) -> dict[str, str]:
        found = re.findall(r"^([\w.\-]+)==([^\s#]+)", (ROOT / name).read_text(), re.MULTILINE)
        return {re.sub(r"[-_.]+", "-", package).lower(): version for package, version in found}

    constraints = pins("constraints.txt")
    asked = {**pins("requirements.txt"), **pins("requirements-dev.txt")}
    assert {name: version for name, version in asked.items() if constraints.get(name) != version} == {}


def test_what_others_made_is_listed_with_licence_and_version_and_is_unchanged() -> None:
    for entry in vendored_entries():
        assert set(entry) == {"path", "name", "version", "licence", "source", "sha256"}
        assert hashlib.sha256((ROOT / entry["path"]).read_bytes()).hexdigest() == entry["sha256"], entry["path"]


def test_nothing_that_others_made_is_missing_from_the_list() -> None:
    listed = {entry["path"] for entry in vendored_entries()}
    found = {
        relative(path)
        for path in all_files()
        if path.suffix in {".woff", ".woff2", ".ttf"} or ".min." in path.name or "vendor" in path.parent.parts
    }
    assert found - listed == set()
