--- A backend of scripted rooms, for faults that a real room cannot be made to have.
local core = require("core.task")
local error_new = require("core.error").new
local json = require("core.json")

local M = {}

--- Makes the result of a command as a backend does; `fields` override what a good one has.
function M.result(fields)
  local result = {
    exit_code = 0,
    timed_out = false,
    duration_ms = 1,
    stdout = "",
    stderr = "",
    rusage = { user_ms = 0, system_ms = 0, max_rss_kb = 0 },
  }
  for key, value in pairs(fields or {}) do
    result[key] = value
    if value == json.null then
      result[key] = nil
    end
  end
  for _, name in ipairs({ "stdout", "stderr" }) do
    local key = name .. "_bytes"
    result[key] = result[key] or (type(result[name]) == "string" and #result[name]) or nil
  end
  return result
end

function M.error(code, message)
  return error_new({ code = code, message = message or code, op = "fake" })
end

--- Makes a backend.  `script.exec(spec, room)` returns result or nil, err; `script.open(spec)` an
--- error; `script.close(room)` what close returns.  It counts what it did in `stats`.
function M.backend(script)
  local stats = { opened = 0, closed = 0, most = 0, log = {} }
  local Room = {}
  Room.__index = Room

  function Room:exec(spec)
    stats.log[#stats.log + 1] = self.name .. "/" .. (spec.shell or spec.argv[1])
    self.running = true
    stats.now = (stats.now or 0) + 1
    stats.most = math.max(stats.most, stats.now)
    local result, err = (script.exec or function()
      return M.result()
    end)(spec, self)
    stats.now = stats.now - 1
    return result, err
  end

  function Room.stat(_, path)
    local file = script.files and script.files[path]
    if file == nil then
      return nil, M.error("ENOENT")
    elseif file.code then
      return nil, file
    end
    return { kind = file.kind or "file", mode = file.mode or 420, size = #(file.text or "") }
  end

  function Room.get(_, path, max)
    local file = script.files[path]
    if file.get_error then
      return nil, file.get_error
    end
    return file.text:sub(1, max)
  end

  function Room:close()
    stats.closed = stats.closed + 1
    self.closed = true
    if script.close then
      return script.close(self)
    end
    return { killed = 0 }
  end

  return {
    name = "fake",
    stats = stats,
    isolation = function()
      return { net = "none" }
    end,
    open = function(spec)
      core.yield()
      local err = script.open and script.open(spec)
      if err then
        return nil, err
      end
      stats.opened = stats.opened + 1
      return setmetatable({ name = spec.name, isolation = { net = "none" } }, Room)
    end,
  }
end

--- Makes a plan of scenarios: `{ { name =, steps = { step.. } }.. }`; a step is a command with the
--- default check, or a table.
function M.plan(scenarios, suite)
  suite = suite or {}
  suite.file = suite.file or "a.clnrm.toml"
  suite.project_dir = "/project"
  suite.tags = suite.tags or {}
  suite.room = suite.room or { project = "ro", env = {}, inherit_env = {} }
  suite.scenarios = scenarios
  for i, scenario in ipairs(scenarios) do
    scenario.file, scenario.suite, scenario.line = suite.file, suite, scenario.line or i
    scenario.id = suite.file .. " › " .. scenario.name
    scenario.tags = scenario.tags or {}
    scenario.expect_failure = scenario.expect_failure or false
    for k, step in ipairs(scenario.steps) do
      if type(step) == "string" then
        step = { argv = { step } }
        scenario.steps[k] = step
      end
      step.index, step.name, step.line = k, step.name or "s" .. k, i * 10 + k
      step.env = step.env or {}
      step.continue_on_failure = step.continue_on_failure or false
      step.checks = step.checks or {}
      if not step.no_exit_check then
        table.insert(step.checks, 1, {
          subject = "exit_code",
          matcher = step.should_fail and "fails" or "equals",
          expected = step.should_fail or step.exit_code or 0,
          key = "exit_code",
          implied = true,
          pos = { line = i * 10 + k, column = 1, offset = 0, length = 1 },
        })
      end
    end
  end
  return { scenarios = scenarios, files = 1, excluded = 0, broken = {} }
end

--- Makes a check of the output.
function M.check(subject, matcher, expected, path)
  return {
    subject = subject,
    matcher = matcher,
    expected = expected,
    path = path,
    key = ("expect.%s.%s"):format(subject, matcher),
    pos = { line = 7, column = 3, offset = 5, length = 4 },
  }
end

--- Runs a plan; returns the summary, the events and the backend's stats.
function M.run(plan, script, opts)
  local events = {}
  local backend = M.backend(script or {})
  local all = { backend = backend, signals = false, version = "test", jobs = 1 }
  for key, value in pairs(opts or {}) do
    all[key] = value
  end
  local summary = require("engine.run").execute(plan, all, function(event)
    events[#events + 1] = event
    if all.on_event then
      all.on_event(event)
    end
  end)
  return summary, events, backend.stats
end

--- Runs one scenario of these steps; returns its scenario_end event and all events.
function M.one(steps, script, scenario)
  scenario = scenario or {}
  scenario.name, scenario.steps = scenario.name or "one", steps
  local summary, events = M.run(M.plan({ scenario }, scenario.suite), script)
  for _, event in ipairs(events) do
    if event.event == "scenario_end" then
      return event, events, summary
    end
  end
end

return M
