"""One Bundle as a graph: its resources in order, and references resolved as FHIR resolves them."""

import hashlib
import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid5

from handover.interop.fhir.values import LINE, Json, moment, objects, string, when
from handover.patients.documents import Entry, SectionState, Source

_NAMESPACE = UUID("6d0c6a0e-5a55-4c8a-9a0e-6f2f6f6b7a11")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Graph:
    """Finds a resource by any of the names a reference may use: fullUrl, Type/id, urn, or a contained '#id'."""

    def __init__(self, bundle: Json) -> None:
        self.bundle = bundle
        self.resources: list[Json] = [entry["resource"] for entry in bundle["entry"]]
        self._by_name: dict[str, Json] = {}
        for entry in bundle["entry"]:
            resource = entry["resource"]
            for name in (string(entry.get("fullUrl")), f"{resource['resourceType']}/{string(resource.get('id'))}"):
                self._by_name.setdefault(name, resource)

    def resolve(self, reference: object, inside: Json | None = None) -> Json | None:
        """The resource that a Reference points at, or None. `inside` is where a contained one is looked for."""
        target = string(reference.get("reference")) if isinstance(reference, dict) else string(reference)
        if not target:
            return None
        if target.startswith("#"):
            return next((c for c in objects(inside, "contained") if string(c.get("id")) == target[1:]), None)
        target = target.split("/_history/")[0]
        found = self._by_name.get(target)
        if found is None and "/" in target:
            found = self._by_name.get("/".join(target.split("/")[-2:]))
        return found

    def of_type(self, kind: str) -> list[Json]:
        return [resource for resource in self.resources if resource["resourceType"] == kind]

    def label(self, resource: Json) -> str:
        """How a report names a resource: 'Observation/12', or its place when it has no id."""
        identity = string(resource.get("id"))
        if identity:
            return f"{resource['resourceType']}/{identity}"[:120]
        place = next((n for n, r in enumerate(self.resources, 1) if r is resource), 0)
        return f"{resource['resourceType']} (entry {place})"


@dataclass
class Taking:
    """What has been taken so far, and what was left with the reason. Each resource ends in exactly one of the two."""

    graph: Graph
    system: str
    entries: dict[str, list[Entry]] = field(default_factory=dict)
    states: dict[str, SectionState] = field(default_factory=dict)
    taken_ids: set[int] = field(default_factory=set)
    left: dict[int, tuple[str, str]] = field(default_factory=dict)
    notes: list[tuple[str, str]] = field(default_factory=list)
    # The resources that a set of vital signs was gathered from, by the set's time.
    sets: dict[datetime, list[Json]] = field(default_factory=dict)

    def take(self, resource: Json, section: str = "", entry: Entry | None = None) -> None:
        """Counts `resource` as taken, with the entry it became, if it became one by itself."""
        self.taken_ids.add(id(resource))
        self.left.pop(id(resource), None)
        if entry is not None:
            self.entries.setdefault(section, []).append(entry)

    def leave(self, resource: Json, why: str) -> None:
        if id(resource) not in self.taken_ids:
            self.left[id(resource)] = (self.graph.label(resource), why)

    def release(self, resource: Json, why: str) -> None:
        """Turns a taken resource into one that is left: what it became is not kept."""
        self.taken_ids.discard(id(resource))
        self.leave(resource, why)

    def state(self, resource: Json, section: str, state: SectionState) -> None:
        """A resource or a section that says 'none known' or the like instead of holding an entry."""
        self.taken_ids.add(id(resource))
        self.states.setdefault(section, state)

    def line(self, resource: Json, text: str) -> str:
        """`text` cut to what a line holds; the report says so, because a cut sentence can mean something else."""
        if len(text) <= LINE:
            return text
        self.notes.append(
            (self.graph.label(resource), f"one of its texts is longer than {LINE} characters and was cut")
        )
        return text[: LINE - 1] + "…"

    def known(self, resource: Json) -> dict[str, Any]:
        """The `id` and `source` of the entry that `resource` becomes: the same for the same resource, every time."""
        identity = (
            string(resource.get("id"))
            or hashlib.sha256(json.dumps(resource, sort_keys=True, default=str).encode()).hexdigest()
        )
        said = when(resource, "recordedDate", "dateAsserted", "authoredOn", "effectiveDateTime", "issued", "dateTime")
        meta = resource.get("meta")
        recorded = moment(said) or moment(meta.get("lastUpdated") if isinstance(meta, dict) else None)
        return {
            "id": uuid5(_NAMESPACE, f"{self.system}|{resource['resourceType']}|{identity}"),
            "source": Source(system=self.system, recorded=recorded or self.default_time),
        }

    @property
    def default_time(self) -> datetime:
        """When the document was made, for entries that do not say when they were; 1970 when it does not say either."""
        composition = next(iter(self.graph.of_type("Composition")), {})
        return moment(self.graph.bundle.get("timestamp")) or moment(composition.get("date")) or _EPOCH

    def counts(self) -> dict[str, int]:
        counter = Counter(r["resourceType"] for r in self.graph.resources if id(r) in self.taken_ids)
        return dict(sorted(counter.items()))
