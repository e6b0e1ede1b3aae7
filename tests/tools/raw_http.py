"""raw_http.py -- a client that sends what it is told, byte by byte, and prints what comes.

usage: raw_http.py PORT ACTION...
  send=HEX     sends the bytes
  drip=HEX     sends them one by one, 20 ms apart, as long as the server takes them
  take=N       reads N bytes, and no more
  reset        ends the connection at once: what was not read is lost
  wait=FILE    waits until the file is there
  read         reads to the end, and prints it: "end" or "reset" in a last line
"""
import os
import socket
import struct
import sys
import time

DEADLINE_S = 60
HOST = "127.0.0.1"


def read_all(sock):
    parts, end = [], "end"
    try:
        while True:
            part = sock.recv(65536)
            if not part:
                break
            parts.append(part)
    except ConnectionError:
        end = "reset"
    sys.stdout.buffer.write(b"".join(parts) + ("\n%s\n" % end).encode())


def main():
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.settimeout(DEADLINE_S)
    sock.connect((HOST, int(sys.argv[1])))
    for action in sys.argv[2:]:
        name, _, value = action.partition("=")
        if name == "send":
            try:
                sock.sendall(bytes.fromhex(value))
            except ConnectionError:
                pass
        elif name == "drip":
            for byte in bytes.fromhex(value):
                try:
                    sock.sendall(bytes([byte]))
                except ConnectionError:
                    break
                time.sleep(0.02)
        elif name == "take":
            sock.recv(int(value))
        elif name == "wait":
            deadline = time.monotonic() + DEADLINE_S
            while not os.path.exists(value) and time.monotonic() < deadline:
                time.sleep(0.01)
        elif name == "reset":
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            sock.close()
        elif name == "read":
            read_all(sock)


main()
