"""What the canaries' run needs of the other folders: real servers, a private Redis."""

from tests.processes.conftest import private_redis, rig

__all__ = ["private_redis", "rig"]
