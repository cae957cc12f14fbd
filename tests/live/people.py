"""What the tests of live/ need of people: ids. This room knows nobody by name."""

from uuid import UUID, uuid5

_SPACE = UUID("6ba7b810-9dad-11d1-80b4-00c04fd430c8")


def person(name):
    """The same id each time for a name, and in no particular order."""
    return uuid5(_SPACE, name)


AMARA = person("amara")
LEE = person("lee")
NOOR = person("noor")
