#!/usr/bin/env python3
"""A registry on loopback with one image of two layers, which fails as it is told.

usage: fake_registry.py        prints "ready PORT", serves until killed

The repository says which fault: NAME/FAULT of /v2/NAME/FAULT/…; all have the same image.
  none       the image comes whole
  denied     the second layer is refused (403), after the first one came
  busy       the manifest is refused: too many requests (429)
  login      everything is refused (401), with a challenge that nothing satisfies
  unknown    there is no such manifest (404)
  lying      the manifest is another one than its digest says
"""
import gzip
import hashlib
import io
import json
import re
import tarfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"


def digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def layer(name, content):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        entry = tarfile.TarInfo(name)
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    return out.getvalue()


TARS = [layer("one", b"1" * 5000), layer("two", b"2" * 5000)]
LAYERS = [gzip.compress(tar, mtime=0) for tar in TARS]
CONFIG = json.dumps({
    "architecture": "amd64", "os": "linux", "config": {"Cmd": ["/one"]},
    "rootfs": {"type": "layers", "diff_ids": [digest(tar) for tar in TARS]},
}).encode()
IMAGE = json.dumps({
    "schemaVersion": 2, "mediaType": MANIFEST,
    "config": {"mediaType": "application/vnd.docker.container.image.v1+json", "size": len(CONFIG),
               "digest": digest(CONFIG)},
    "layers": [{"mediaType": "application/vnd.docker.image.rootfs.diff.tar.gzip", "size": len(data),
                "digest": digest(data)} for data in LAYERS],
}).encode()
BLOBS = {digest(data): data for data in [CONFIG, *LAYERS]}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body, kind, **headers):
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": len(body), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Docker-Distribution-Api-Version", "registry/2.0")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def refuse(self, status, code, message, **headers):
        body = json.dumps({"errors": [{"code": code, "message": message}]}).encode()
        self.answer(status, body, "application/json", **headers)

    def do_GET(self):
        found = re.match(r"/v2/\w+/(\w+)/(manifests|blobs)/(.+)$", self.path)
        if not found:
            return self.answer(200, b"{}", "application/json")
        fault, kind, name = found.groups()
        if fault == "login":
            return self.refuse(401, "UNAUTHORIZED", "authentication required",
                               WWW_Authenticate='Basic realm="x"')
        if kind == "blobs":
            if fault == "denied" and name == digest(LAYERS[1]):
                return self.refuse(403, "DENIED", "requested access to the resource is denied")
            return self.answer(200, BLOBS[name], "application/octet-stream")
        if fault == "busy":
            return self.refuse(429, "TOOMANYREQUESTS", "You have reached your pull rate limit.")
        if fault == "unknown":
            return self.refuse(404, "MANIFEST_UNKNOWN", "manifest unknown")
        body = IMAGE.replace(b'"/one"', b'"/two"') + b" " if fault == "lying" else IMAGE
        self.answer(200, body, MANIFEST, Docker_Content_Digest=digest(IMAGE))

    do_HEAD = do_GET


def main():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    print("ready", server.server_address[1], flush=True)
    server.serve_forever()


main()
