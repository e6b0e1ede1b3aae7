"""hostile_http.py -- clients of an HTTP server that change, cut and mix their requests.

usage: hostile_http.py PORT SEED COUNT      prints how many connections were made
"""
import random
import socket
import struct
import sys
import threading

THREADS = 8
REQUESTS = [
    b"GET /a/b?x=1&y=%20 HTTP/1.1\r\nHost: x\r\nConnection: keep-alive\r\n\r\n",
    b"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello",
    b"POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    b"HEAD / HTTP/1.0\r\n\r\n",
    b"OPTIONS * HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc",
    b"GET / HTTP/1.1\r\nHost: x\r\nCookie: a=b; c=\"d\r\n\r\n",
]
PIECES = [b"\r\n", b"\0", b"Host: y\r\n", b"%00", b"Content-Length: 18446744073709551616\r\n"]


def changed(rng):
    text = bytearray(b"".join(rng.choice(REQUESTS) for _ in range(rng.randint(1, 3))))
    for _ in range(rng.choice([0, 0, 1, 2, 8])):
        kind, at = rng.randint(0, 3), rng.randrange(len(text) + 1)
        if kind == 0 and at < len(text):
            text[at] = rng.randrange(256)
        elif kind == 1:
            text[at:at] = bytes(rng.randrange(256) for _ in range(rng.randint(1, 20)))
        elif kind == 2:
            del text[at:at + rng.randint(1, 30)]
        else:
            text[at:at] = rng.choice(PIECES + [b"A" * rng.randint(1, 20000)])
    return bytes(text)


def connect(port, rng):
    with socket.create_connection(("127.0.0.1", port), timeout=10) as sock:
        sock.settimeout(0.2)
        for _ in range(rng.randint(1, 4)):
            text, kind = changed(rng), rng.randint(0, 2)
            if kind == 0:
                text = text[:rng.randrange(len(text) + 1)]
            step = max(1, len(text) // (5 if kind == 1 else 1))
            for at in range(0, len(text), step):
                sock.sendall(text[at:at + step])
            if rng.random() < 0.5:
                try:
                    sock.recv(rng.choice([1, 1000, 100000]))
                except socket.timeout:
                    pass
        if rng.random() < 0.3:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def main():
    port, seed, count = map(int, sys.argv[1:4])
    made = []

    def work(number):
        rng = random.Random(seed * THREADS + number)
        for _ in range(count // THREADS):
            try:
                connect(port, rng)
            except OSError:
                pass  # the server may cut whatever is wrong
            made.append(1)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(len(made))


main()
