--- A backend of scripted rooms, for faults that a real room cannot be made to have.
local core = require("core.task")
local error_new = require("core.error").new
local json = require("core.json")

local M = {}

local HAS_CLOSE = { __index = { close = function() end } }
local IS_UP = { ready = true, completed = true }

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
  return setmetatable(result, HAS_CLOSE)
end

function M.error(code, message)
  return error_new({ code = code, message = message or code, op = "fake" })
end

--- Makes a backend.  `script.exec(spec, room)` returns result or nil, err; `script.open(spec)` an
--- error; `script.close(room)` what close returns; `script.is_moved(room)` whether it is to be made
--- again; `script.made(room)` is told of each.  It counts what it did in `stats`.
function M.backend(script)
  local stats = { opened = 0, closed = 0, most = 0, log = {} }
  local Room = {}
  Room.__index = Room

  function Room:exec(spec)
    stats.log[#stats.log + 1] = self.name .. "/" .. (spec.shell or spec.argv[1])
    if spec.on_start then
      spec.on_start({
        kill = function()
          self.was_killed = true
        end,
      })
    end
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

  Room.is_moved = script.is_moved

  return {
    name = "fake",
    pools = script.pools,
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
      local room = setmetatable({ name = spec.name, isolation = { net = "none" } }, Room)
      if script.made then
        script.made(room)
      end
      return room
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

--- Makes a hook that is a command of its own name.
function M.hook(name)
  return { name = name, argv = { name }, line = 1, index = 0, needs = {}, env = {},
    continue_on_failure = false, checks = { { subject = "exit_code", matcher = "equals",
      expected = 0, key = "exit_code", implied = true, pos = { line = 1, column = 1 } } } }
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

--- Makes a stand-in for engine.service.  `script[NAME].start(runtime, set)` returns true, or nil
--- and a failure; `set:die(NAME, failure)` is a death that nobody asked for.
function M.services(script)
  local sets = {}
  local Set = {}
  Set.__index = Set
  function Set:get(name)
    return self.runtimes[name]
  end
  function Set:start(names)
    for _, name in ipairs(names) do
      local runtime = self.runtimes[name]
      local start = script[name] and script[name].start
      if runtime.state == "new" then
        runtime.state = "starting"
        self.log[#self.log + 1] = "start " .. name
        local ok, failure = true, nil
        if start then
          ok, failure = start(runtime, self)
        end
        if not ok then
          local is_known = failure and failure.verdict
          runtime.failure = failure
          runtime.state = is_known and "failed" or "new"
          return nil, failure
        end
        runtime.state = runtime.spec.kind == "daemon" and "ready" or "completed"
      end
    end
    return true
  end
  function Set:prefetch(names)
    self.log[#self.log + 1] = "prefetch " .. table.concat(names, " ")
  end
  function Set:dead()
    local list = {}
    for _, runtime in pairs(self.runtimes) do
      list[#list + 1] = runtime.state == "dead" and runtime or nil
    end
    return list
  end
  function Set:die(name, failure)
    local runtime = self.runtimes[name]
    runtime.state, runtime.failure = "dead", failure
    self.opts.on_death(runtime)
  end
  function Set:logs(name, count)
    local lines = script[name] and script[name].log or {}
    return { lines = table.move(lines, math.max(1, #lines - count + 1), #lines, 1, {}) }
  end
  function Set.hurry() end
  function Set:leave()
    self.log[#self.log + 1] = "leave"
  end
  function Set:close(opts)
    self.log[#self.log + 1] = opts and opts.grace_ms == 0 and "close now" or "close"
    if script.close then
      script.close(self)
    end
    for _, runtime in pairs(self.runtimes) do
      runtime.state = IS_UP[runtime.state] and "stopped" or runtime.state
    end
  end
  return {
    sets = sets,
    furniture = function(specs)
      return { hosts = "hosts of " .. #specs, dirs = {} }
    end,
    new = function(room, specs, opts)
      local set = setmetatable({
        room = room, opts = opts, names = {}, host = {}, runtimes = {}, log = {},
      }, Set)
      for _, spec in ipairs(specs) do
        local runtime = { name = spec.name, spec = spec, state = "new", cwd = "/s" }
        set.names[#set.names + 1], set.runtimes[spec.name] = spec.name, runtime
      end
      sets[#sets + 1] = set
      return set
    end,
  }
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
