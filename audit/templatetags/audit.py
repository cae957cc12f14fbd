"""The tags of this room's pages."""

from typing import Any

from django import template

from audit.desk import desk_ways

register = template.Library()


@register.inclusion_tag("audit/_desk.html", takes_context=True)
def desk(context: dict[str, Any]) -> dict[str, Any]:
    """The ways of the desk, with the one lit that this page belongs to. In the block titlebar, after the title."""
    match = context["request"].resolver_match
    return {"ways": desk_ways(match.view_name if match else "")}
