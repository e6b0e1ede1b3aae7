--- Reads spans from text: one document of OTLP's JSON, or a line for each message or span (NDJSON).
---
--- Nothing is told of a text that is wrong in one place: the first problem is returned, with its
--- line and with the path to what is wrong.  Limits keep what anybody may send from filling the
--- memory.  Pure: no file is opened here.
---
---     local trace, err = require("engine.trace.read").text(bytes)
---     local forest = require("engine.trace.tree").build(trace.spans)
---@class engine.trace.read
local json = require("core.json")
local otlp = require("engine.trace.otlp")

local M = {}

M.BYTES_MAX = 64 << 20
M.SPANS_MAX = 200000
M.DEPTH_MAX = 400 -- of JSON: a value in 64 levels of arrays has three levels of JSON for each

local BOM = "^\239\187\191"

---@class engine.trace.Trace
---@field spans engine.trace.Span[] in the order of the text
---@field is_lines boolean one message on each line

local function too_many()
  return { message = ("more than %d spans"):format(M.SPANS_MAX) }
end

local function skip() end

--- Finds where in a value its problem is: it is read again, with places.
local function place(problem, value, line)
  local ok, placed = pcall(otlp.read, value, skip, true)
  if not ok and type(placed) == "table" then
    problem = placed
  end
  problem.line = line
  return problem
end

--- Reads one value of JSON; problems get their line.
local function read_value(text, line, out)
  local value, err = json.decode(text, { depth = M.DEPTH_MAX })
  if err then
    local pos = err.pos or {}
    return {
      message = err.message:gsub("^line %d+, column %d+: ", ""),
      line = line or pos.line,
      column = pos.column,
    }
  end
  local ok, problem = pcall(otlp.read, value, function(span)
    span.line = line
    out[#out + 1] = span
    if #out > M.SPANS_MAX then
      error(too_many(), 0)
    end
  end)
  if not ok then
    if type(problem) ~= "table" then
      error(problem, 0) -- a bug of ours
    end
    return place(problem, value, line)
  end
end

--- Whether the first line is a value by itself: then each line is one.
local function is_lines(text)
  local first, rest = text:match("^%s*([^\n]*)\n(.*)$")
  return rest and rest:find("%S") and json.decode(first) ~= nil or false
end

--- Reads spans.
---@param text string
---@return engine.trace.Trace?
---@return engine.trace.Problem? err
---@nodiscard
function M.text(text)
  text = text:gsub(BOM, "")
  if #text > M.BYTES_MAX then
    return nil, { message = ("more than %d MiB"):format(M.BYTES_MAX >> 20) }
  end
  local spans = {}
  if not is_lines(text) then
    local problem = read_value(text, nil, spans)
    return not problem and { spans = spans, is_lines = false } or nil, problem
  end
  local number = 0
  for line in text:gmatch("([^\n]*)\n?") do
    number = number + 1
    if line:find("%S") then
      local problem = read_value(line, number, spans)
      if problem then
        return nil, problem
      end
    end
  end
  return { spans = spans, is_lines = true }
end

--- Says a problem in one line: "spans.json:3: resourceSpans[0].…: an array is wanted".
---@param problem engine.trace.Problem
---@param shown string what was read
---@return string
---@nodiscard
function M.describe(problem, shown)
  local where = shown
  if problem.line then
    where = ("%s:%d%s"):format(shown, problem.line, problem.column and ":" .. problem.column or "")
  end
  return ("%s: %s%s"):format(where, problem.path and problem.path .. ": " or "", problem.message)
end

return M
