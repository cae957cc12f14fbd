"""PATCH as directories send it, turned into PATCH as RFC 7644 has it: Entra ID writes truth as the word "False"."""

from typing import Any

_WORDS = {"true": True, "false": False}


def as_meant(body: dict[str, Any]) -> dict[str, Any]:
    """The same PATCH with `active` as a truth value, whether it stands in a path or in a value without one."""
    operations = body.get("Operations")
    if not isinstance(operations, list):
        return body
    return {**body, "Operations": [_meant(one) if isinstance(one, dict) else one for one in operations]}


def _meant(operation: dict[str, Any]) -> dict[str, Any]:
    value = operation.get("value")
    if str(operation.get("path", "")).lower() == "active":
        return {**operation, "value": _truth(value)}
    if isinstance(value, dict):
        return {
            **operation,
            "value": {name: _truth(one) if name.lower() == "active" else one for name, one in value.items()},
        }
    return operation


def _truth(value: Any) -> Any:
    if isinstance(value, list) and len(value) == 1:
        return _truth(value[0])
    return _WORDS.get(value.lower(), value) if isinstance(value, str) else value
