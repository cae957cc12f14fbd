"""A pager gateway on this machine that speaks SNPP, level 1, as RFC 1861 writes it: an independent reading of it."""

import socketserver
import threading
from contextlib import contextmanager


class Gateway(socketserver.ThreadingTCPServer):
    """`pages` are what it took: (pager, message). `refuses` maps a command to the answer that it gets instead."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Session)
        self.pages, self.lines, self.refuses = [], [], {}

    @property
    def address(self):
        return f"127.0.0.1:{self.server_address[1]}"


class _Session(socketserver.StreamRequestHandler):
    def handle(self):
        # 4.2: the gateway greets; 4.5: a pager and a message must be there before they are sent.
        pager = message = None
        self.say(self.server.refuses.get("", "220 SNPP Gateway Ready"))
        while line := self.rfile.readline(512):
            assert line.endswith(b"\r\n"), "4.1: a command ends with CR LF"
            self.server.lines.append(line.decode().strip())
            command, _, rest = line.decode().strip().partition(" ")
            if command.upper() in self.server.refuses:
                if (answer := self.server.refuses[command.upper()]) is None:
                    return
                self.say(answer)
            elif command.upper() == "PAGE":
                pager = rest
                self.say("250 Pager ID Accepted")
            elif command.upper() == "MESS":
                message = rest
                self.say("250 Message OK")
            elif command.upper() == "SEND" and pager and message:
                self.server.pages.append((pager, message))
                self.say("250 Message Sent Successfully")
                pager = message = None
            elif command.upper() == "QUIT":
                self.say("221 OK, Goodbye")
                return
            else:
                self.say("503 Error, Command Out Of Sequence")

    def say(self, line):
        self.wfile.write(f"{line}\r\n".encode())


@contextmanager
def serving():
    """The gateway, listening while the block runs."""
    gateway = Gateway()
    thread = threading.Thread(target=gateway.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield gateway
    finally:
        gateway.shutdown()
        gateway.server_close()
        thread.join()
