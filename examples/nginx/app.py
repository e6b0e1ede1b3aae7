"""The application behind nginx: /health, and /greeting?name=NAME as JSON."""
import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


class App(BaseHTTPRequestHandler):
    def do_GET(self):
        url = urlsplit(self.path)
        if url.path == "/health":
            self.answer(200, b"fine\n")
        elif url.path == "/greeting":
            name = parse_qs(url.query).get("name", ["stranger"])[0]
            self.answer(200, json.dumps({"greeting": "hello, " + name}).encode())
        else:
            self.answer(404, b"")

    def answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


ThreadingHTTPServer(("127.0.0.1", 9000), App).serve_forever()
