--- Runs files of Lua tests through the built program, and reads what became of them.
local json = require("core.json")
local support = dofile("tests/e2e/support.lua")

local M = { support = support }

--- What each file of tests begins with, on its first line.
M.HEAD = 'local clnrm = require("clnrm"); local expect, test = clnrm.expect, clnrm.test\n'

---@class tests.LuaRun
---@field code integer
---@field verdicts table<string, string> by the name of the test
---@field failures table[] of all tests
---@field results table[]
---@field events table[]  with `events`

--- Runs files of tests.
---@param files string|table<string, string> the body of x.clnrm.lua, or file → text
---@param opts? { argv?: string[], env?: table, events?: boolean, keep?: fun(dir: string) }
---@return tests.LuaRun
function M.run(files, opts)
  opts = opts or {}
  local dir = support.tempdir()
  if type(files) == "string" then
    files = { ["x.clnrm.lua"] = M.HEAD .. files }
  end
  for name, text in pairs(files) do
    support.write(dir .. "/" .. name, text)
  end
  local words = { "run", "--format", "json" }
  table.move(opts.argv or {}, 1, #(opts.argv or {}), #words + 1, words)
  if opts.events then
    table.move({ "--report", "events=events.jsonl" }, 1, 2, #words + 1, words)
  end
  local got = support.run(words, { cwd = dir, env = opts.env })
  local report, err = json.decode(got.out)
  assert(report, tostring(err) .. got.out .. got.err)
  local all = { code = got.code, verdicts = {}, failures = {}, results = report.results,
    err = got.err, out = got.out }
  for _, result in ipairs(report.results) do
    all.verdicts[result.name or result.file] = result.verdict
    for _, failure in ipairs(result.failures or result.diagnostics) do
      all.failures[#all.failures + 1] = failure
    end
  end
  if opts.events then
    all.events = {}
    for line in assert(support.read(dir .. "/events.jsonl")):gmatch("[^\n]+") do
      all.events[#all.events + 1] = assert(json.decode(line))
    end
  end
  if opts.keep then
    opts.keep(dir)
  end
  support.remove(dir)
  return all
end

--- Finds the first failure with a code.
---@param got tests.LuaRun
---@param code string
---@return table failure
function M.failure(got, code)
  local codes = {}
  for i, failure in ipairs(got.failures) do
    if failure.code == code then
      return failure
    end
    codes[i] = failure.code .. " " .. failure.message
  end
  error(("no %s among: %s"):format(code, table.concat(codes, "; ")), 2)
end

return M
