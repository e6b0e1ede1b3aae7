"""canaries.py -- secrets that are printed in every form, and the search for them.

  canaries.py env FILE             writes 40 of them as a file for --env-file
  canaries.py show [NAME ...]      prints each variable of the environment in every form
  canaries.py find FILE DIR        says which forms of those of FILE stand in any file below DIR
  canaries.py tty COMMAND ...      runs a command on a terminal, writes what the terminal got

The search shares no code with what masks.  A form is what an encoder makes of the value; of base64
the characters that are the same whatever stands around it.
"""
import ast, base64, html, json, os, pty, random, shlex, sys, urllib.parse

WORDS = ["{}", "a {} b", "'{}'", '"{}"', "{}/+&<>", "ü{}ö", "{}\nsecond-{}", "$ {} %", "\\{}\\n", "{}\t#!",
         "\x01{}\x1b[ß"]

OCTAL = {7: "\\a", 8: "\\b", 9: "\\t", 10: "\\n", 11: "\\v", 12: "\\f", 13: "\\r", 92: "\\\\"}


def values():
    rng = random.Random(4711)
    for i in range(40):
        core = "".join(rng.choice("abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789") for _ in range(18))
        yield "CANARY_%02d" % i, WORDS[i % len(WORDS)].replace("{}", core)


def stable_base64(value, offset):
    low, high = (base64.b64encode(c * offset + value + c * 3).decode() for c in (b"\0", b"\xff"))
    same = [a if a == b else " " for a, b in zip(low, high)]
    return max("".join(same).split(" "), key=len)


def forms(value):
    """Yields (name, what is printed, what must not be found)."""
    data = value.encode()
    yield "raw", value, value
    for offset in range(3):
        needle = stable_base64(data, offset)
        yield "base64 %d" % offset, base64.b64encode(b"x" * offset + data + b"yz").decode(), needle
        url = base64.urlsafe_b64encode(b"x" * offset + data + b"yz").decode()
        yield "base64url %d" % offset, url, needle.replace("+", "-").replace("/", "_")
    yield "url", urllib.parse.quote(value, safe=""), urllib.parse.quote(value, safe="")
    lower = "".join(c.lower() if "%" in urllib.parse.quote(value, safe="")[max(0, i - 2):i] else c
                    for i, c in enumerate(urllib.parse.quote(value, safe="")))
    yield "url lower", lower, lower
    yield "form", urllib.parse.quote_plus(value), urllib.parse.quote_plus(value)
    yield "json", json.dumps(value), json.dumps(value)[1:-1]
    yield "json utf8", json.dumps(value, ensure_ascii=False), json.dumps(value, ensure_ascii=False)[1:-1]
    escaped = "".join("\\u%04x" % ord(c) for c in value)
    yield "json \\u", escaped, escaped
    yield "xml", html.escape(value), html.escape(value)
    yield "xml numbers", "".join("&#%d;" % ord(c) for c in value), "".join("&#%d;" % ord(c) for c in value)
    yield "hex", data.hex(), data.hex()
    yield "HEX", data.hex().upper(), data.hex().upper()
    yield "hex :", data.hex(":"), data.hex(":")
    yield "bytes", repr(data), repr(data)[2:-1]
    yield "ascii", ascii(value), ascii(value)[1:-1]
    octal = "".join(OCTAL.get(b) or (chr(b) if 32 <= b < 127 else "\\%03o" % b) for b in data)
    yield "C", octal, octal
    yield "octal", "".join("\\%03o" % b for b in data), "\\".join("%03o" % b for b in data)
    yield "decimal", str(list(data)), str(list(data))[1:-1]
    yield "SQL", value.replace("'", "''"), value.replace("'", "''")
    yield "CSV", value.replace('"', '""'), value.replace('"', '""')
    yield "url url", *[urllib.parse.quote(urllib.parse.quote(value, safe=""))] * 2
    yield "html html", *[html.escape(html.escape(value))] * 2
    yield "json repr", repr(json.dumps(value)), repr(json.dumps(value))[2:-2]
    yield "json json json", *[json.dumps(json.dumps(json.dumps(value)))[7:-7]] * 2
    quoted = shlex.quote(value)
    yield "shell", quoted, quoted.strip("'")
    yield "repr", repr(value), repr(value)[1:-1]
    for i, line in enumerate(value.split("\n")):
        yield "line %d" % i, line, line


def show(names):
    for name in names or sorted(n for n in os.environ if n.startswith("CANARY_")):
        for form, printed, _ in forms(os.environ[name]):
            print("%s %s: %s" % (name.lower().replace("canary", "c"), form, printed))


def needles(path):
    env = {}
    with open(path) as f:
        for line in f:
            name, quoted = line.rstrip("\n").split("=", 1)
            env[name] = ast.literal_eval(quoted.replace("\\$", "$"))
    for name, value in env.items():
        for form, _, needle in forms(value):
            yield name, form, needle.encode()


def find(path, folder):
    wanted, found, files = list(needles(path)), set(), 0
    for base, _, names in os.walk(folder):
        for name in names:
            full = os.path.join(base, name)
            data = open(full, "rb").read() + full.encode()
            files += 1
            for canary, form, needle in wanted:
                if needle in data:
                    found.add((canary, form, os.path.relpath(full, folder)))
    for one in sorted(found):
        print("found %s as %s in %s" % one)
    print("%d of %d forms of %d values in %d files" % (
        len({(c, f) for c, f, _ in found}), len(wanted), len({c for c, _, _ in wanted}), files))


def tty(command):
    def read(fd):
        data = os.read(fd, 65536)
        return data
    sys.exit(os.waitstatus_to_exitcode(pty.spawn(command, read)))


if __name__ == "__main__":
    if sys.argv[1] == "env":
        with open(sys.argv[2], "w") as f:
            os.chmod(sys.argv[2], 0o600)
            for name, value in values():
                text = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
                text = text.replace("\t", "\\t").replace("$", "\\$")
                f.write('%s="%s"\n' % (name, text))
    elif sys.argv[1] == "show":
        show(sys.argv[2:])
    elif sys.argv[1] == "find":
        find(sys.argv[2], sys.argv[3])
    elif sys.argv[1] == "tty":
        tty(sys.argv[2:])
