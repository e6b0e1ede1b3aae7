--- Test files that specs of options and settings run: one that passes, one that fails.
local M = {}

M.TESTS = [==[
[meta]
name = "first"
tags = ["fast"]
[[steps]]
name = "say it"
command = ["echo", "hello"]
[[scenario]]
name = "second"
[[scenario.steps]]
name = "wait"
command = ["sleep", "0.12"]
]==]

M.FAILING = [==[
[meta]
name = "failing"
[[scenario]]
name = "one"
run = ["false"]
[[scenario]]
name = "two"
run = ["false"]
[[scenario]]
name = "three"
run = ["false"]
]==]

return M
