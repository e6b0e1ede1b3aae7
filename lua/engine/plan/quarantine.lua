--- The quarantine: tests that are known to be flaky, in a file of the project that is committed.
---
--- A listed test that is flaky does not fail the run of `--flaky quarantine`; one that fails each
--- time does, as everywhere.  A listed test is never passed over, and is marked where it shows.
local M = {}

M.FILE = ".clnrm/quarantine.toml"

local SIZE_MAX = 1 << 20
local KEYS = { "id", "reason", "until" }

---@class engine.plan.Quarantined
---@field id string
---@field reason string
---@field until_day? string "2026-12-31": the last day
---@field offset integer
---@field length integer

---@class engine.plan.Quarantine
---@field by_id table<string, engine.plan.Quarantined> those in force
---@field list engine.plan.Quarantined[] all, in the order of the file
---@field source { file: string, text: string }
local Quarantine = {}
Quarantine.__index = Quarantine

--- Whether a scenario is listed.
---@param scenario engine.model.Scenario
---@return boolean
function Quarantine:lists(scenario)
  return self.by_id[require("engine.plan.identity").of(scenario)] ~= nil
end

local function diagnostic(source, severity, code, message, span, help)
  local line, column = require("core.toml").line_column(source.text, span[1])
  return {
    severity = severity,
    code = code,
    message = message,
    help = help,
    file = source.file,
    line = line,
    column = column,
    offset = span[1],
    length = math.max(span[2] - span[1], 1),
  }
end

local Reader = {}
Reader.__index = Reader

function Reader:add(span, message, help)
  self.problems[#self.problems + 1] =
    diagnostic(self.source, "error", "E210", message, span, help)
end

function Reader:key_span(t, key)
  return { self.positions:key(t, key) }
end

function Reader:value_span(t, key)
  return { self.positions:value(t, key) }
end

--- A day as TOML writes it, or as text: "2026-12-31".
local function day_of(value)
  local text = type(value) == "string" and value or tostring(value)
  return text:match("^%d%d%d%d%-%d%d%-%d%d$")
end

function Reader:text(t, key, index)
  local value = t[key]
  if value == nil then
    self:add(self:value_span(self.list, index), ("`%s` is missing"):format(key),
      key == "reason" and "why the test may be flaky, for who reads this next"
        or "as the report tells it, with the file as seen from the project")
  elseif type(value) ~= "string" or value:match("^%s*$") then
    self:add(self:value_span(t, key), ("`%s` wants text that is not empty"):format(key))
  else
    return value
  end
end

function Reader:entry(t, index)
  if require("core.toml").type(t) ~= "table" then
    return self:add(self:value_span(self.list, index), "an entry is a table: [[test]]")
  end
  for _, key in ipairs(self.positions:keys(t)) do
    if key ~= "id" and key ~= "reason" and key ~= "until" then
      local near = require("engine.suggest").nearest(key, KEYS)
      self:add(self:key_span(t, key), ("unknown key `%s`"):format(key),
        near and ("did you mean `%s`?"):format(near) or "an entry has id, reason and until")
    end
  end
  local id, reason = self:text(t, "id", index), self:text(t, "reason", index)
  local until_day = t["until"] ~= nil and day_of(t["until"]) or nil
  if t["until"] ~= nil and not until_day then
    self:add(self:value_span(t, "until"), "`until` wants a day", "until = 2026-12-31")
  elseif id and self.first[id] then
    self:add(self:value_span(t, "id"), "this test is listed twice")
  elseif id and reason then
    local span = self:value_span(t, "id")
    self.first[id] = true
    self.entries[#self.entries + 1] = {
      id = id,
      reason = reason,
      until_day = until_day,
      offset = span[1],
      length = span[2] - span[1],
    }
  end
end

--- Reads the text of a quarantine.
---@param text string
---@param file string as it is shown
---@param today string "2026-11-28": entries whose last day is over are not in force
---@return engine.plan.Quarantine?
---@return engine.diag.Diagnostic[] diagnostics
---@nodiscard
function M.parse(text, file, today)
  local source = { file = file, text = text }
  local root, more = require("core.toml").decode(text, { positions = true, source = file })
  if not root then
    return nil, require("engine.diag").of_toml(more, source.file)
  end
  local reader = setmetatable({
    source = source, positions = more, problems = {}, entries = {}, first = {}, list = root.test,
  }, Reader)
  for _, key in ipairs(more:keys(root)) do
    if key ~= "test" then
      reader:add(reader:key_span(root, key), ("unknown key `%s`"):format(key),
        "a quarantine is a list of [[test]]")
    end
  end
  if root.test ~= nil and require("core.toml").type(root.test) ~= "array" then
    reader:add(reader:value_span(root, "test"), "`test` is a list: [[test]]")
  else
    for i, t in ipairs(root.test or {}) do
      reader:entry(t, i)
    end
  end
  more:close()
  if #reader.problems > 0 then
    return nil, reader.problems
  end
  local quarantine = setmetatable({ by_id = {}, list = reader.entries, source = source },
    Quarantine)
  for _, entry in ipairs(reader.entries) do
    if not entry.until_day or today <= entry.until_day then
      quarantine.by_id[entry.id] = entry
    end
  end
  return quarantine, {}
end

--- Tells of entries that do nothing: their time is over, or no such test is there.
---
--- Files that were not read are not judged; one that is not there any more is.
---@param suites engine.model.Suite[]
---@param exists fun(file: string): boolean whether the project has a file
---@return engine.diag.Diagnostic[] warnings
---@nodiscard
function Quarantine:stale(suites, exists)
  local identity = require("engine.plan.identity")
  local known, files, list = {}, {}, {}
  for _, suite in ipairs(suites) do
    files[identity.file(suite)] = true
    for _, scenario in ipairs(suite.scenarios) do
      known[identity.of(scenario)] = true
    end
  end
  for _, entry in ipairs(self.list) do
    local file = entry.id:match("^(.-) › ") or entry.id
    file = file:gsub("%[[^%]]*%]$", "")
    local message
    if not self.by_id[entry.id] then
      message = ("the quarantine of this test ended on %s"):format(entry.until_day)
    elseif not known[entry.id] and (files[file] or not exists(file)) then
      message = "there is no such test"
    end
    if message then
      list[#list + 1] = diagnostic(self.source, "warning", "E211", message,
        { entry.offset, entry.offset + entry.length }, "take the entry out")
    end
  end
  return list
end

--- Reads the quarantine of a project; one without a file has an empty one.
---@param dir string
---@return engine.plan.Quarantine?
---@return engine.diag.Diagnostic[] diagnostics
---@return string? text for code frames
---@nodiscard
function M.load(dir)
  local text, err = require("core.fs").read(dir .. "/" .. M.FILE, { max = SIZE_MAX })
  if not text and (err.code == "ENOENT" or err.code == "ENOTDIR") then
    text = ""
  elseif not text then
    return nil, {
      {
        severity = "error",
        code = "E210",
        file = M.FILE,
        message = "cannot be read: " .. require("engine.discover").reason(err),
      },
    }
  end
  local quarantine, list = M.parse(text, M.FILE, os.date("%Y-%m-%d"))
  return quarantine, list, text
end

return M
