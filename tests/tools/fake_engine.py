#!/usr/bin/env python3
"""A scripted Docker daemon: plays byte answers from a file on a unix socket, well or badly formed.

usage: fake_engine.py SOCKET SCRIPT.json [--log FILE]       prints "ready", serves until killed

SCRIPT is an array of rules; the first that fits a request plays:
  "match"     regular expression (Python's re) for "METHOD /path?query"; absent: any request
  "times"     how often it fits (then the next rules are asked); absent: always
  "status"    200; "reason"; "headers": {name: value}; "body": text, or any JSON value
  "raw"       the bytes of the whole answer instead (latin-1 text); nothing is added
  "file"      the same from a file (a recorded session's answer: see engine_proxy.py)
  "chunks"    array of texts: sent as chunked transfer encoding; "between": seconds before each
  "upgrade"   true: 101 UPGRADED and then "raw"; "bare": the old 200 without Upgrade and then "raw"
  "cut"       ends the connection after that many bytes of the answer
  "delay"     seconds before the first byte; "pause": seconds between any two bytes
  "repeat"    [count, text]: appended to the body or raw, count times, never held in memory
  "hang"      true: no byte is sent and the connection stays open
  "close"     true: the connection is closed after this answer (also after raw, cut and upgrade)
  "drain"     true: its end is told first, and what the client sends is read up to its end: closed with
              something unread, the connection would be reset, and perhaps before the answer is read

A request that no rule fits gets 501 with its name: nothing is invented.  The log has JSON objects, one a
line: {"n", "request", "headers", "body", "waits"} before the first byte of its answer, and {"n", "sent"}
behind the last; body is latin-1, up to 1 MiB; sent counts bytes; waits: its end is not to be waited for.
"""
import json
import os
import re
import select
import socket
import sys
import threading
import time

BODY_LOGGED = 1 << 20
PIECE = 1 << 16
DRAIN_S = 60


class Cut(Exception):
    pass


class Reader:
    """Requests of one connection."""

    def __init__(self, connection):
        self.file = connection.makefile("rb")

    def request(self):
        """-> (line, headers, body) or None at the end"""
        line = self.file.readline()
        if not line:
            return None
        headers = {}
        while (row := self.file.readline().strip()):
            name, _, value = row.partition(b":")
            headers[name.decode("latin-1").lower()] = value.strip().decode("latin-1")
        if headers.get("transfer-encoding", "").lower() == "chunked":
            body = b"".join(self.chunks())
        else:
            body = self.file.read(int(headers.get("content-length", 0)))
        return " ".join(line.decode("latin-1").split()[:2]), headers, body

    def chunks(self):
        while (size := int(self.file.readline().split(b";")[0], 16)):
            yield self.file.read(size)
            self.file.readline()
        self.file.readline()


class Writer:
    """Counts, delays, and cuts what goes out."""

    def __init__(self, connection, rule):
        self.connection, self.sent = connection, 0
        self.cut, self.pause = rule.get("cut"), rule.get("pause")
        time.sleep(rule.get("delay", 0))

    def write(self, data):
        if self.cut is not None:
            data = data[:max(0, self.cut - self.sent)]
        if self.pause:
            for byte in data:
                self.connection.sendall(bytes([byte]))
                self.sent += 1
                time.sleep(self.pause)
        else:
            self.connection.sendall(data)
            self.sent += len(data)
        if self.cut is not None and self.sent >= self.cut:
            raise Cut


