--- The kind `advanced` of `clnrm template`: steps that overlap and hand values on, a service, a
--- hook, a shared room.
---@type engine.templates.Kind
return {
  about = "steps that overlap and hand values on, a service, a hook, a shared room",
  text = [==[
# Steps that overlap, wait for each other and hand values on; a service that prepares something
# before them; a hook before each scenario; scenarios that share a room.
[meta]
name = %NAME%
description = "what steps, services, hooks and rooms can do together"
tags = ["advanced"]
timeout = "1m" # of the whole file

[limits]
memory_mb = 256
pids = 64

[hooks]
before_each = "mkdir -p /room/out"

# A service that does its work and ends before anybody needs what it made.
[services.numbers]
kind = "task"
command = "seq 1 1000 > numbers"

[[scenario]]
name = "a graph of steps"

[[scenario.steps]]
name = "count"
service = "numbers"
command = "wc -l < numbers"
capture = { rows = "regex:([0-9]+)" } # ${rows} of later steps
expect.stdout.matches = '^\s*1000$'

[[scenario.steps]]
name = "even"
parallel = true # beside the next one
service = "numbers"
command = "grep -c '[02468]$' numbers"
expect.stdout.equals = "500\n"

[[scenario.steps]]
name = "odd"
parallel = true
service = "numbers"
command = "grep -c '[13579]$' numbers"
expect.stdout.equals = "500\n"

[[scenario.steps]]
name = "sum"
depends_on = ["even", "odd"]
command = ["test", "${rows}", "-eq", "1000"]

[[scenario.steps]]
name = "a file in the hook's directory"
command = "echo done > /room/out/report"
retry = 1 # one that fails is tried again: passing then is flaky, not pass
expect.file."/room/out/report".equals = "done\n"

# Two scenarios in one room: the second sees what the first has left.
[[scenario]]
name = "writes an account"
room = "shared"

[[scenario.steps]]
name = "write"
command = ["sh", "-c", "echo ada > /room/account"]
expect.file."/room/account".equals = "ada\n"

[[scenario]]
name = "finds the account"
room = "shared"

[[scenario.steps]]
name = "read"
command = ["cat", "/room/account"]
expect.stdout.equals = "ada\n"
]==],
}
