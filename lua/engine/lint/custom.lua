--- The project's own rules of lint: lint/*.lua, each loaded and run in a restricted environment.
---
--- A rule sees the text and the tables of one file and can tell findings; it reaches neither files,
--- nor processes, nor the engine.  What it does is counted: instructions, time of the processor and
--- memory have limits, and a rule that breaks one, or raises an error, is told as crashed and left
--- out for the rest of the run.
local discover = require("engine.discover")
local environment = require("engine.script.environment")
local fs = require("core.fs")
local json = require("core.json")
local place = require("engine.script.place")
local rules = require("engine.lint.rule")
local task = require("core.task")
local view = require("engine.lint.view")

---@class engine.lint.custom
local M = {}

local SHOWN_MAX = 500 -- bytes of a table that was raised

--- What a rule may do with one file.
M.INSTRUCTIONS_MAX = 20000000
M.COMPUTE_MS = 1000
M.MEMORY_MAX = 64 << 20

local FILE_MAX = 1 << 20
local NO_MEMORY = "not enough memory"
local LEFT_OUT = {
  "io", "os", "package", "coroutine", "load", "collectgarbage", "getmetatable", "setmetatable",
  "rawset", "rawget", "rawequal", "rawlen",
}

---@class engine.lint.custom.Rules
---@field rules engine.lint.Rule[]
---@field files table<string, string> code → the file it stands in, as it is shown
---@field crashed table<string, true> by code
local Rules = {}
Rules.__index = Rules

--- Runs where an error was raised, in the rule's task.
local function on_error(raised)
  local text = raised
  if type(raised) ~= "string" then
    local ok, shown = pcall(tostring, raised)
    text = ok and type(shown) == "string" and shown or "an error that cannot be shown"
    if text:find("^%a+: 0x%x+$") then -- an address, which is another one each time
      local done, encoded = pcall(json.encode, raised)
      text = done and encoded and #encoded <= SHOWN_MAX and encoded
        or ("it raised a %s"):format(type(raised))
    end
  end
  return { message = text, frames = place.stack(2) }
end

