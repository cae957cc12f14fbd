"""The Django application of this room: at start it tells live/ who may open a socket, and for how long."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    label = "accounts"

    def ready(self) -> None:
        from accounts.sessions import live_session_ids
        from accounts.sockets import authenticate_socket, record_socket_refusal, require_policy, usher_in
        from live import door, frames

        door.set_authenticator(authenticate_socket)
        door.set_session_check(live_session_ids)
        door.set_usher(usher_in)
        door.set_refusal_recorder(record_socket_refusal)
        frames.set_gate(require_policy)
