--- Reporters that a project writes itself: a file of Lua that returns functions, `--report my.lua`.
---
--- They see copies of what the other reporters see, in a task of their own, so that a slow one does
--- not hold up the run and an endless one ends at its limit.  An error in one is told once, and
--- changes no verdict.
local clock = require("engine.run.clock")
local collect = require("engine.report.collect")
local core = require("core.task")
local errors = require("engine.raised")
local fs = require("core.fs")
local load = require("engine.script.load")
local suggest = require("engine.suggest")

local M = {}

local TEXT_MAX = 1 << 20 -- bytes of the file
local WRITTEN_MAX = 64 << 20 -- bytes that one reporter may write
local QUEUE_MAX = 10000 -- events that wait for it
local DEPTH_MAX = 32
local FINISH_MS = 10000

--- What one call may do; the limits are those of a test.
M.INSTRUCTIONS_MAX = 1000000000
M.COMPUTE_MS = 2000
M.MEMORY_MAX = 256 << 20

--- What a reporter can have, in the order in which they are called.
M.NAMES = { "on_begin", "on_test_begin", "on_step", "on_test_end", "on_end", "on_event" }

---@class engine.report.Custom
---@field file string as the user wrote it
---@field functions table<string, function>
local Custom = {}
Custom.__index = Custom

--- What was raised, with the stack that it was raised on.
local function caught(raised)
  return { raised = raised, trace = debug.traceback("", 2) }
end

--- Says what is wrong with the file, and where: the line that the message names, else the innermost
--- one of the file.
local function diagnostic(self, code, raised, help)
  local trace = ""
  if type(raised) == "table" and raised.trace then
    raised, trace = raised.raised, raised.trace
  end
  local text, name = errors.text(raised), self.file:gsub("%p", "%%%0")
  local line, message = text:match("^" .. name .. ":(%d+): (.*)$")
  line = line or ("\n" .. trace):match("\n%s*" .. name .. ":(%d+): in ")
  message = message or text:match("^[%w_/%.%-]+%.lua:%d+: (.*)$")
  return {
    severity = "error",
    code = code,
    file = self.file,
    line = math.tointeger(tonumber(line)),
    column = line and 1,
    message = message or text,
    help = help,
  }
end

local function call(fn, ...)
  local arguments = table.pack(...)
  local running = core.spawn(function()
    core.limit(M.INSTRUCTIONS_MAX, M.COMPUTE_MS)
    core.memory(M.MEMORY_MAX)
    local ok, result = xpcall(fn, caught, table.unpack(arguments, 1, arguments.n))
    if not ok and type(result) == "table" then -- no text: there was no memory
      result.raised = errors.text(result.raised) -- here: what says it may be the project's
    end
    return ok, result
  end)
  local ok, is_good, result = pcall(running.join, running)
  if not ok then
    return false, is_good
  end
  return is_good, result
end

--- Checks what the file returned.
local function check_table(self, value)
  if type(value) ~= "table" then
    return diagnostic(self, "E220",
      "a reporter returns a table of functions, not a " .. type(value),
      "return { on_test_end = function(report, test) … end }")
  end
  local known, count = {}, 0
  for _, name in ipairs(M.NAMES) do
    known[name] = true
  end
  for name, fn in next, value do
    if not known[name] then
      local near = type(name) == "string" and suggest.nearest(name, M.NAMES)
      return diagnostic(self, "E220", ("a reporter has no '%s'"):format(tostring(name)),
        near and ("did you mean '%s'?"):format(near) or "it has: " .. table.concat(M.NAMES, ", "))
    elseif type(fn) ~= "function" then
      return diagnostic(self, "E220", ("'%s' of a reporter is a function, not a %s"):format(name,
        type(fn)))
    end
    self.functions[name], count = fn, count + 1
  end
  if count == 0 then
    return diagnostic(self, "E220", "this reporter has no function, so it would report nothing",
      "it may have: " .. table.concat(M.NAMES, ", "))
  end
end

--- Loads a reporter; the file is executed.
---@async
---@param file string as the user wrote it
---@param project_dir string
---@return engine.report.Custom?
---@return engine.diag.Diagnostic[]? diagnostics
---@return string? text of the file
function M.load(file, project_dir)
  local self = setmetatable({
    file = file, functions = {}, written = 0,
    out = function() end, -- what is printed while it is loaded is nobody's report
  }, Custom)
  local text, err = fs.read(file, { max = TEXT_MAX })
  if not text then
    return nil, { diagnostic(self, "E220", "the reporter cannot be read: " .. err.message) }
  end
  local function print_through(written)
    self:write(written)
  end
  local env = require("engine.script.environment").new({
    name = file, path = fs.realpath(file), project_dir = project_dir, print = print_through,
  })
  local chunk, problems = load.chunk(text, {
    name = file, path = fs.realpath(file), project_dir = project_dir, env = env,
  })
  if not chunk then
    return nil, problems, text
  end
  local ok, value = call(chunk)
  local wrong = not ok and diagnostic(self, "E220", value) or check_table(self, value)
  if wrong then
    return nil, { wrong }, text
  end
  return self, nil, text
