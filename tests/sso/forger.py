"""A server that says of itself whatever a test lets it say: the attacker's provider, beside the real one of idp.py."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Forger:
    """Answers each path with `answers[path]`: (status, headers, bytes). Counts what it was asked."""

    def __init__(self):
        self.answers, self.asked = {}, []
        forger = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                forger.asked.append(self.path)
                status, headers, body = forger.answers.get(self.path, (404, {}, b""))
                self.send_response(status)
                for name, value in {"Content-Type": "application/json", **headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_POST(self):
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                self.do_GET()

            def log_message(self, *arguments):
                """Nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    def says(self, path, said, *, status=200, headers=None):
        body = said if isinstance(said, bytes) else json.dumps(said).encode()
        self.answers[path] = (status, headers or {}, body)

    def describes_itself(self, **changed):
        """What discovery tells, as it should be but for `changed`."""
        said = {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/jwks",
        }
        self.says("/.well-known/openid-configuration", {**said, **changed})

    def stop(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
