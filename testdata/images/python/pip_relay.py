"""Relays a Python package index to the build, with answers that pip will cache.

Usage: pip_relay.py INDEX_URL PIP_CONF

Writes to PIP_CONF the settings that lead pip here, then serves until killed.

Two reasons: a build step need not know how this host reaches its index (which
CA, which mirror), nor can the image then tell; and some mirrors strip the
headers without which pip keeps nothing in its cache, while the cache that ends
up in a layer is what this image is about.
"""

import http.server
import re
import shutil
import sys
import urllib.error
import urllib.request

index, pip_conf = sys.argv[1:]


def relayed(url: str, here: str) -> str:
    scheme, rest = url.split("://", 1)
    return f"{here}/{scheme}/{rest}"


class Relay(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        scheme, rest = self.path[1:].split("/", 1)
        headers = {"Accept": self.headers.get("Accept", "*/*"), "Accept-Encoding": "identity"}
        try:
            answer = urllib.request.urlopen(urllib.request.Request(f"{scheme}://{rest}", headers=headers), timeout=180)
        except urllib.error.HTTPError as error:
            self.send_error(error.code)
            return
        with answer:
            content_type = answer.headers.get("Content-Type", "application/octet-stream")
            if re.search("html|json", content_type):
                page = re.sub(
                    rb"https?://[^\"'\s<>]+",
                    lambda match: relayed(match[0].decode(), here).encode(),
                    answer.read(),
                )
                self.start(content_type, str(len(page)), "max-age=600, public")
                self.wfile.write(page)
            else:
                self.start(content_type, answer.headers.get("Content-Length"), "max-age=31536000, immutable, public")
                shutil.copyfileobj(answer, self.wfile, 1 << 20)

    def start(self, content_type: str, length: str | None, cache_control: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", content_type)
        self.send_header("Cache-Control", cache_control)
        if length is not None:
            self.send_header("Content-Length", length)
        self.end_headers()

    def log_message(self, *_) -> None:
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Relay)
here = f"http://127.0.0.1:{server.server_port}"
with open(pip_conf, "w", encoding="utf-8") as conf:
    # pip caches what comes over plain HTTP only from a trusted host.
    conf.write(f"[global]\nindex-url = {relayed(index, here)}\ntrusted-host = 127.0.0.1\ntimeout = 180\n")
server.serve_forever()
