--- What a plain `assert` that failed says: both sides, with their source and their values.
---
--- Pure.
---@class engine.expect.compare
local difference = require("engine.expect.difference")
local errors = require("engine.raised")
local equal = require("engine.expect.equal").equal
local inspect = require("engine.expect.inspect")
local texts = require("engine.expect.text")

local M = {}

local VALUE_COLUMNS = 60
local SOURCE_COLUMNS = 60

---@class engine.expect.Compared
---@field op? "=="|"~="|"<"|"<="|">"|">=" nil: no comparison
---@field left any
---@field right any
---@field left_text? string source of the side
---@field right_text? string
---@field message? any second argument of assert
---@field file? string
---@field line? integer
---@field offset? integer of the comparison in the file, in bytes from 0
---@field length? integer

local function is_literal(source)
  return source:match("^%-?[%d.]+[%w.]*$") or source:match('^"[^"]*"$') or source:match("^'[^']*'$")
    or source == "nil" or source == "true" or source == "false" or source:match("^{%s*}$")
end

local function add_source(notes, source, value)
  if source and not is_literal(source) then
    local name = #source > SOURCE_COLUMNS and source:sub(1, SOURCE_COLUMNS - 3) .. "…" or source
    notes[#notes + 1] = ("%s = %s"):format((name:gsub("%s+", " ")), inspect.line(value))
  end
end

local function tables_notes(left, right, notes)
  if equal(left, right) then
    notes[#notes + 1] = "the tables are equal in content, but two: == asks whether they are one"
    return "use expect(a):equals(b) to compare what is in them"
  end
  if inspect.is_list(left) and inspect.is_list(right) then
    local not_left, not_right = difference.bags(right, left)
    if not_left and #not_left > 0 then
      notes[#notes + 1] = { title = "missing on the left", lines = not_left }
    end
    if not_right and #not_right > 0 then
      notes[#notes + 1] = { title = "missing on the right", lines = not_right }
    end
  end
end

local function number_and_text(left, right)
  if type(left) == "string" and tonumber(left) == right
    or type(right) == "string" and tonumber(right) == left then
    return "one is a text, the other a number: tonumber() or tostring() makes them the same type"
  end
end

--- Says in what the two sides of a `==` differ.
local function tell_difference(left, right, notes)
  if type(left) ~= type(right) then
    return { help = number_and_text(left, right) }
  end
  local told = {}
  if type(left) == "table" then
    told.help = tables_notes(left, right, notes)
  end
  if type(left) == "string" then
    local _, _, detail = texts.equals_text(left, right, { subject = "the left side" })
    local label = detail and detail.label or ""
    told.diff = detail and detail.diff
    told.help = label:find("^they differ only") and label or nil
  elseif not equal(left, right) then
    told.diff = (difference.of(right, left) or {}).lines
  end
  return told
end

--- Makes the record of an assert that failed, for `host.check`.
---@param fields engine.expect.Compared
---@return table record
---@nodiscard
function M.failed(fields)
  local left, right, op = fields.left, fields.right, fields.op
  local said = fields.message ~= nil and errors.text(fields.message) or nil
  local record = {
    ok = false,
    code = "T701",
    matcher = "assert",
    message = said or "assertion failed",
    expected = right,
    actual = left,
    pos = fields.file and { file = fields.file, line = fields.line, offset = fields.offset,
      length = fields.length } or nil,
  }
  if not op then
    return record
  end
  local notes, values = {}, { title = "with", lines = {} }
  add_source(values.lines, fields.left_text, left)
  add_source(values.lines, fields.right_text, right)
  notes[1] = #values.lines > 0 and values or nil
  local is_told, told = true, {}
  if op == "==" then
    is_told, told = pcall(tell_difference, left, right, notes) -- an __eq may raise
  end
  record.label = ("%s %s %s is false"):format(inspect.line(left, VALUE_COLUMNS), op,
    inspect.line(right, VALUE_COLUMNS))
  record.notes = #notes > 0 and notes or nil
  record.help = is_told and told.help or nil
  record.diff = is_told and told.diff or nil
  return record
end

return M
