--- 200 tests of one command each, whole process, against bats and pytest.
local compare = require("compare")

local clnrm = assert(os.getenv("CLNRM"))
local COUNT = 200

local dir = compare.directory("suite")

--- Joins COUNT copies of a template, its %d replaced by 1 to COUNT.
local function repeated(head, template)
  local text = { head }
  for i = 1, COUNT do
    text[#text + 1] = template:format(i)
  end
  return table.concat(text, "\n")
end

compare.write(dir .. "/steps.clnrm.toml", repeated('[meta]\nname = "steps"\n',
  '[[steps]]\nname = "s%d"\ncommand = ["/usr/bin/true"]\n'))
compare.write(dir .. "/rooms.clnrm.toml", repeated('[meta]\nname = "rooms"\n',
  '[[scenario]]\nname = "s%d"\nrun = ["/usr/bin/true"]\n'))
compare.write(dir .. "/suite.bats", repeated("", '@test "s%d" {\n  /usr/bin/true\n}\n'))
compare.write(dir .. "/test_suite.py", repeated("import subprocess\n",
  '\ndef test_s%d():\n    assert subprocess.run(["/usr/bin/true"]).returncode == 0\n'))
compare.write(dir .. "/xargs.sh", ("seq %d | xargs -P \"$(nproc)\" -I{} %s\n"):format(
  COUNT, compare.bwrap_line("/usr/bin/true")))

local pytest = "/usr/bin/python3 -m pytest -q -p no:cacheprovider %s/test_suite.py"

compare.run({
  name = "suite",
  title = ("%d tests of one `true` each, whole process; bats and pytest do not isolate"):format(
    COUNT),
  rounds = 5,
  cases = {
    { name = "pytest + subprocess", measure = compare.command(1, pytest:format(dir)) },
    {
      name = "clnrm, steps of one room",
      measure = compare.command(1, ("%s run %s/steps.clnrm.toml"):format(clnrm, dir)),
      goal = "0.25 of pytest",
    },
    {
      name = "clnrm, a fresh room each",
      measure = compare.command(1, ("%s run %s/rooms.clnrm.toml"):format(clnrm, dir)),
      goal = "0.2 of bats",
    },
    { name = "bats", measure = compare.command(1, ("bats %s/suite.bats"):format(dir)) },
    {
      name = "xargs -P$(nproc) bwrap + agent",
      measure = compare.command(1, ("sh %s/xargs.sh"):format(dir)),
    },
  },
})