end

--- Copies a value: nothing that a reporter does to it reaches anybody else.
local function copy(value, depth)
  if type(value) ~= "table" then
    local kind = type(value)
    return (kind == "string" or kind == "number" or kind == "boolean") and value
      or value ~= nil and tostring(value) or nil
  elseif depth > DEPTH_MAX then
    return tostring(value)
  end
  local out = {}
  for key, entry in next, value do
    out[key] = copy(entry, depth + 1)
  end
  return out
end

--- Writes what the reporter reports.
function Custom:write(text)
  if self.written > WRITTEN_MAX then
    error("more than 64 MiB are written by this reporter", 3)
  end
  self.written = self.written + #text
  self.out(text)
end

--- What the functions get as their first argument.
local function handle_of(self)
  return setmetatable({
    write = function(_, text)
      if type(text) ~= "string" and type(text) ~= "number" then
        error("report:write(text): a text is needed", 2)
      end
      self:write(tostring(text))
    end,
  }, { __metatable = false, __name = "report" })
end

--- Calls one of the functions; after its first error the reporter is not asked again.
local function tell(self, name, ...)
  local fn = self.functions[name]
  if not fn or self.trouble then
    return
  end
  local ok, raised = xpcall(fn, caught, self.handle, ...)
  if not ok then
    self.trouble = diagnostic(self, "E221", raised, "the verdicts stand; the exit code is 2")
  end
end

local function test_of(record)
  local test = copy(record, 1)
  test.kind = "scenario"
  return test
end

local handlers = {}

function handlers.run_begin(self, e)
  tell(self, "on_begin", copy(e, 1))
end

function handlers.scenario_begin(self, e)
  if self.functions.on_test_begin then
    tell(self, "on_test_begin", test_of(self.collector.open[e.id]))
  end
end

function handlers.step_end(self, e)
  local record = self.functions.on_step and self.collector.open[e.id]
  for i = #(record and record.steps or {}), 1, -1 do
    if record.steps[i].step == e.step then
      tell(self, "on_step", copy(record.steps[i], 1), {
        id = record.id, file = record.file, name = record.name, cell = record.cell,
        line = record.line, repetition = record.repetition,
      })
      return
    end
  end
end

function handlers.file_error(self, e)
  tell(self, "on_test_end", {
    kind = "file", id = e.file, file = e.file, verdict = e.verdict or "error", duration_ms = 0,
    marks = {}, tags = {}, steps = {}, services = {}, failures = copy(e.diagnostics, 1),
  })
end

function handlers.run_end(self, e)
  tell(self, "on_end", copy(e, 1))
end

local function handle(self, e)
  if self.functions.on_event then
    tell(self, "on_event", copy(e, 1))
  end
  local record = self.collector:add(e)
  if record and self.functions.on_test_end then
    tell(self, "on_test_end", test_of(record))
  elseif handlers[e.event] then
    handlers[e.event](self, e)
  end
end

--- Takes events from the queue, until there are no more.
local function pump(self)
  core.limit(M.INSTRUCTIONS_MAX, M.COMPUTE_MS)
  core.memory(M.MEMORY_MAX)
  while not self.trouble do
    while self.first > self.last do
      if self.is_over or not self.more:wait() then
        return
      end
      self.more:clear()
    end
    local e = self.queue[self.first]
    self.queue[self.first], self.first = nil, self.first + 1
    handle(self, e)
    core.yield() -- a limit counts what one event takes
  end
end

--- Takes an event; the reporter is told of it when its task runs.
---@param e table
function Custom:on_event(e)
  if self.trouble or self.task:state() == "done" then
    return -- finish says why
  elseif self.last - self.first >= QUEUE_MAX then
    self.trouble = diagnostic(self, "E221", ("%d events wait for this reporter"):format(QUEUE_MAX))
    return
  end
  self.last = self.last + 1
  self.queue[self.last] = copy(e, 1) -- before anybody changes it
  self.more:set()
end

--- Waits until the reporter was told everything.
---@async
function Custom:finish()
  self.is_over = true
  self.more:set()
  local began = clock.ms()
  local ok, err = core.shield(core.timeout, FINISH_MS, pcall, self.task.join, self.task)
  if not ok and not self.trouble then
    local late = clock.ms() - began >= FINISH_MS
    self.trouble = diagnostic(self, "E221",
      late and "this reporter did not come to its end within 10 s" or err)
  end
end

--- Begins to report.
---@param out fun(bytes: string)
function Custom:start(out)
  self.out, self.written = out, 0
  self.handle, self.collector = handle_of(self), collect.new()
  self.queue, self.first, self.last = {}, 1, 0
  self.more = core.event()
  self.task = core.spawn(pump, self)
end

return M
