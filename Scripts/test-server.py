#!/usr/bin/env python3
"""A web server with faults on demand, for the tests of what fetches files. Python's standard library suffices.

    Scripts/test-server.py [--root FOLDER] [--certificate FILE.pem]

Prints its port and ends with its standard input. What a path asks for:

    /plain/N            N bytes of a pattern, with an ETag; parts of them where asked
    /undated/N          the same without an ETag
    /partless/N         the same, and never in parts
    /cut/K/N            the connection ends behind K bytes of each answer
    /changing/K/N       the same, of a file that is another one each time
    /swapped/K/N        the same, and a part is asked for in vain: it is of another file, under the old ETag
    /length/L/N         N bytes that claim to be L
    /encoded/E/N        N bytes that are said to be compressed as E
    /chunked/N          N bytes of which the number is not told
    /wrong-part/K/N     as /cut, but parts begin elsewhere than asked
    /no-part/K/N        as /cut, but there are no parts (416)
    /pause/K/N/S        S seconds of silence behind K bytes
    /file/F             the file F in FOLDER
    /cut-file/K/F       the same, as /cut
    /slow-file/K/F      the same, two seconds of silence behind the first K bytes of each answer
    /status/C           an empty answer with this status
    /redirect?URL       an answer that leads to URL
    /loop               an answer that leads to itself
    /silence            no answer
    /hang-up            the connection ends without an answer
    /heads              an answer whose head never ends
    /requests           all requests so far, as JSON
    /O/N/resolve/R/F    the file F in FOLDER, as Hugging Face answers: large ones (.safetensors, .bin) by a redirect that
                        tells size and checksum; O called gated asks for the token `secret`; where FOLDER has a file `spoil`
                        other bytes come than were announced
"""

import argparse
import hashlib
import json
import os
import re
import ssl
import sys
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

BLOCK = bytes((i * i * 7 + 3) % 251 for i in range(997))
lock = threading.Lock()
requests = []
root = None


