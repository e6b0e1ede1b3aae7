--- The whole program on a file of one step, against other runners on the same one test.
local compare = require("compare")

local clnrm = assert(os.getenv("CLNRM"))

local dir = compare.directory("run")
compare.write(dir .. "/one.clnrm.toml", [=[
[meta]
name = "one"

[[steps]]
name = "true"
command = ["/usr/bin/true"]
]=])
compare.write(dir .. "/one.bats", '@test "true" {\n  /usr/bin/true\n}\n')
compare.write(dir .. "/test_one.py", [[
import subprocess


def test_true():
    assert subprocess.run(["/usr/bin/true"]).returncode == 0
]])

local pytest = "/usr/bin/python3 -m pytest -q -p no:cacheprovider %s/test_one.py"

compare.run({
  name = "run",
  title = "whole process: one test that runs `true`; clnrm in a fresh room, the peer in "
    .. "bubblewrap, bats and pytest without isolation",
  rounds = 15,
  cases = {
    {
      name = "bwrap + minimal agent + true",
      measure = compare.command(5, compare.bwrap_line("/usr/bin/true")),
    },
    {
      name = "clnrm run one.clnrm.toml",
      measure = compare.command(5, ("%s run %s/one.clnrm.toml"):format(clnrm, dir)),
      goal = "15 ms",
    },
    { name = "bats", measure = compare.command(1, ("bats %s/one.bats"):format(dir)) },
    { name = "pytest", measure = compare.command(1, pytest:format(dir)) },
  },
})
