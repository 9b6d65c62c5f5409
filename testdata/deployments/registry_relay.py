"""Relays the Python and npm package indexes to builds.

Usage: registry_relay.py PYPI_INDEX_URL NPM_REGISTRY_URL DIR

Writes DIR/pip.conf and DIR/npmrc, the settings that lead pip and npm here, then
serves until killed. pip also gets DIR/constraints.txt from here, as it is when asked.

A build step need not know how this host reaches its registries (which CA, which
mirror), nor can the image then tell: a cache or a lockfile left in a layer names
127.0.0.1, where npm's registry is the root and /~N another host's. The answers may be cached, as the
public registries' may: some mirrors strip the headers that say so.
"""

import gzip
import http.server
import re
import shutil
import sys
import threading
import urllib.error
import urllib.request
from pathlib import Path

pypi, npm, directory = sys.argv[1:]
npm = npm.rstrip("/")
origins: list[str] = []
lock = threading.Lock()


def relayed(url: str) -> str:
    if url.startswith(npm + "/"):
        return here + url[len(npm) :]
    origin, rest = re.fullmatch(r"(https?://[^/]+)(.*)", url).groups()
    with lock:
        if origin not in origins:
            origins.append(origin)
        return f"{here}/~{origins.index(origin)}{rest}"


class Relay(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/~constraints.txt":
            constraints = Path(directory, "constraints.txt").read_bytes()
            self.start("text/plain; charset=utf-8", str(len(constraints)), "no-store")
            self.wfile.write(constraints)
            return
        other = re.match(r"/~(\d+)(/.*)", self.path)
        url = origins[int(other[1])] + other[2] if other else npm + self.path
        headers = {
            "Accept": self.headers.get("Accept", "*/*"),
            "Accept-Encoding": "gzip",
            "User-Agent": self.headers.get("User-Agent", "relay"),
        }
        try:
            answer = urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=180)
        except urllib.error.HTTPError as error:
            self.send_error(error.code)
            return
        except OSError:
            self.send_error(502)
            return
        with answer:
            content_type = answer.headers.get("Content-Type", "application/octet-stream")
            if not re.search("html|json", content_type):
                self.start(content_type, answer.headers.get("Content-Length"), "max-age=31536000, immutable, public")
                shutil.copyfileobj(answer, self.wfile, 1 << 20)
                return
            page = answer.read()
            if answer.headers.get("Content-Encoding") == "gzip":
                page = gzip.decompress(page)
            # An npm page has many other addresses, which end up in nobody's request.
            links = rb'(?<="tarball":")https?://[^"]+' if other is None else rb"https?://[^\"'\s<>]+"
            page = re.sub(links, lambda match: relayed(match[0].decode()).encode(), page)
            self.start(content_type, str(len(page)), "max-age=600, public")
            self.wfile.write(page)

    def start(self, content_type: str, length: str | None, cache_control: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", content_type)
        self.send_header("Cache-Control", cache_control)
        if length is not None:
            self.send_header("Content-Length", length)
        self.end_headers()

    def log_message(self, *_) -> None:
        pass


class Server(http.server.ThreadingHTTPServer):
    # npm opens dozens of connections at once.
    request_queue_size = 256


server = Server(("127.0.0.1", 0), Relay)
here = f"http://127.0.0.1:{server.server_port}"
with open(f"{directory}/npmrc", "w", encoding="utf-8") as conf:
    conf.write(f"registry={here}/\nomit-lockfile-registry-resolved=true\n")
    conf.write("audit=false\nfund=false\nupdate-notifier=false\n")
with open(f"{directory}/pip.conf", "w", encoding="utf-8") as conf:
    # pip caches what comes over plain HTTP only from a trusted host.
    conf.write(f"[global]\nindex-url = {relayed(pypi)}\ntrusted-host = 127.0.0.1\ntimeout = 180\n")
    conf.write(f"[install]\nconstraint = {here}/~constraints.txt\n")
server.serve_forever()