def pattern(count):
    """Bytes that tell by themselves where they belong."""
    return (BLOCK * (count // len(BLOCK) + 1))[:count]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.close_connection = True
        # A proxy is asked for whole addresses.
        path, _, query = re.sub("^http://[^/]*", "", self.path).partition("?")
        if path != "/requests":
            kept = {name: self.headers[name] for name in ("Range", "If-Range", "Authorization") if name in self.headers}
            with lock:
                requests.append({"path": self.path, **kept})
        if "/resolve/" in path:
            return self.hub(path)
        name, *numbers = path.strip("/").split("/")
        getattr(self, name.replace("-", "_"))(*numbers, **({"query": query} if query else {}))

    # Answers

    def head(self, status, fields, length=0):
        self.send_response(status)
        for key, value in fields.items():
            self.send_header(key, value)
        if length is not None:
            self.send_header("Content-Length", str(length))
        self.end_headers()

    def send(self, data, tag='"one"', limit=None, parts=True, shift=0, pause=None):
        """All of some bytes, or from where the request asks on; at most `limit` of them."""
        fields = {"ETag": tag} if tag else {}
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        start = int(asked[1]) if asked and parts and self.headers.get("If-Range", tag) == tag else 0
        if start >= len(data) > 0:
            return self.head(416, {"Content-Range": f"bytes */{len(data)}"})
        if start:
            fields["Content-Range"] = f"bytes {start + shift}-{len(data) - 1}/{len(data)}"
        self.head(206 if start else 200, fields, len(data) - start)
        rest = data[start:][:limit]
        if pause is not None:
            self.wfile.write(rest[:pause])
            time.sleep(2)
            rest = rest[pause:]
        self.wfile.write(rest)

    def plain(self, count):
        self.send(pattern(int(count)))

    def undated(self, count):
        self.send(pattern(int(count)), tag=None)

    def partless(self, count):
        self.send(pattern(int(count)), parts=False)

    def cut(self, limit, count):
        self.send(pattern(int(count)), limit=int(limit))

    def changing(self, limit, count):
        number = len(requests)
        self.send(bytes([number]) + pattern(int(count) - 1), tag=f'"{number}"', limit=int(limit))

    def swapped(self, limit, count):
        if "Range" in self.headers:
            return self.send(bytes(int(count)))
        whole = sum(request["path"] == self.path for request in requests) > 2
        self.send(pattern(int(count)), limit=None if whole else int(limit))

    def file(self, name):
        self.send((root / name).read_bytes())

    def cut_file(self, limit, name):
        self.send((root / name).read_bytes(), limit=int(limit))

    def slow_file(self, before, name):
        self.send((root / name).read_bytes(), pause=int(before))

    def length(self, told, count):
        self.head(200, {}, int(told))
        self.wfile.write(pattern(int(count)))

    def encoded(self, encoding, count):
        data = pattern(int(count))
        self.head(200, {"Content-Encoding": encoding}, len(data))
        self.wfile.write(data)

    def chunked(self, count):
        self.head(200, {"Transfer-Encoding": "chunked"}, None)
        data = pattern(int(count))
        for start in range(0, len(data), 1 << 16):
            piece = data[start : start + (1 << 16)]
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        self.wfile.write(b"0\r\n\r\n")

    def wrong_part(self, limit, count):
        self.send(pattern(int(count)), limit=self.rising(int(limit)), shift=1)

    def no_part(self, limit, count):
        if "Range" in self.headers:
            return self.head(416, {"Content-Range": "bytes */1"})
        self.send(pattern(int(count)), limit=self.rising(int(limit)))

    def rising(self, limit):
        """The first answer is cut, later ones are not."""
        return limit if sum(request["path"] == self.path for request in requests) == 1 else None

    def pause(self, before, count, seconds):
        data = pattern(int(count))
        self.head(200, {"ETag": '"one"'}, len(data))
        self.wfile.write(data[: int(before)])
        time.sleep(float(seconds))
        self.wfile.write(data[int(before) :])

    def status(self, code):
        self.head(int(code), {})

    def redirect(self, query):
        self.head(302, {"Location": urllib.parse.unquote(query)})

    def loop(self):
        self.head(302, {"Location": self.path})

    def silence(self):
        time.sleep(60)

    def hang_up(self):
        pass

    def heads(self):
        self.send_response(200)
        self.flush_headers()
        while True:
            self.wfile.write(b"X-More: " + b"m" * 1000 + b"\r\n")

    def requests(self):
        with lock:
            text = json.dumps(requests).encode()
        self.head(200, {}, len(text))
        self.wfile.write(text)

    # Hugging Face

    def hub(self, path):
        owner, _, _, _, *names = path.strip("/").split("/")
        file = root.joinpath(*names)
        if owner == "gated" and self.headers.get("Authorization") != "Bearer secret":
            return self.head(401, {})
        if not file.is_file():
            return self.head(404, {})
        data = file.read_bytes()
        if file.suffix not in {".safetensors", ".bin"}:
            return self.send(data, tag=f'"{hashlib.sha1(data).hexdigest()}"')
        digest = hashlib.sha256(data).hexdigest()
        fields = {"X-Linked-Etag": f'"{digest}"', "X-Linked-Size": str(len(data)), "Location": f"/store/{digest}"}
        self.head(302, fields)

    def store(self, digest):
        for file in root.rglob("*"):
            if file.is_file() and hashlib.sha256(file.read_bytes()).hexdigest() == digest:
                data = file.read_bytes()
                spoilt = (root / "spoil").exists()
                return self.send(data[::-1] if spoilt else data, tag=f'"{digest}"')
        self.head(404, {})


def main():
    global root
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=Path)
    parser.add_argument("--certificate", help="a certificate and its key; makes the server speak TLS")
    arguments = parser.parse_args()
    root = arguments.root
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.handle_error = lambda *_: None
    if arguments.certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(arguments.certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    print(server.server_port, flush=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    main()
