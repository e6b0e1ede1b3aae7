--- clnrm lint on 1, 10, 100 and 1,000 files of 5 kB, whole process, beside reading them, `validate`
--- and, when TAPLO names the program, `taplo lint`, which checks syntax.
local compare = require("compare")

local clnrm = assert(os.getenv("CLNRM"))
local taplo = os.getenv("TAPLO")

local STEP = [==[

# What step %d of file %d is about: a comment of some length, as people write them.
[[scenario.steps]]
name = "step %d"
command = ["sh", "-c", "test -d /project && ls -l /project | head -n %d"]
env = { LEVEL = "%d", MODE = "test" }
timeout = "10s"
expect.stdout.matches = '^total \d+'
expect.stderr.equals = ""
]==]

--- A test file of about 5 kB; all differ.
local function text_of(number)
  local parts = {
    ('[meta]\nname = "file %d"\ntags = ["fast", "db"]\n\n[services.db]\n'):format(number),
    'command = ["python3", "-m", "http.server", "8000"]\nports = [8000]\nwait = { http = "/" }\n',
  }
  for scenario = 1, 5 do
    parts[#parts + 1] = ('\n[[scenario]]\nname = "scenario %d"\n'):format(scenario)
    for i = 1, 3 do
      parts[#parts + 1] = STEP:format(i, number, i, i + number % 7, number)
    end
  end
  return table.concat(parts)
end

--- Makes a folder of so many files.
local function folder(count)
  local dir = compare.directory("lint" .. count)
  compare.write(dir .. "/clnrm.toml", "")
  for i = 1, count do
    compare.write(("%s/t%d.clnrm.toml"):format(dir, i), text_of(i))
  end
  return dir
end

for _, count in ipairs({ 1, 10, 100, 1000 }) do
  local dir = folder(count)
  local cache = ("env XDG_CACHE_HOME=$PWD/%s/cache "):format(dir)
  local cases = {
    { name = "cat", measure = compare.command(3,
      ("sh -c 'cat %s/*.toml > /dev/null'"):format(dir)) },
    { name = "clnrm validate", measure = compare.command(3,
      ("%s validate -q %s"):format(clnrm, dir)) },
    { name = "clnrm lint --no-cache", measure = compare.command(3,
      ("%s lint -q --no-cache %s"):format(clnrm, dir)) },
    { name = "clnrm lint, files known", measure = compare.command(3,
      ("%s%s lint -q %s"):format(cache, clnrm, dir)) },
  }
  if taplo then
    table.insert(cases, 1, { name = "taplo lint", measure = compare.command(3,
      ("sh -c 'cd %s && %s lint -- *.clnrm.toml > /dev/null 2>&1'"):format(dir, taplo)) })
    cases[#cases].goal = "0.2 ×"
    cases[#cases - 1].goal = "0.2 ×"
  end
  compare.run({
    name = "lint" .. count,
    title = ("lint of %d files of 5 kB, whole process"):format(count),
    rounds = 5,
    cases = cases,
  })
end
