"""The app of the small test image: says hello, in any of its languages."""

from http.server import BaseHTTPRequestHandler, HTTPServer

GREETINGS = {"en": "Hello", "de": "Hallo", "fr": "Bonjour", "ur": "Salaam"}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        language = self.path.strip("/") or "en"
        self.send_response(200)
        self.end_headers()
        self.wfile.write(GREETINGS.get(language, "Hello").encode())


if __name__ == "__main__":
    HTTPServer(("", 8000), Handler).serve_forever()
