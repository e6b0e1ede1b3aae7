--- A run as a tree: its scenarios in the order of their files, their steps and services, and what
--- each of them told.
---@class engine.diff.of_run
local collect = require("engine.report.collect")
local node = require("engine.diff.node")

local M = {}

local WEAK = { weight = 0.25 } -- most nodes have the same: it makes none alike
local FREE = { is_free = true }
local TEXT = { is_text = true, is_free = true }

local function joined(list, show)
  local lines = {}
  for i, entry in ipairs(list or {}) do
    lines[i] = show(entry)
  end
  return #lines > 0 and table.concat(lines, "\n") or nil
end

local function command_of(e)
  if e.shell then
    return e.shell
  end
  return joined(e.argv, function(word)
    return word:find("^[%w%-_./=:,+@%%]+$") and word or ("%q"):format(word)
  end)
end

local function add_output(to, name, output)
  local text = type(output) == "table" and output.text or output
  if type(text) == "string" and text ~= "" then
    node.add(to, name, text, TEXT)
  end
  if type(output) == "table" and (output.cut or 0) > 0 then
    node.add(to, name .. " cut", output.cut .. " bytes")
  end
end

local function add_checks(to, checks)
  for _, check in ipairs(checks or {}) do
    if not check.implied then
      local what = check.key or ("%s %s%s"):format(check.subject or "value",
        check.negated and "no " or "", check.matcher or "")
      node.add(to, "check " .. what, check.ok and "held"
        or "did not hold: " .. (check.message or "?"), FREE)
    end
  end
end

local function add_failures(to, failures)
  node.add(to, "failures", joined(failures, function(failure)
    return ("%s %s"):format(failure.code, failure.message)
  end), TEXT)
end

local function step_of(step)
  local out = node.new("step", step.name)
  local command = command_of(step)
  node.add(out, "verdict", step.verdict, WEAK)
  node.add(out, "exit code", step.exit_code, WEAK)
  node.add(out, "signal", step.signal)
  node.add(out, "timed out", step.timed_out and "yes" or nil)
  node.add(out, "command", command and command:gsub("\n", step.shell and "\n" or " "), FREE)
  node.add(out, "attempt", (step.attempt or 1) > 1 and step.attempt or nil)
  add_output(out, "stdout", step.stdout)
  add_output(out, "stderr", step.stderr)
  add_checks(out, step.checks)
  out.duration_ms = tonumber(step.duration_ms)
  return out
end

local function service_of(service)
  local out = node.new("service", service.name)
  local command = command_of(service)
  out.label, out.is_unordered = "service " .. service.name, true
  node.add(out, "kind", service.kind, WEAK)
  node.add(out, "command", command and command:gsub("\n", " "), FREE)
  if not service.asked then -- the end that clnrm asks for is no news
    node.add(out, "exit code", service.exit_code)
    node.add(out, "signal", service.signal)
  end
  add_output(out, "stdout", service.log and service.log.stdout)
  add_output(out, "stderr", service.log and service.log.stderr)
  if service.failure then
    node.add(out, "failure", ("%s %s"):format(service.failure.code, service.failure.message), FREE)
  end
  out.duration_ms = tonumber(service.ready_ms)
  return out
end

local function hook_of(hook)
  local out = node.new("hook", hook.hook)
  out.label = "hook " .. hook.hook
  node.add(out, "verdict", hook.verdict, WEAK)
  node.add(out, "module", hook.module)
  node.add(out, "exit code", hook.exit_code, WEAK)
  node.add(out, "signal", hook.signal)
  return out
end

local function named(entry)
  return entry.name
end

local function add_told(out, record)
  node.add(out, "verdict", record.verdict, WEAK)
  node.add(out, "reason", record.reason, FREE)
  node.add(out, "marks", joined(record.marks, tostring))
  node.add(out, "attempts", joined(record.attempts, function(attempt)
    return attempt.verdict
  end))
  add_failures(out, record.failures)
  node.add(out, "leaks", joined(record.leaks, function(leak)
    return ("%s %s"):format(leak.kind, leak.name)
  end), TEXT)
  node.add(out, "snapshots", joined(record.snapshots, function(snapshot)
    return ("%s %s"):format(snapshot.name, snapshot.status)
  end), { is_text = true })
  node.add(out, "log", joined(record.log, function(entry)
    return entry.text
  end), TEXT)
  node.add(out, "attachments", joined(record.attachments, named), { is_text = true })
  node.add(out, "artifacts", joined(record.artifacts, named), { is_text = true })
  add_checks(out, record.checks)
