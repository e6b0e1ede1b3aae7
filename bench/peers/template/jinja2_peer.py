"""jinja2 as a peer: jinja2_peer.py first|cached|text DIR NAME N renders DIR/jinja/NAME N times with
DIR/values.json and prints the CPU seconds of each; text prints what comes out."""
import json
import sys
import time

import jinja2

way, directory, name, count = sys.argv[1:5]
texts = {}
for one in ("_macros", "simple", "medium", "complex", "large", "mixed"):
    with open(f"{directory}/jinja/{one}", encoding="utf-8") as file:
        texts[one] = file.read()
with open(f"{directory}/values.json", encoding="utf-8") as file:
    values = json.load(file)


def fresh():
    env = jinja2.Environment(loader=jinja2.DictLoader(texts), keep_trailing_newline=True)
    env.policies["compiler.ascii_str"] = False
    return env


kept = fresh()
kept.get_template(name).render(values)
if way == "text":
    sys.stdout.write(kept.get_template(name).render(values))
    sys.exit()
for _ in range(int(count)):
    start = time.process_time_ns()
    env = fresh() if way == "first" else kept
    env.get_template(name).render(values)
    print((time.process_time_ns() - start) / 1e9)
