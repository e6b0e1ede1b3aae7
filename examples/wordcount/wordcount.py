#!/usr/bin/env python3
"""Counts the words of its input, most frequent first."""
import collections
import re
import sys


def main() -> int:
    if len(sys.argv) > 2:
        print("usage: wordcount.py [FILE]", file=sys.stderr)
        return 2
    try:
        text = open(sys.argv[1], encoding="utf-8").read() if len(sys.argv) == 2 else sys.stdin.read()
    except OSError as err:
        print(f"wordcount: {err.filename}: {err.strerror}", file=sys.stderr)
        return 1
    counts = collections.Counter(re.findall(r"\w+", text.lower()))
    for word, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])):
        print(count, word)
    return 0


if __name__ == "__main__":
    sys.exit(main())