def head(rule, extra):
    lines = [f"HTTP/1.1 {rule.get('status', 200)} {rule.get('reason', 'X')}"]
    names = {**extra, **rule.get("headers", {})}
    lines += [f"{name}: {value}" for name, value in names.items() if value is not None]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def play(rule, writer):
    """-> whether the connection can serve another request"""
    count, text = rule.get("repeat", (0, ""))
    text = text.encode("latin-1")
    raw = rule.get("raw", "").encode("latin-1")
    if "file" in rule:
        with open(rule["file"], "rb") as f:
            raw = f.read()
    is_raw = "raw" in rule or "file" in rule
    if rule.get("upgrade"):
        names = {"Content-Type": "application/vnd.docker.raw-stream"}
        if rule["upgrade"] is True:
            rule = {**rule, "status": 101, "reason": "UPGRADED"}
            names.update({"Connection": "Upgrade", "Upgrade": "tcp"})
        writer.write(head(rule, names))
        writer.write(raw)
    elif is_raw:
        writer.write(raw)
    elif "chunks" in rule:
        writer.write(head(rule, {"Transfer-Encoding": "chunked", "Content-Type": "application/json"}))
        for chunk in rule["chunks"]:
            time.sleep(rule.get("between", 0))
            data = chunk.encode("latin-1")
            writer.write(b"%x\r\n%s\r\n" % (len(data), data))
        writer.write(b"0\r\n\r\n")
        return True
    else:
        body = rule.get("body", "")
        body = body.encode("latin-1") if isinstance(body, str) else json.dumps(body).encode()
        size = len(body) + count * len(text)
        empty = rule.get("status") in (204, 304)
        writer.write(head(rule, {} if empty else {"Content-Length": size, "Content-Type": "application/json"}))
        writer.write(body)
    if count and text:
        many = max(1, PIECE // len(text))
        while count > 0:
            writer.write(text * min(many, count))
            count -= many
    return not (is_raw or rule.get("upgrade"))


def drain(connection):
    connection.settimeout(DRAIN_S)
    try:
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(PIECE):
            pass
    except OSError:
        pass


class Engine:
    def __init__(self, rules, log):
        self.rules, self.log, self.count = rules, log, 0
        self.lock = threading.Lock()

    def rule_for(self, request):
        with self.lock:
            for rule in self.rules:
                if rule.get("times", 1) > 0 and re.search(rule.get("match", ""), request):
                    if "times" in rule:
                        rule["times"] -= 1
                    return rule
        return {"status": 501, "body": {"message": f"fake engine: no rule for {request}"}}

    def write(self, entry):
        if self.log:
            self.log.write(json.dumps(entry) + "\n")
            self.log.flush()

    def begin(self, request, headers, body, rule):
        """-> its number, by which end() tells of it"""
        with self.lock:
            self.count += 1
            waits = any(name in rule for name in ("hang", "delay", "pause"))
            self.write({"n": self.count, "request": request, "headers": headers,
                        "body": body[:BODY_LOGGED].decode("latin-1"), "waits": waits})
            return self.count

    def end(self, number, sent):
        with self.lock:
            self.write({"n": number, "sent": sent})

    def serve(self, connection):
        with connection:
            reader = Reader(connection)
            while True:
                try:
                    asked = reader.request()
                except (OSError, ValueError):
                    return
                if not asked:
                    return
                rule = self.rule_for(asked[0])
                number = self.begin(*asked, rule)
                writer = Writer(connection, rule)
                goes_on = False
                try:
                    if rule.get("hang"):
                        gone = select.poll()
                        gone.register(connection, 0)  # hung up: a half-closed client still waits
                        gone.poll()
                        self.end(number, 0)
                        return
                    goes_on = play(rule, writer)
                except (Cut, OSError):
                    pass
                self.end(number, writer.sent)
                if not goes_on or rule.get("close"):
                    if rule.get("drain"):
                        drain(connection)
                    return


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    path, script = sys.argv[1:3]
    log = open(sys.argv[4], "a") if sys.argv[3:4] == ["--log"] else None
    with open(script) as f:
        engine = Engine(json.load(f), log)
    with socket.socket(socket.AF_UNIX) as listener:
        if os.path.exists(path):
            os.unlink(path)
        listener.bind(path)
        listener.listen(128)
        print("ready", flush=True)
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=engine.serve, args=(connection,), daemon=True).start()


main()
