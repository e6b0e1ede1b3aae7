--- Reads files of tests for a developer loop, as `clnrm run` does, and keeps what they hold.
local clock = require("core.clock")
local discover = require("engine.discover")
local exit_codes = require("engine.cli.exit_codes")
local model = require("engine.model")
local plan = require("engine.plan")

---@class engine.dev.reader
local M = {}

--- Finds the files that the command line means now; none where there are none any more.
---@param loop engine.dev.Loop
---@return engine.discover.File[]
---@nodiscard
function M.find(loop)
  local args = #loop.cx.args > 0 and loop.cx.args or { "." }
  if table.concat(args, "\n"):find("]", 1, true) then
    args = require("engine.cli.cells").split(args)
  end
  return discover.find(args, { by_line = true }) or {}
end

---@param entries table<string, engine.dev.Entry>
---@return integer
---@nodiscard
function M.count(entries)
  local count = 0
  for _ in pairs(entries) do
    count = count + 1
  end
  return count
end

local function tests_of(suites)
  local tests = {}
  for _, suite in ipairs(suites) do
    for _, scenario in ipairs(suite.scenarios) do
      tests[#tests + 1] = { id = scenario.id, name = scenario.name, cell = scenario.cell,
        line = scenario.line, tags = plan.tags_of(scenario) }
    end
  end
  return tests
end

--- Lists the files of which an order runs some tests, and nothing that was saved runs the others:
--- what they hold is not noted, as a save that is yet to be told concerns all tests.
local function read_in_part(cause, list)
  local set = {}
  for _, one in ipairs(cause and cause.asked and cause.asked.ids and list or {}) do
    set[one.path] = one.kind == "asked" or nil
  end
  return set
end

--- Keeps what a file holds, and watches what it names.
---@param since_ns? integer core.clock.wall() before it was read; nil: what was read is not noted
local function keep(loop, path, suites, diagnostics, text, since_ns)
  local entry = loop.entries[path]
  if not entry then
    return -- gone while it was read
  end
  entry.is_broken = suites == nil
  entry.suites, entry.text = suites or entry.suites, text
  loop.inputs:note_text(text or "")
  for _, suite in ipairs(suites or {}) do
    local err = loop.inputs:watch_suite(loop.watch, suite)
    if err and not loop.is_told_of_watch then
      loop.is_told_of_watch = true
      loop.cx.err:write(("warning: not all is watched: %s\n"):format(loop.cx:safe(err.message)))
    end
    if since_ns then
      loop.inputs:note_read(suite.reads or {}, since_ns)
      loop.inputs:note_read(suite.modules or {}, since_ns)
    end
    for _, report in ipairs(suite.reports or {}) do
      loop.inputs:add_output(report.path)
    end
  end
  loop.state:apply({
    event = "file_read", path = path, file = entry.file,
    tests = suites and tests_of(suites), diagnostics = not suites and diagnostics or nil,
  })
end

--- Finds the files of the first cycle: what refuses that may come before they are read, and they
--- are run when it is right.
---@param loop engine.dev.Loop
---@return engine.discover.File[]
---@nodiscard
function M.begin(loop)
  local found = M.find(loop)
  for _, one in ipairs(found) do
    loop.entries[one.path] = { path = one.path, file = one.file, found = one }
  end
  return found
end

--- Whether the loop can wait for what has kept it from reading anything so far: a save of the file
--- of --vars mends that, of the command line nothing.
local function has_vars(loop, cx, found)
  local defines = require("engine.cli.defines")
  return loop.is_read or not cx.opts.vars or not found[1] or defines.is_stream(cx.opts.vars)
    or defines.read(cx) ~= nil
end

--- Reads the files of a cycle.
---@async
---@param loop engine.dev.Loop
---@param cycle engine.dev.Cycle
---@param list engine.dev.Affected[] empty: all, for the first time
---@param cx engine.cli.Context that complains
---@return engine.cli.Loaded? loaded
---@return integer? exit_code then it was told why not
function M.load(loop, cycle, list, cx)
  local suites_of = require("engine.cli.suites")
  local found = cycle.found or {}
  for i, one in ipairs(list) do
    found[i] = loop.entries[one.path].found
  end
  if not has_vars(loop, cx, found) then
    return nil, exit_codes.INPUT
  end
  local began, in_part = clock.now(), read_in_part(cycle.cause, list)
  local loaded, code = suites_of.load(cx, {
    strict = cx.opts.strict, run_modules = true, by_line = true, allow = suites_of.allowed(cx),
    found = found[1] and found or nil, -- none: it says itself what is wrong with the paths
    is_partial = loop.is_read,
    times = cycle.times,
    load = function(path, opts)
      opts.suites = not cx.opts["no-cache"] and require("engine.model.cache") or nil
      local since_ns
      if not in_part[path] then -- before it is read: who writes meanwhile has saved something else
        since_ns = clock.wall()
        loop.inputs:note(path)
        loop.inputs:note_snapshots({ path }, false)
      end
      cycle.paths[#cycle.paths + 1] = path
      local suite, diagnostics, text, suites = model.load(path, opts)
      keep(loop, path, suite and (suites or { suite }), diagnostics, text, since_ns)
      return suite, diagnostics, text, suites
    end,
  })
  cycle.load_ns = clock.now() - began
  if not loaded and not loop.is_read then
    loop.refused = code -- of how it was called: no save can mend that
  end
  loop.is_read = loop.is_read or loaded ~= nil
  if loaded and cycle.is_partial then
    loaded.picks = require("engine.dev.orders").picker(loop, cycle.cause, list)
  end
  if loaded and cx.opts["failed-first"] and cycle.is_partial then
    local bad = loop.state:bad()
    loaded.first = function(scenario)
      return bad[scenario.id] == true
    end
  end
  return loaded, code
end

return M
