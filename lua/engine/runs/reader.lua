--- Reads run records: a header, a summary, events; what is cut off or foreign never raises.
local hash = require("core.hash")
local json = require("core.json")
local store = require("engine.runs.store")

local M = {}

M.SCHEMA = "clnrm.run/1"

local VERSION = tonumber(M.SCHEMA:match("%d+$"))

--- Bytes in which the first and the last line of a record are looked for, in turn.
local ENDS = { 2 << 10, 64 << 10 }

---@class engine.runs.Info
---@field id string
---@field sequence integer
---@field project string     directory
---@field cwd string         where its files are named from
---@field version string
---@field command string
---@field args string[]
---@field profile? string
---@field whole boolean      all tests of the project were asked for
---@field began string       RFC 3339
---@field began_s integer
---@field began_ns integer
---@field state "complete"|"running"|"incomplete" incomplete: its writer is gone, and did not
---end it: it was killed, or could not write on
---@field duration_ms? number
---@field counts table<string, integer>
---@field exit_code? integer
---@field interrupted? string
---@field not_run? integer
---@field left_out? integer  events that a limit kept out
---@field file string        path of the record
---@field bytes integer

local function decode(line)
  local value = line and line:sub(1, 1) == "{" and json.decode(line)
  return type(value) == "table" and value or nil
end

local function is_header(head)
  return head and head.schema == M.SCHEMA and type(head.id) == "string"
    and head.id:find("^[%w-]+$") -- shown as it is
    and type(head.project) == "string" and math.type(head.began_s) == "integer"
    and math.type(head.began_ns) == "integer" and type(head.args) == "table"
end

--- Reads the first line and the last whole one: both are short in nearly all records.
local function ends(file, bytes)
  local f <close> = io.open(file, "rb")
  if not f then
    return nil
  end
  local first, last
  for _, size in ipairs(ENDS) do
    f:seek("set", 0)
    first = first or (f:read(size) or ""):match("^([^\n]*)\n")
    f:seek("set", math.max(0, bytes - size))
    local tail = (bytes <= size and "\n" or "") .. (f:read(size) or "")
    last = last or tail:match("\n([^\n]*)\n$")
    if first and last then
      break
    end
  end
  return first, first and last
end

--- Whether the first line of a file has a text, as far as headers are long.
local function begins_with(path, text)
  local f <close> = io.open(path, "rb")
  local head, stop = "", nil
  for _, size in ipairs(f and ENDS or {}) do
    head = head .. (f:read(size - #head) or "")
    stop = head:find("\n", 1, true)
    if stop then
      break
    end
  end
  local at = head:find(text, 1, true)
  return at ~= nil and at < (stop or 0)
end

--- Goes through the lines of a record that hold events.
---@param path string
---@param wanted? string only events of this name
---@return fun(): table?
function M.events(path, wanted)
  local f = io.open(path, "rb")
  local mark = wanted and ('"event":"%s"'):format(wanted)
  if f then
    f:read("L") -- the header
  end
  return function()
    while f do
      local line = f:read("L")
      if not line or line:sub(-1) ~= "\n" then -- cut off in its middle
        f:close()
        f = nil
      elseif not mark or line:find(mark, 1, true) then
        local event = decode(line)
        if event and type(event.event) == "string" and (not wanted or event.event == wanted) then
          if event.base64 then
            event.text, event.base64 = hash.unbase64(event.base64) or event.text, nil
          end
          return event
        end
      end
    end
  end
end

--- Adds up a record that has no end.
local function count(info)
  local last
  for e in M.events(info.file) do
    last = e.at_ms or last
    if e.event == "scenario_end" and type(e.verdict) == "string" then
      info.counts[e.verdict] = (info.counts[e.verdict] or 0) + 1
    elseif e.event == "file_error" then
      local name = type(e.verdict) == "string" and e.verdict or "error"
      info.counts[name] = (info.counts[name] or 0) + 1
    end
  end
  info.duration_ms = type(last) == "number" and last or nil
end

local function numbers(list)
  local out = {}
  for name, n in pairs(type(list) == "table" and list or {}) do
    out[name] = math.type(n) == "integer" and n or nil
  end
  return out
end

---@class engine.runs.Unreadable a file that should be a record, and cannot be read as one
---@field path string
---@field sequence integer
---@field project? string  that its header names; nil: it has none
---@field is_newer boolean a newer clnrm has written it

--- Reads what can be known of a file that is no record.
---@param file engine.runs.File
---@return engine.runs.Unreadable
function M.unreadable(file)
  local head = decode((ends(file.path, file.bytes))) or {}
  local schema = type(head.schema) == "string" and head.schema or ""
  local version = tonumber(schema:match("^clnrm%.run/(%d+)$"))
  return {
    path = file.path,
    sequence = file.sequence,
    project = type(head.project) == "string" and head.project or nil,
    is_newer = version ~= nil and version > VERSION,
  }
end

--- Reads what is told of a record as a whole.
---@param file engine.runs.File
---@param project? string only one of this project
---@return engine.runs.Info? # nil: it is no record, or of another project
function M.info(file, project)
  if project and not begins_with(file.path, json.encode(project, { invalid = "replace" })) then
    return nil -- most records are of others: their lines are not worth reading
  end
  local first, last = ends(file.path, file.bytes)
  local head, tail = decode(first), decode(last)
  if not is_header(head) or project and head.project ~= project then
    return nil
  end
  local info = {
    id = head.id,
    sequence = file.sequence,
    project = head.project,
    cwd = type(head.cwd) == "string" and head.cwd or head.project,
    version = tostring(head.version),
    command = tostring(head.command),
    args = head.args,
    profile = type(head.profile) == "string" and head.profile or nil,
    whole = head.whole == true,
    began = tostring(head.began),
    began_s = head.began_s,
    began_ns = head.began_ns,
    file = file.path,
    bytes = file.bytes,
    counts = {},
  }
  if tail and tail.event == "record_end" then
    info.state = "complete"
    info.counts = numbers(tail.counts)
    info.exit_code, info.duration_ms = math.tointeger(tail.exit_code), tonumber(tail.duration_ms)
    info.not_run, info.left_out = math.tointeger(tail.not_run), math.tointeger(tail.left_out)
    info.interrupted = type(tail.interrupted) == "string" and tail.interrupted or nil
  else
    info.state = store.is_live(file.path) and "running" or "incomplete"
    count(info)
  end
  return info
end

return M
