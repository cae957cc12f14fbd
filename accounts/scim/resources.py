"""People and units in the words of SCIM (RFC 7643), and back. Nothing of a patient has a word here."""

import json
from hashlib import sha256
from typing import Any

from scim2_models import (
    Context,
    Email,
    Group,
    GroupMember,
    GroupMembership,
    Meta,
    Name,
    PhoneNumber,
    Resource,
    ScimProvider,
    ServiceProviderConfig,
    User,
)
from scim2_models import Role as ScimRole

from accounts.models import Person, Unit

BASE = "/scim/v2"
MOST_RESULTS = 200


def user_of(person: Person) -> User[Any]:
    """The person as a directory sees them. `roles` holds the one role, `groups` the units, `title` the credentials."""
    entry = getattr(person, "directory_entry", None)
    return User(
        id=str(person.pk),
        external_id=entry.external_id if entry else None,
        user_name=person.email,
        display_name=person.display_name,
        name=Name(formatted=person.display_name),
        title=person.credentials or None,
        active=person.is_active,
        emails=[Email(value=person.email, type="work", primary=True)],
        phone_numbers=[PhoneNumber(value=person.phone, type="work")] if person.phone else None,
        roles=[ScimRole(value=person.role, primary=True)],
        groups=[
            GroupMembership(value=str(one.unit_id), display=one.unit.name, type="direct")
            for one in person.memberships.all()
        ]
        or None,
        meta=Meta(resource_type="User", created=person.created, location=f"{BASE}/Users/{person.pk}"),
    )


def group_of(unit: Unit) -> Group:
    """The unit as a group; its members are those who belong to it."""
    members = [
        GroupMember(value=str(one.person_id), display=one.person.display_name, type="User")
        for one in unit.memberships.all()
    ]
    location = f"{BASE}/Groups/{unit.pk}"
    return Group(
        id=str(unit.pk),
        display_name=unit.name,
        members=members or None,
        meta=Meta(resource_type="Group", location=location),
    )


def told(resource: Resource[Any], context: Context = Context.RESOURCE_QUERY_RESPONSE) -> dict[str, Any]:
    """The JSON of a resource, with the ETag of what it says in meta.version."""
    said = resource.model_dump(scim_ctx=context)
    if "meta" in said:
        said["meta"]["version"] = version_of(said)
    return said


def version_of(said: dict[str, Any]) -> str:
    """A weak ETag: the same for the same content."""
    content = {name: value for name, value in said.items() if name != "meta"}
    return f'W/"{sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()[:32]}"'


def service() -> ScimProvider:
    """What this service says of itself: users and groups, PATCH, filters and ETags; no bulk, sort or passwords."""
    config = ServiceProviderConfig.model_validate(
        {
            "patch": {"supported": True},
            "bulk": {"supported": False, "maxOperations": 0, "maxPayloadSize": 0},
            "filter": {"supported": True, "maxResults": MOST_RESULTS},
            "changePassword": {"supported": False},
            "sort": {"supported": False},
            "etag": {"supported": True},
            "authenticationSchemes": [
                {"type": "oauthbearertoken", "name": "Bearer token", "description": "Made by manage.py scim_token"}
            ],
        }
    )
    return ScimProvider(models=[User, Group], config=config)
