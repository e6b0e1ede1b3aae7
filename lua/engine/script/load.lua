--- Loads Lua text of users: asserts that can tell their sides, an environment of its own, errors as
--- diagnostics.
---@class engine.script.load
local operands = require("core.operands")
local rewrite = require("engine.script.rewrite")
local source = require("engine.script.source")
local trim = require("engine.trim")

local M = {}

---@class engine.script.load.Options
---@field name string         the file as the user would write it
---@field path? string        absolute
---@field project_dir? string absolute; below it `require` finds the project's own modules
---@field env? table          default: a new environment for tests

local SIGNATURE = "\27"

local function refuse(name, code, message, help, at)
  local d = { severity = "error", code = code, file = name, message = message, help = help }
  for key, value in pairs(at or {}) do
    d[key] = value
  end
  return nil, { d }
end

--- Blanks a byte order mark and a first line that starts with #; every byte keeps its place.
local function strip(text)
  local mark = text:match("^\xEF\xBB\xBF()") or 1
  local first = text:match("^#[^\n\r]*()", mark) or mark
  return (" "):rep(first - 1) .. text:sub(first)
end

local function offset_of_line(text, line)
  local at = 1
  for _ = 2, line do
    at = (text:find("\n", at, true) or #text) + 1
  end
  return at
end

--- Finds what stands in a line.
local function find_line(text, line)
  local first = offset_of_line(text, line)
  local whole = text:sub(first, (text:find("\n", first, true) or #text + 1) - 1)
  return first - 1 + #whole:match("^%s*"), math.max(#trim.both(whole), 1)
end

--- Finds the token that the compiler did not want: the first of that text on the line, up to which
--- the text gives the same error.
local function find_token(text, line, near, why, chunk_name)
  local first = offset_of_line(text, line)
  local last = (text:find("\n", first, true) or #text + 1) - 1
  local at, found = first, nil
  for _ = 1, 20 do
    local a, b = text:find(near, at, true)
    if not a or a > last then
      break
    end
    found = found or a
    local _, again = load(text:sub(1, b), chunk_name, "t")
    if again == why then
      found = a
      break
    end
    at = b + 1
  end
  if found then
    return found - 1, #near
  end
  return first - 1 + #text:sub(first, last):match("^%s*"), 1
end

--- Says which line a byte is on, and in which column.
local function position(text, offset)
  local before = text:sub(1, offset)
  local _, newlines = before:gsub("\n", "")
  local start = trim.last_line(before)
  return newlines + 1, (utf8.len(before, start) or #before - start + 1) + 1
end

--- Makes the compiler's message a diagnostic.
local function syntax_error(name, text, why, chunk_name)
  local line, message = why:match("^.-:(%d+): (.*)$")
  if not line then -- the compiler's own limits can come without a place
    return refuse(name, "P040", why)
  end
  local near = message:match(" near '(.*)'$")
  local offset, length = math.max(#trim.stop(text) - 1, 0), 1 -- the end, unless:
  if near then
    local byte = near:match("^<\\(%d+)>$")
    near = byte and string.char(byte) or near
    offset, length = find_token(text, tonumber(line), near, why, chunk_name)
  elseif not message:find("near <eof>", 1, true) then -- a name, a label or a limit
    line = message:match(" at line (%d+)$") or line
    offset, length = find_line(text, tonumber(line))
  end
  local at = { offset = offset, length = length }
  at.line, at.column = position(text, offset)
  return refuse(name, "P040", message, nil, at)
end

--- Compiles a text and runs nothing.
---@param text string
---@param name string the file as the user would write it
---@param env? table  of the function
---@return function?
---@return engine.diag.Diagnostic[]? diagnostics then
---@return string? text what was compiled
function M.compile(text, name, env)
  if text:sub(1, 1) == SIGNATURE then
    return refuse(name, "P041", "compiled Lua, where its text is needed")
  end
  local stripped, chunk_name = strip(text), "@" .. name
  local fn, why = load(stripped, chunk_name, "t", env)
  if not fn then
    return syntax_error(name, stripped, why, chunk_name)
  end
  return fn, nil, stripped
end

--- Loads a text.  Nothing of it runs.
---@param text string
---@param opts engine.script.load.Options
---@return function? fn
---@return table|engine.diag.Diagnostic[] env of the function, or the diagnostics
function M.chunk(text, opts)
  assert(type(text) == "string", "text must be a string")
  assert(type(opts) == "table" and opts.name, "opts.name must be the file")
  local env = opts.env or require("engine.script.environment").new(opts)
  local fn, problems, stripped = M.compile(text, opts.name, env)
  if not fn then
    return nil, problems
  end
  local chunk_name = "@" .. opts.name
  local rewritten, sites = rewrite.rewrite(stripped, chunk_name)
  -- A function at one of the compiler's limits may have no room for the calls: it stays as it is.
  local make = rewritten and load(rewritten, chunk_name, "t", env)
  if make then
    fn = make(operands.sides(sites))
  end
  source.add(fn, { file = opts.name, path = opts.path, text = stripped })
  return fn, env
end

---@class engine.script.Comparison what a failed assert tells
---@field op? string          nil: there was no comparison, or its sides are not known
---@field left? any
---@field right? any
---@field left_text? string   as the file has it
---@field right_text? string
---@field message? any        the error it raised, its own place taken away
---@field file? string
---@field line? integer
---@field offset? integer     of the comparison, in bytes from 0
---@field length? integer

--- Puts a failed assert into the words of engine.expect.compare.
---@param failure core.operands.Failure
---@return engine.script.Comparison
---@nodiscard
function M.compared(failure)
  local site, entry = failure.site, source.get_full(failure.source)
  local message = failure.value
  if type(message) == "string" and failure.line then
    local place = ("%s:%d: "):format(entry and entry.short or "", failure.line)
    message = message:sub(1, #place) == place and message:sub(#place + 1) or message
  end
  local fields = { message = message, file = entry and entry.file, line = failure.line }
  if message == "assertion failed!" then
    fields.message = nil
  end
  if site then
    fields.op, fields.left, fields.right = site.op, failure.a, failure.b
    fields.left_text, fields.right_text = site.source_a, site.source_b
    fields.offset, fields.length = site.first - 1, site.last - site.first + 1
  end
  return fields
end

return M
