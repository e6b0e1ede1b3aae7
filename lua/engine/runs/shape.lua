--- The shape of the events of a record: what reporters rely on, field by field.
---
--- A record is a file: somebody may have changed it, or the disk has.  It is looked through before
--- any reporter sees it, so that what a reporter raises after that is a bug, and told as one.
--- Pure.  A field has one type wherever it stands; one that is not listed may be anything, since
--- reporters show such values whatever they are, and newer records have more of them.
---@class engine.runs.shape
local json = require("core.json")
local verdict = require("engine.verdict")

local M = {}

local DEPTH_MAX = 16

local function set_of(names)
  local set = {}
  for name in names:gmatch("%S+") do
    set[name] = true
  end
  return set
end

local function is_whole(value)
  return math.type(value) == "integer" and value >= 0
end

local function is_text(value)
  return type(value) == "string"
end

local function is_table(value)
  return type(value) == "table"
end

local function list_of(is_item)
  return function(value)
    if not is_table(value) then
      return false
    end
    local count = 0
    for _, item in ipairs(value) do
      if not is_item(item) then
        return false
      end
      count = count + 1
    end
    for _ in pairs(value) do
      count = count - 1
    end
    return count == 0
  end
end

local function map_of(is_value)
  return function(value)
    if not is_table(value) then
      return false
    end
    for key, item in pairs(value) do
      if not is_text(key) or not is_value(item) then
        return false
      end
    end
    return true
  end
end

local is_texts = list_of(is_text)

local IS_VERDICT = set_of(table.concat(verdict.names, " "))
local IS_SEVERITY = { error = true, warning = true, note = true }
local IS_STREAM = { stdout = true, stderr = true }

--- How a kind of field is told, what it holds, and which fields are of it.
local KINDS = {
  {
    "a text", is_text,
    [[event id file name cell reason kind shell message help rerun label matcher
      from not_reused
      text base64 path status hook on module profile order shard flaky backend version
      run_id interrupted title test what at healed_by phase probe nearest last timings]],
  },
  {
    "a number of 0 or more", is_whole,
    [[line column offset length attempt of repetition worker exit_code signal bytes cut probes jobs
      total files repetitions not_run outstanding leaks_more stdout_bytes stderr_bytes killed
      max_rss_kb rss_kb peak_kb peak rooms seed pid made
      taken ready again dirty dead wasted for_ms held_back]],
  },
  {
    "a time", function(value)
      return type(value) == "number" and value >= 0 and value < math.huge
    end,
    "duration_ms at_ms ms ready_ms open_ms close_ms busy_ms user_ms system_ms wait_ms made_ms",
  },
  {
    "true or false", function(value)
      return type(value) == "boolean"
    end,
    "timed_out will_retry asked ok negated implied reused",
  },
  { "a verdict", function(value)
    return IS_VERDICT[value] == true
  end, "verdict" },
  { "stdout or stderr", function(value)
    return IS_STREAM[value] == true
  end, "stream" },
  { "a code", function(value) -- shown as it is, as what follows is
    return is_text(value) and value:find("^%u[%u%d]*$") ~= nil
  end, "code" },
  { "error, warning or note", function(value)
    return IS_SEVERITY[value] == true
  end, "severity" },
  { "a text, or an error with a message", function(value)
    return is_text(value) or is_table(value) and is_text(value.message)
  end, "error" },
  { "a text or a number", function(value)
    return is_text(value) or is_whole(value)
  end, "step" },
  { "a list of texts", is_texts, "tags marks argv unwatched lines not_closed" },
  {
    "a list of tables", list_of(is_table),
    "failures diagnostics attempts leaks snapshots related overrides running awaits",
  },
  { "a list", list_of(function(value)
    return value ~= json.null
  end), "notes checks" },
  { "a table of numbers", map_of(is_whole), "counts left_out" },
  { "two numbers, ran and of", function(value)
    return is_table(value) and is_whole(value.ran) and is_whole(value.of)
  end, "values" },
  { "a table", map_of(function()
    return true
  end), "isolation rusage pos failure memory workers pool" },
}

local FIELDS = {}
for _, kind in ipairs(KINDS) do
  for name in kind[3]:gmatch("%S+") do
    assert(not FIELDS[name], name)
    FIELDS[name] = kind
  end
end