end

--- Makes the node of a scenario.
local function scenario_of(record, file)
  local cell = record.cell and ("[%s]"):format(record.cell) or ""
  local again = (record.repetition or 1) > 1 and (" #%d"):format(record.repetition) or ""
  local out = node.new("scenario", ("%s%s › %s%s"):format(file, cell, record.name, again))
  add_told(out, record)
  for _, hook in ipairs(record.hooks or {}) do
    out.children[#out.children + 1] = hook_of(hook)
  end
  for _, service in ipairs(record.services) do
    out.children[#out.children + 1] = service_of(service)
  end
  table.sort(record.steps, function(x, y)
    local step_x, step_y = tonumber(x.step) or 0, tonumber(y.step) or 0
    if step_x ~= step_y then
      return step_x < step_y
    end
    return (x.attempt or 1) < (y.attempt or 1)
  end)
  for _, step in ipairs(record.steps) do
    out.children[#out.children + 1] = step_of(step)
  end
  for _, step in ipairs(record.steps_left_out or {}) do
    local left = node.new("step", step.name)
    node.add(left, "verdict", "left out", WEAK)
    node.add(left, "reason", step.reason, FREE)
    out.children[#out.children + 1] = left
  end
  out.duration_ms = tonumber(record.duration_ms)
  return { node = out, file = file, line = tonumber(record.line) or 0 }
end

local function file_error_of(e, file)
  local out = node.new("file", file)
  node.add(out, "verdict", e.verdict or "error", WEAK)
  add_failures(out, e.diagnostics)
  return { node = out, file = file, line = 0 }
end

local handlers = {}

function handlers.run_begin(state, e)
  local root = state.root
  node.add(root, "version", e.version)
  node.add(root, "backend", e.backend)
  node.add(root, "profile", e.profile)
  node.add(root, "seed", e.seed)
  if e.run_id then
    state.ids[tostring(e.run_id):lower()] = true
  end
end

function handlers.run_end(state, e)
  local root = state.root
  node.add(root, "exit code", e.exit_code)
  node.add(root, "interrupted", e.interrupted)
  node.add(root, "not run", (e.not_run or 0) > 0 and e.not_run or nil)
  root.duration_ms = tonumber(e.duration_ms)
  state.has_end = true
end

function handlers.file_error(state, e)
  state.list[#state.list + 1] = file_error_of(e, state.name(e.file))
end

---@class engine.diff.RunTree
---@field root engine.diff.Node
---@field count integer scenarios
---@field has_end boolean
---@field known engine.diff.Known

--- Reads the events of a run.
---@param events fun(): table?  each of a shape that engine.runs.shape has no problem with
---@param about { name?: (fun(file: string): string), began_s?: number } name: a file as seen
---       from the project
---@return engine.diff.RunTree
function M.read(events, about)
  local state = {
    root = node.new("run", "run"),
    list = {},
    ids = {},
    name = about.name or function(file)
      return file
    end,
  }
  local collector = collect.new()
  for e in events do
    local handler = handlers[e.event]
    if handler then
      handler(state, e)
    end
    local record = collector:add(e)
    if record then
      state.list[#state.list + 1] = scenario_of(record, state.name(record.file))
    end
  end
  for i, one in ipairs(state.list) do
    one.place = i
  end
  table.sort(state.list, function(x, y)
    if x.file ~= y.file then
      return x.file < y.file
    elseif x.line ~= y.line then
      return x.line < y.line
    elseif x.node.name ~= y.node.name then
      return x.node.name < y.node.name
    end
    return x.place < y.place
  end)
  for i, one in ipairs(state.list) do
    state.root.children[i] = one.node
  end
  return {
    root = state.root,
    count = #state.list,
    has_end = state.has_end or false,
    known = {
      ids = state.ids,
      from_s = about.began_s,
      to_s = about.began_s and about.began_s + (state.root.duration_ms or 0) / 1000,
    },
  }
end

return M
