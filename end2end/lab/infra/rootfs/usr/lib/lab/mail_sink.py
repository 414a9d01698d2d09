#!/usr/bin/python3
"""Takes every mail on port 25 and stores it as /var/mail/lab/NUMBER.eml, for tests of notifications."""

import socketserver
from pathlib import Path

FOLDER = Path("/var/mail/lab")


def keep(lines: list[bytes]) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    number = 1 + sum(1 for _ in FOLDER.glob("*.eml"))
    (FOLDER / f"{number:04}.eml").write_bytes(b"".join(lines))


class Session(socketserver.StreamRequestHandler):
    """One SMTP conversation: everything is accepted."""

    def say(self, text: str) -> None:
        self.wfile.write(text.encode() + b"\r\n")

    def handle(self) -> None:
        self.say("220 infra.lab.test ESMTP")
        for line in self.rfile:
            verb = line[:4].upper().strip()
            if verb == b"DATA":
                self.say("354 end with a dot")
                keep(self.message())
                self.say("250 kept")
            elif verb == b"QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 ok")

    def message(self) -> list[bytes]:
        lines = []
        for line in self.rfile:
            if line in (b".\r\n", b".\n"):
                break
            lines.append(line[1:] if line.startswith(b"..") else line)  # RFC 5321, 4.5.2
        return lines


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


if __name__ == "__main__":
    Server(("0.0.0.0", 25), Session).serve_forever()
