#!/usr/bin/env python3
"""A proxy before an engine's socket: records what passes, and cuts, delays or garbles it.

usage: engine_proxy.py SOCKET ENGINE_SOCKET RECORD_DIR [FAULT...]
prints "ready", serves until killed

RECORD_DIR gets, for connection N from 1: N.up, all bytes of the client; N.down, all bytes that the
engine answered until the connection ended (before a fault changes them), and N.forwarded, those
that the client was sent.  What a fake engine's "file" plays is a .down.  A fault is for the
connections whose first request fits MATCH (Python's re for "METHOD /path"; default any), counted
from the first byte of that connection:
  cut:BYTES[:MATCH]              ends both sides after that many bytes of the answers
  cut-up:BYTES[:MATCH]           the same of the requests: the engine gets a part, the client none
  delay:SECONDS[:MATCH]          before each piece of the answers
  hold:SECONDS[:MATCH]           before the first request goes on: an engine that acts late
  flip:BYTE[:MATCH]              inverts that byte of the answers
  trickle:SECONDS[:MATCH]        one byte of the answers at a time
  put:OLD=NEW[:MATCH]            NEW in place of OLD, which is as long, in the requests
These are for any request that fits, also on a connection that had others before:
  signal:NUMBER@PID[:MATCH]      sends a signal to a process, once, before the request goes on
  end:SECONDS[:MATCH]            ends its connection so long after it; 0: the engine gets none
  break:SECONDS[:MATCH]          the same for the first one, and 0 for those behind it
Request and answer of a connection are passed as bytes: upgraded streams pass as they are,
half-closed ones stay half-closed.
"""
import os
import re
import socket
import sys
import threading
import time

PIECE = 1 << 16
IN_SECONDS = ("delay", "hold", "trickle", "end", "break")
OF_REQUESTS = ("signal", "end", "break")
KINDS = {"cut", "cut-up", "flip", "put", *IN_SECONDS, *OF_REQUESTS}


class Fault:
    def __init__(self, text):
        kind, amount, *match = text.split(":", 2)
        if kind not in KINDS:
            sys.exit(f"engine_proxy: no fault '{kind}'")
        self.kind = kind
        if kind == "put":
            self.amount = tuple(part.encode() for part in amount.split("=", 1))
        elif kind == "signal":
            self.amount = tuple(int(part) for part in amount.split("@", 1))
        else:
            self.amount = float(amount) if kind in IN_SECONDS else int(amount)
        self.match = match[0] if match else ""


def end(*sockets):
    for s in sockets:
        try:
            s.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


class Session:
    def __init__(self, number, client, engine, folder, faults):
        self.client, self.engine, self.faults = client, engine, faults
        self.active = []
        self.base = f"{folder}/{number}"

    def amount(self, kind):
        return next((f.amount for f in self.active if f.kind == kind), None)

    def meets(self, data):
        """Does what faults do to the request that begins so.  Returns whether it goes on."""
        request = data.split(b"\r\n", 1)[0].decode("latin-1").rsplit(" HTTP/", 1)
        for fault in self.faults if len(request) == 2 else ():
            if fault.kind not in OF_REQUESTS or not re.search(fault.match, request[0]):
                continue
            if fault.kind == "signal" and fault.amount:
                (number, pid), fault.amount = fault.amount, None
                os.kill(pid, number)
            elif fault.kind != "signal":
                seconds, fault.amount = fault.amount, fault.amount if fault.kind == "end" else 0
                if seconds == 0:
                    end(self.client, self.engine)
                    return False
                threading.Timer(seconds, end, (self.client, self.engine)).start()
        return True

    def up(self):
        sent, first = 0, b""
        with open(self.base + ".up", "wb") as record:
            while data := self.receive(self.client):
                record.write(data)
                record.flush()
                if not self.meets(data):
                    return
                if first is not None:
                    first += data
                    if b"\r\n" not in first:
                        continue  # the fault depends on the whole first line
                    data, request = first, " ".join(first.decode("latin-1").split()[:2])
                    self.active += [f for f in self.faults if re.search(f.match, request)]
                    first = None
                    time.sleep(self.amount("hold") or 0)
                for old, new in (f.amount for f in self.active if f.kind == "put"):
                    data = data.replace(old, new)
                cut = self.amount("cut-up")
                if cut is not None:
                    data = data[:max(0, cut - sent)]
                if not self.send(self.engine, data):
                    return
                sent += len(data)
                if cut is not None and sent >= cut:
                    end(self.client, self.engine)
                    return
        self.half_close(self.engine)

    def down(self):
        sent = 0
        with open(self.base + ".down", "wb") as record, \
                open(self.base + ".forwarded", "wb") as forwarded:
            while data := self.receive(self.engine):
                record.write(data)
                record.flush()
                time.sleep(self.amount("delay") or 0)
                flip, cut = self.amount("flip"), self.amount("cut")
                if flip is not None and sent <= flip < sent + len(data):
                    at = flip - sent
                    data = data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1:]
                if cut is not None:
                    data = data[:max(0, cut - sent)]
                pause = self.amount("trickle")
                for piece in ([bytes([b]) for b in data] if pause else [data]):
                    if not self.send(self.client, piece):
                        return
                    forwarded.write(piece)
                    forwarded.flush()
                    time.sleep(pause or 0)
                sent += len(data)
                if cut is not None and sent >= cut:
                    end(self.client, self.engine)
                    return
        self.half_close(self.client)

    def run(self):
        with self.client, self.engine:
            down = threading.Thread(target=self.down, daemon=True)
            down.start()
            self.up()
            down.join()

    @staticmethod
    def receive(s):
        try:
            return s.recv(PIECE)
        except OSError:
            return b""

    def send(self, s, data):
        try:
            s.sendall(data)
            return True
        except OSError:
            end(self.client, self.engine)
            return False

    @staticmethod
    def half_close(s):
        try:
            s.shutdown(socket.SHUT_WR)
        except OSError:
            pass


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    path, engine_path, folder = sys.argv[1:4]
    faults = [Fault(text) for text in sys.argv[4:]]
    os.makedirs(folder, exist_ok=True)
    number = 0
    with socket.socket(socket.AF_UNIX) as listener:
        if os.path.exists(path):
            os.unlink(path)
        listener.bind(path)
        listener.listen(128)
        print("ready", flush=True)
        while True:
            client, _ = listener.accept()
            engine = socket.socket(socket.AF_UNIX)
            try:
                engine.connect(engine_path)
            except OSError:
                client.close()
                engine.close()
                continue
            number += 1
            session = Session(number, client, engine, folder, faults)
            threading.Thread(target=session.run, daemon=True).start()


main()
