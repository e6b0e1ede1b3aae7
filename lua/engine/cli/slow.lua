--- clnrm slow: the tests that take longest, from the records of the last runs.
local exit_codes = require("engine.cli.exit_codes")

local M = {
  summary = "Lists the slowest tests of the project.",
  usage = "clnrm slow [COUNT]",
  examples = {
    { "clnrm slow", "the ten slowest" },
    { "clnrm slow 50 --json", "fifty, for machines" },
  },
  text = [[
The time of a test is the median of those recorded in the last ten runs of this project.
]],
  formats = { "json" },
  exits = { 0, 2, 4, 6 },
}

local COUNT = 10

--- Sorts tests by their time, the slowest first.
local function sorted(durations)
  local list = {}
  for identity, ms in pairs(durations) do
    list[#list + 1] = { test = identity, duration_ms = ms }
  end
  table.sort(list, function(a, b)
    if a.duration_ms ~= b.duration_ms then
      return a.duration_ms > b.duration_ms
    end
    return a.test < b.test
  end)
  return list
end

function M.run(cx)
  local refused = cx:check_args(1)
  if refused then
    return refused
  end
  local count = COUNT
  if cx.args[1] then
    count = require("engine.cli.values").integer(cx.args[1])
    if not count then
      return cx:usage_error(("slow takes a number from 1, not '%s'"):format(cx.args[1]))
    end
  end
  if not cx:find_project() then
    return exit_codes.INPUT
  end
  local durations, runs, err = require("engine.runs").durations(cx.project.dir)
  if err then
    cx:error("the records cannot be read: " .. err.message)
    return exit_codes.ENVIRONMENT
  end
  local list = table.move(sorted(durations), 1, count, 1, {})
  if cx.format == "json" then
    local json = require("core.json")
    local out = { schema = "clnrm.slow/1", runs = runs, tests = json.array(list) }
    cx.out:write(json.encode(out, { invalid = "replace" }) .. "\n")
  else
    local line = require("engine.ui.line")
    for _, entry in ipairs(list) do
      cx.out:write(line.time(entry.duration_ms) .. " " .. cx:safe(entry.test, cx.out) .. "\n")
    end
  end
  if #list == 0 then
    cx:error("no test of this project is recorded", "`clnrm run` records each run")
    return exit_codes.NOTHING
  end
  return exit_codes.OK
end

return M
