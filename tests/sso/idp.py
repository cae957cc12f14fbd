"""Canaille, a real OpenID provider, in a process of its own: `python -m tests.sso.idp PORT KEY_FILE BACK`.

It keeps its people in memory: each signs in with the password below. Its keys are those of the file, a JSON list of
JWKs; the test that made them can therefore sign what the provider itself does not send (back-channel logout).
"""

import json
import sys
from pathlib import Path
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

PASSWORD = "three lanterns on the quay"
CLIENT_ID = "readback"
CLIENT_SECRET = "a secret of the tests only, and long"
PEOPLE = {"amara": "amara@readback.example", "lee": "lee@readback.example", "sol": "sol@elsewhere.example"}


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class Quiet(WSGIRequestHandler):
    def log_message(self, *arguments):
        """Nothing."""


def make_app(issuer, keys, back):
    from canaille import create_app
    from canaille.app import models
    from canaille.backends import Backend

    app = create_app(
        config={
            "SECRET_KEY": "a key of the tests only",
            "SERVER_NAME": issuer.removeprefix("http://"),
            "PREFERRED_URL_SCHEME": "http",
            "CANAILLE": {"DATABASE": "memory", "LOGGING": {"version": 1}, "ENABLE_INTRUDER_LOCKOUT": False},
            "CANAILLE_OIDC": {"ACTIVE_JWKS": keys},
        }
    )
    with app.app_context(), Backend.instance.session():
        for name, email in PEOPLE.items():
            person = models.User(
                formatted_name=name.title(), family_name=name.title(), user_name=name, emails=[email], password=PASSWORD
            )
            Backend.instance.save(person)
        client = models.Client(
            client_id=CLIENT_ID,
            client_secret=CLIENT_SECRET,
            client_name="Readback",
            client_uri="http://127.0.0.1/",
            redirect_uris=[back],
            grant_types=["authorization_code"],
            response_types=["code"],
            token_endpoint_auth_method="client_secret_basic",
            scope=["openid", "profile", "email"],
        )
        Backend.instance.save(client)
        client.audience = [client]
        Backend.instance.save(client)
    return app


def main(port, key_file, back):
    app = make_app(f"http://127.0.0.1:{port}", json.loads(Path(key_file).read_text()), back)
    with make_server("127.0.0.1", int(port), app, Server, Quiet) as server:
        server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
