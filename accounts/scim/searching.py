"""Filters and pages (RFC 7644, 3.4.2). A filter is judged by scim2-models on each resource, never turned into SQL."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from django.db.models import QuerySet
from scim2_models import Resource, SearchRequest

from accounts.scim.resources import MOST_RESULTS, told

LONGEST_FILTER = 1000
# What directories ask for at every turn is found by an index; the filter itself still judges what was found.
_BY_KEY = re.compile(r'^\s*(userName|externalId)\s+eq\s+"([^"\\]*)"\s*$', re.IGNORECASE)
_FIELDS = {"username": "email__iexact", "externalid": "directory_entry__external_id"}


def listed(
    query: Mapping[str, str], model: type[Any], rows: "QuerySet[Any]", draw: Callable[[Any], Resource[Any]]
) -> dict[str, Any]:
    """A ListResponse of the rows that the filter lets through. Raises a SCIMException or ValidationError."""
    typed: Any = SearchRequest.__class_getitem__(model)
    search = typed.model_validate({name: query[name] for name in ("filter", "startIndex", "count") if query.get(name)})
    narrowed = _BY_KEY.match(query.get("filter", "")[:LONGEST_FILTER])
    if narrowed and "email" in {field.name for field in rows.model._meta.get_fields()}:
        rows = rows.filter(**{_FIELDS[narrowed[1].lower()]: narrowed[2]})
    start = max(search.start_index or 1, 1)
    count = MOST_RESULTS if search.count is None else min(max(search.count, 0), MOST_RESULTS)
    if search.filter is None:
        total, page = rows.count(), [draw(row) for row in rows[start - 1 : start - 1 + count]]
    else:
        found = [one for one in map(draw, rows) if search.filter.match(one)]
        total, page = len(found), found[start - 1 : start - 1 + count]
    return {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
        "totalResults": total,
        "startIndex": start,
        "itemsPerPage": len(page),
        "Resources": [told(one) for one in page],
    }