--- What each event must have, and each table of a list.
local NEEDED = {
  run_begin = "run_id version files total jobs",
  scenario_begin = "id file name",
  scenario_end = "id file name verdict duration_ms",
  attempt_end = "id attempt verdict duration_ms",
  step_begin = "id step name",
  step_end = "id step name duration_ms", -- a command of a Lua test has no verdict
  step_left_out = "id step name",
  output = "id step stream text bytes",
  service_begin = "id service",
  service_ready = "id service",
  service_end = "id service",
  service_failed = "id service failure",
  fault_begin = "id service kind what",
  fault_end = "id service kind what ms",
  hook = "id hook verdict",
  log = "id text",
  check = "id ok",
  attachment = "id name path",
  artifact = "id name",
  snapshot = "id name path status",
  file_error = "file diagnostics",
  run_end = "counts duration_ms exit_code",
  slow = "id file name",
  status = "running",
  running = "id",
  awaits = "service",
  source = "file text",
  failures = "code message severity",
  diagnostics = "code message severity",
  related = "message",
  attempts = "attempt verdict duration_ms",
  leaks = "kind name",
  failure = "code message",
  overrides = "module file",
}
for name, list in pairs(NEEDED) do
  NEEDED[name] = set_of(list)
end

--- The events of a run.
local EVENTS = set_of([[run_begin run_end scenario_begin scenario_end attempt_begin attempt_end
  room_begin room_end step_begin step_end step_left_out output service_begin service_ready
  service_end service_failed fault_begin fault_end hook log check attachment artifact snapshot
  file_error slow status
  paused continued suspended resumed source record_end]])

--- Tables, and lists of tables, whose fields are fields as those of an event.
local LOOKED_INTO = set_of([[failures diagnostics related attempts leaks snapshots overrides checks
  failure pos rusage memory workers pool running awaits]])

local check

local function missing(where, value)
  if where == "artifact" and value.error == nil and not (value.path and value.bytes) then
    return "neither `error` nor `path` and `bytes` are there"
  elseif where == "run_begin" and value.order == "random" and value.seed == nil then
    return "`seed` is not there"
  end
  for name in pairs(NEEDED[where] or {}) do
    if value[name] == nil then
      return ("`%s` is not there"):format(name)
    end
  end
end

local function check_notes(list)
  for _, note in ipairs(list) do
    if not is_text(note) and not (is_table(note) and is_text(note.title)
      and is_texts(note.lines)) then
      return "`notes` is no list of texts and blocks"
    end
  end
end

--- Checks the log of a service: texts, and lists of them.
local function check_log(value)
  if is_text(value) then
    return nil
  end
  for name, part in pairs(is_table(value) and value or { false }) do
    if not is_text(part) and not is_texts(part) or name == "lines" and is_text(part) then
      return "`log` is no log"
    end
  end
end

local function check_field(event, name, value, depth)
  local kind = FIELDS[name]
  if kind and not kind[2](value) then
    return ("`%s` is not %s"):format(name, kind[1])
  elseif name == "log" then
    return check_log(value)
  elseif name == "steps" and not (event == "status" and is_texts or is_whole)(value) then
    return "`steps` is not what it is there"
  elseif name == "error" and event == "artifact" and not is_text(value) then
    return "`error` is not a text"
  elseif name == "notes" then
    return check_notes(value)
  elseif name == "service" and not is_text(value) then
    return "`service` is not a text"
  elseif not LOOKED_INTO[name] or not is_table(value) then
    return nil
  elseif depth > DEPTH_MAX then
    return "it is nested too deep"
  elseif #value == 0 then
    return next(value) ~= nil and check(event, name, value, depth + 1) or nil
  end
  for _, item in ipairs(value) do
    local why = is_table(item) and check(event, name, item, depth + 1)
    if why then
      return ("%s in `%s`"):format(why, name)
    end
  end
end

--- Checks the fields of a table.
function check(event, where, value, depth)
  local why = missing(where, value)
  local names = {}
  for name in pairs(value) do
    names[#names + 1] = is_text(name) and name or nil
  end
  table.sort(names)
  for _, name in ipairs(names) do
    why = why or check_field(event, name, value[name], depth)
  end
  return why
end

--- Whether a run tells such events.
---@param name string
---@return boolean
---@nodiscard
function M.knows(name)
  return EVENTS[name] == true
end

--- Says what is wrong with an event, or nil.
---@param e table with `event`, a text
---@return string? why
---@nodiscard
function M.problem(e)
  return check(e.event, e.event, e, 1)
end

return M
