"""A syslog receiver over TLS (RFC 5425), as a program of its own, so that it can be killed.

tls_receiver.py PORT CERT KEY FILE [DIE_AFTER [GOODBYE]]: each message is a line of FILE, on disk before the next one
is read. After DIE_AFTER messages it dies in the middle of reading, without a word. GOODBYE "no": it ends connections
without TLS's goodbye. Standard library only.
"""

import os
import socket
import ssl
import sys

port, cert, key, name = sys.argv[1:5]
die_after = int(sys.argv[5]) if len(sys.argv) > 5 else 0
says_goodbye = (sys.argv[6] if len(sys.argv) > 6 else "yes") == "yes"
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(cert, key)
seen = 0


def messages(connection):
    """Each message of the connection, by octet counting."""
    held = b""
    while True:
        length, space, rest = held.partition(b" ")
        if space and len(rest) >= int(length):
            yield rest[: int(length)]
            held = rest[int(length) :]
            continue
        more = connection.recv(4096)
        if not more:
            return
        held += more


with socket.create_server(("127.0.0.1", int(port))) as server, open(name, "ab") as kept:
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while True:
        raw, _address = server.accept()
        try:
            connection = context.wrap_socket(raw, server_side=True)
            for one in messages(connection):
                kept.write(one + b"\n")
                kept.flush()
                os.fsync(kept.fileno())
                seen += 1
                if seen == die_after:
                    os._exit(9)
            if says_goodbye:
                connection.unwrap()
            connection.close()
        except (OSError, ValueError):
            raw.close()
