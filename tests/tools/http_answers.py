"""Answers HTTP requests with exactly the bytes that the request asks for.

usage: http_answers.py SOCKET|PORT [CERT KEY [CLIENT_CA]]     prints "ready PORT" when it listens

    /raw/BASE64URL        these bytes, then the connection is closed
    /slow/MS/BASE64URL    the same, one byte each MS milliseconds
    /keep/BASE64URL       the same, the connection stays open and silent
    /echo                 the method, headers and body that came, as text
    /upgrade              101, then every byte comes back in capital letters, the end too
    /goodbye              101, then "bye" and the end for the first byte
    /refuse/CODE          for an upgrade: an ordinary answer with that code
    /big/N                N bytes of body
    /connections          how many connections there were
"""
import base64, os, socket, ssl, sys, threading, time

count = 0


def read_request(f):
    line = f.readline()
    if not line:
        return None
    headers = {}
    while True:
        h = f.readline()
        if h in (b"\r\n", b"\n", b""):
            break
        name, value = h.decode("latin-1").split(":", 1)
        headers[name.strip().lower()] = value.strip()
    body = b""
    if headers.get("transfer-encoding") == "chunked":
        while True:
            size = int(f.readline(), 16)
            body += f.read(size)
            f.readline()
            if size == 0:
                break
    else:
        body = f.read(int(headers.get("content-length", 0)))
    method, target, _ = line.decode("latin-1").split(" ", 2)
    return method, target, headers, body


def answer(body, code="200 OK"):
    return ("HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n" % (code, len(body))).encode() + body


def decode(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def serve(c):
    f = c.makefile("rb")
    while True:
        request = read_request(f)
        if request is None:
            return
        method, target, headers, body = request
        what = target.split("?")[0].split("/")
        if what[1] == "raw":
            c.sendall(decode(what[2]))
            return
        elif what[1] == "slow":
            for byte in decode(what[3]):
                c.sendall(bytes([byte]))
                time.sleep(int(what[2]) / 1000)
            return
        elif what[1] == "keep":
            c.sendall(decode(what[2]))
            time.sleep(60)
        elif what[1] == "echo":
            lines = ["%s %s" % (method, target)] + ["%s: %s" % h for h in sorted(headers.items())]
            c.sendall(answer("\n".join(lines).encode() + b"\n\n" + body))
        elif what[1] == "big":
            n = int(what[2])
            c.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % n)
            while n > 0:
                c.sendall(b"x" * min(n, 65536))
                n -= min(n, 65536)
        elif what[1] == "connections":
            c.sendall(answer(str(count).encode()))
        elif what[1] == "refuse":
            c.sendall(answer(b'{"message":"no"}', what[2] + " No"))
        elif what[1] == "goodbye":
            c.sendall(b"HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n")
            f.read1(1)
            c.sendall(b"bye")
            return
        elif what[1] == "upgrade":
            c.sendall(b"HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n")
            while True:
                data = f.read1(65536)
                if not data:
                    c.shutdown(socket.SHUT_WR)
                    return
                c.sendall(data.upper())


def run(c):
    try:
        with c:
            serve(c)
    except (OSError, ValueError):
        pass


where, files = sys.argv[1], sys.argv[2:]
if where.isdigit():
    listener = socket.create_server(("127.0.0.1", int(where)))
else:
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(where)
    listener.listen(64)
if files:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files[0], files[1])
    if files[2:]:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(files[2])
print("ready", listener.getsockname()[1] if where.isdigit() else where, flush=True)
while True:
    c, _ = listener.accept()
    count += 1
    if files:
        try:
            c = context.wrap_socket(c, server_side=True)
        except OSError:
            c.close()
            continue
    threading.Thread(target=run, args=(c,), daemon=True).start()