--- Calls `fn(...)` under the limits.
---@async
---@return boolean ok
---@return any result or { message =, frames = }
local function call(fn, ...)
  local out = {}
  local running = task.spawn(function(...)
    task.limit(M.INSTRUCTIONS_MAX, M.COMPUTE_MS)
    task.memory(M.MEMORY_MAX)
    out.ok, out.value = xpcall(fn, on_error, ...)
    out.is_done = true
  end, ...)
  local ok, raised = pcall(running.join, running)
  if out.is_done and type(out.value) == "table" or out.ok then
    return out.ok, out.value
  elseif ok or out.value == NO_MEMORY or raised == NO_MEMORY then
    local frames = {}
    for _, frame in ipairs(task.refused() or {}) do
      frames[#frames + 1] = not place.is_engine("@" .. frame.file) and frame or nil
    end
    return false, { frames = frames,
      message = ("it asked for more than %d MiB of memory"):format(M.MEMORY_MAX >> 20) }
  end
  local frames = {}
  for file, line in (running:trace() or ""):gmatch("%s([^%s:]+):(%d+): in ") do
    local is_own = not place.is_engine("@" .. file)
    frames[#frames + 1] = is_own and { file = file, line = math.tointeger(line) } or nil
  end
  return false, { message = tostring(raised), frames = frames }
end

--- Removes the place that a message begins with; it is told beside it.
local function plain(message)
  return (message:gsub("^[^\n:]+:%d+: ", ""))
end

local function diagnostic(code, file, message, failure)
  local at = failure and failure.frames[1]
  local lines = {}
  for i, frame in ipairs(failure and failure.frames or {}) do
    local of = frame.name and ": in " .. frame.name or ""
    lines[i] = ("%s:%d%s"):format(frame.file, frame.line, of)
  end
  return {
    severity = "error",
    code = code,
    message = message,
    file = at and at.file or file,
    line = at and at.line or 1,
    column = 1,
    notes = lines[1] and { { title = "traceback", lines = lines } } or nil,
  }
end

--- Makes a rule of what a project writes: `id`, `level` and `fixable` beside the common fields.
local function define(made)
  return function(definition)
    if type(definition) ~= "table" then
      error("clnrm.rule: a table is wanted", 2)
    end
    local rule = {}
    for field, value in pairs(definition) do
      rule[field] = value
    end
    rule.code, rule.severity, rule.fix = rule.id, rule.level or "warning", rule.fixable
    rule.id, rule.level, rule.fixable = nil, nil, nil
    if rule.docs == nil and type(rule.name) == "string" then
      rule.docs = { summary = rule.name }
    end
    local why = rules.problem(rule)
    if not why and not rule.code:find("^X") then
      why = "the codes of a project's own rules are X001 to X999"
    end
    if why then
      error("clnrm.rule: " .. why:gsub("^`code`", "`id`"), 2)
    end
    made[rule] = true
    return rule
  end
end

--- What a file of rules sees.
local function new_environment(name, path, dir, made)
  local env = environment.new({ name = name, path = path, project_dir = dir })
  for _, left_out in ipairs(LEFT_OUT) do
    env[left_out] = nil
  end
  env.clnrm = { rule = define(made) }
  function env.require(module)
    if module ~= "clnrm" then
      error(("a rule of lint can require `clnrm` alone, not '%s'"):format(tostring(module)), 2)
    end
    return env.clnrm
  end
  return env
end

--- Loads one file; returns its rules, or what is wrong with it.
local function load_file(name, path, dir, text)
  local made = {}
  local env = new_environment(name, path, dir, made)
  local chunk, problems = require("engine.script.load").compile(text, name)
  if not chunk then
    return nil, problems[1]
  end
  chunk = load(text:gsub("^#[^\n]*", ""), "@" .. name, "t", env)
  local ok, given = call(chunk)
  if not ok then
    return nil, diagnostic("L990", name, plain(given.message), given)
  end
  local list = made[given] and { given } or given
  for _, rule in ipairs(type(list) == "table" and list or {}) do
    if not made[rule] then
      list = nil
      break
    end
  end
  if type(list) ~= "table" or not list[1] then
    return nil, diagnostic("L990", name, "the file does not return what clnrm.rule makes")
  end
  return list
end

--- Loads the rules of a project.
---@async
---@param dir string absolute
---@param shown string as it is shown
---@return engine.lint.custom.Rules rules
---@return engine.diag.Diagnostic[] problems
---@return table<string, string> sources of the files that problems speak of
function M.load(dir, shown)
  local self = setmetatable({ rules = {}, files = {}, crashed = {}, sources = {} }, Rules)
  local problems, first = {}, {}
  for _, entry in ipairs(fs.scandir(dir) or {}) do
    if entry.name:find("^[^.].*%.lua$") then
      local name, path = shown .. "/" .. entry.name, dir .. "/" .. entry.name
      local text, err = fs.read(path, { max = FILE_MAX })
      local list, problem
      if text then
        place.add(name, text)
        self.sources[name] = text
        list, problem = load_file(name, path, dir, text)
      else
        problem = diagnostic("L990", name, "cannot be read: " .. discover.reason(err))
      end
      problems[#problems + 1] = problem
      for _, rule in ipairs(list or {}) do
        if first[rule.code] then
          problems[#problems + 1] = diagnostic("L990", name,
            ("%s is the code of a rule in %s, too"):format(rule.code, first[rule.code]))
        end
        first[rule.code] = name
        self.files[rule.code] = name
        self.rules[#self.rules + 1] = rule
      end
    end
  end
  return self, problems, self.sources
end

--- Finds a rule by its code or its name.
---@param wanted string
---@return engine.lint.Rule?
function Rules:find(wanted)
  for _, rule in ipairs(self.rules) do
    if rule.code == wanted:upper() or rule.name == wanted:lower() then
      return rule
    end
  end
end

--- Tells a rule that did not come to its end; it is left out from here on.
function Rules:crash(rule, failure, cx)
  self.crashed[rule.code] = true
  local file = self.files[rule.code] or "lint"
  local d = diagnostic(rule.code, file,
    ("the rule %s crashed: %s"):format(rule.name, plain(failure.message)), failure)
  d.rule, d.is_crash = rule.name, true
  d.notes = d.notes or {}
  table.insert(d.notes, 1, ("it looked at %s, and is left out for the rest"):format(cx.file))
  cx.findings[#cx.findings + 1] = not cx:is_suppressed(d) and d or nil
end

--- Shows a file to each rule that is on.
---@async
---@param cx engine.lint.Context
---@param options table<string, table> code → options, of the rules that are on
---@param drive fun(visitors: table<string, table[]>) walks the file with them
function Rules:visit(cx, options, drive)
  cx.comments:read()
  for _, rule in ipairs(self.rules) do
    if options[rule.code] and not self.crashed[rule.code] then
      local shown = view.new(cx, rule, options[rule.code])
      local visitors = {}
      for kind, fn in pairs(rule.visit) do
        visitors[kind] = {
          { rule = rule, options = options[rule.code], fn = function(_, node)
            fn(shown.cx, shown.node(node))
          end },
        }
      end
      local ok, failure = call(drive, visitors)
      if not ok then
        self:crash(rule, failure, cx)
      end
    end
  end
end

return M
