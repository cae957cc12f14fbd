"""My patients: mine, each of my units, everybody I may see; and the search that leaves no name in an address."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.access import SignedInRequest, signed_in
from handover.patients import panels, selectors
from handover.patients.drawing.rows import ListView, list_view
from handover.patients.forms.identity import SearchForm
from handover.patients.selectors import PatientRow
from handover.patients.views.answers import form_again

FIRST_SHOWN = 40
MINE, ALL = "mine", "all"


@dataclass(frozen=True)
class Tab:
    """One of the lists. `key` is what the address says of it: "mine", "all" or a unit's id."""

    key: str
    label: str
    count: int
    is_here: bool

    @property
    def url(self) -> str:
        """Where this list is."""
        return f"{reverse('patients:list')}?list={self.key}"


@signed_in
@require_GET
def my_patients(request: SignedInRequest) -> HttpResponse:
    """The list, the most urgent first."""
    return render(request, "patients/list.html", _listed(request, shown=FIRST_SHOWN))


@signed_in
@require_GET
def rows(request: SignedInRequest) -> HttpResponse:
    """The same rows as a fragment; all of them with ?all=1."""
    shown = None if request.GET.get("all") else FIRST_SHOWN
    return render(request, "patients/_rows.html", _listed(request, shown=shown))


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def search(request: SignedInRequest) -> HttpResponse:
    """Search by record number, or by family name and birth date. Posted, so that neither stands in an address."""
    if request.method != "POST":
        return render(request, "patients/search.html", {"form": SearchForm()})
    form = SearchForm(request.POST)
    if not form.is_valid():
        return form_again(request, "patients/search.html", {}, form=form)
    now = timezone.now()
    found = selectors.search(request.actor, at=now, **form.cleaned_data)
    context = {"form": form, "list": _drawn(request, found, now=now, shown=None), "is_searched": True}
    return render(request, "patients/search.html", context)


def _listed(request: SignedInRequest, *, shown: int | None) -> dict[str, Any]:
    """Everybody this person may see is read once; the tabs are cut from that."""
    now = timezone.now()
    everybody = selectors.patient_rows(request.actor, unit=None, at=now)
    own = selectors.own_patient_ids(request.actor)
    tabs = _tabs(request, everybody, own)
    here = next(tab for tab in tabs if tab.is_here)
    drawn = _drawn(request, [row for row in everybody if _belongs(row, here.key, own)], now=now, shown=shown)
    return {"tabs": tabs, "here": here, "list": drawn, "asked": now, "has_own": bool(own)}


def _tabs(request: SignedInRequest, everybody: list[PatientRow], own: frozenset[UUID]) -> list[Tab]:
    units = {row.unit.pk: row.unit for row in everybody}
    at_work = request.actor.unit_id
    mine_first = sorted(units.values(), key=lambda unit: (unit.pk != at_work, unit.name))
    keys = [(MINE, _("Mine"))]
    keys += [(str(unit.pk), unit.short_name) for unit in mine_first] if len(units) > 1 or own else []
    keys.append((ALL, _("All")))
    counted = [(key, label, sum(_belongs(row, key, own) for row in everybody)) for key, label in keys]
    wanted = request.GET.get("list", "")
    here = wanted if wanted in dict(keys) else _first_tab(counted, str(at_work))
    return [Tab(key, label, count, key == here) for key, label, count in counted]


def _first_tab(counted: list[tuple[str, str, int]], unit: str) -> str:
    """Mine when somebody is; else the unit I work in; else all."""
    filled = [key for key, _label, count in counted if count]
    return next((key for key in (MINE, unit) if key in filled), ALL)


def _belongs(row: PatientRow, key: str, own: frozenset[UUID]) -> bool:
    return key == ALL or (row.id in own if key == MINE else str(row.unit.pk) == key)


def _drawn(request: SignedInRequest, found: list[PatientRow], *, now: datetime, shown: int | None) -> ListView:
    def marks(ids: list[UUID]) -> dict[UUID, list[panels.Mark]]:
        return panels.marks_for(request.actor, ids)

    return list_view(found, marks, now=now, shown=len(found) if shown is None else shown)
