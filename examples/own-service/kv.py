"""A key-value store over HTTP: PUT /KEY, GET /KEY; GET / counts.  usage: kv.py PORT"""
import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

values = {}
token = os.environ.get("KV_TOKEN")


class Store(BaseHTTPRequestHandler):
    def do_PUT(self):
        if token and self.headers.get("Authorization") != "Bearer " + token:
            return self.answer(401, b"a token is needed\n")
        values[self.path] = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.answer(204)

    def do_GET(self):
        if self.path == "/":
            self.answer(200, b"%d\n" % len(values))
        elif self.path in values:
            self.answer(200, values[self.path])
        else:
            self.answer(404)

    def answer(self, status, body=b""):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Store).serve_forever()
