--- What a rule of lint is given beside the node: the file's text, its options, and what it can say.
---
--- A finding is a diagnostic with a `rule` and, maybe, a `fix`: edits of byte ranges of the text.
local source = require("engine.diag.source")

---@class engine.lint.Edit
---@field offset integer bytes from 0
---@field stop integer   behind the last byte that is replaced
---@field text string

---@class engine.lint.Fix
---@field applicability "safe"|"unsafe"
---@field message string  what it does, for people
---@field edits engine.lint.Edit[]

---@class engine.lint.Finding: engine.diag.Diagnostic
---@field rule string     the rule's name
---@field is_secret? boolean what is marked is shown as stars
---@field fix? engine.lint.Fix

---@class engine.lint.Report  what a rule tells
---@field node? engine.lint.Node
---@field key? string         of the node: the finding is about this key
---@field at? "key"|"value"   of `key`; default: its value
---@field place? engine.lint.Place instead of a node
---@field message string
---@field label? string       a few words beside the caret
---@field help? string
---@field fix? engine.lint.Edit|engine.lint.Edit[]
---@field fix_message? string what the fix does
---@field unsafe? boolean     the fix may change what the test means
---@field is_secret? boolean  no report shows what is marked

---@class engine.lint.Context
---@field file string
---@field text string
---@field findings engine.lint.Finding[]
---@field rule engine.lint.Rule   whose turn it is
---@field options table<string, any> of that rule
---@field positions? core.toml.Positions of a file in TOML
---@field suite? engine.model.Suite  when nothing is wrong with the file
---@field is_rendered? boolean    places are those of the source, values those of a rendered text
---@field project_dir string
---@field nodes table<string, engine.lint.Node[]> by kind
local M = {}
M.__index = M

local FINDINGS_MAX = 1000 -- of one file

---@param fields table
---@return engine.lint.Context
function M.new(fields)
  fields.findings = fields.findings or {}
  fields.nodes = fields.nodes or {}
  fields.seen = {}
  return setmetatable(fields, M)
end

--- Says where a key of a node is written.
---@param node engine.lint.Node
---@param name string
---@return engine.lint.Place? place nil: the file does not have it
function M:key(node, name)
  local checked = node.checked
  local offset, stop = self.positions:key(checked.raw, checked.spelt[name] or name)
  return offset and { offset = offset, stop = stop }
end

--- Says where the value of a key of a node is written.
---@param node engine.lint.Node
---@param name string
---@return engine.lint.Place?
function M:value(node, name)
  local checked = node.checked
  local offset, stop = self.positions:value(checked.raw, checked.spelt[name] or name)
  return offset and { offset = offset, stop = stop }
end

--- Says where an item of a list, or a value of a table below a node, is written.
---@param t table the list or table
---@param k any
---@return engine.lint.Place?
function M:item(t, k)
  local offset, stop = self.positions:value(t, k)
  return offset and { offset = offset, stop = stop }
end

--- Says whether `[determinism]` has a key; of a file that could not be read, whether it seems so.
---@param key string
---@return boolean
function M:sets_determinism(key)
  local file = self.nodes.file and self.nodes.file[1]
  if file then
    local determinism = file.determinism
    return type(determinism) == "table" and determinism[key] ~= nil
  end
  self.determinism = self.determinism or {} -- the text is searched once, not for each tag
  if self.determinism[key] == nil then
    self.determinism[key] = self.text:find("%[determinism%]") ~= nil
      and self.text:find("%f[%w_]" .. key .. "%f[^%w_]%s*=") ~= nil
  end
  return self.determinism[key]
end

--- The text of a place.
---@param place engine.lint.Place
---@return string
function M:source(place)
  return self.text:sub(place.offset + 1, place.stop)
end

--- Makes an edit that replaces a place.
---@param place engine.lint.Place
---@param text string
---@return engine.lint.Edit
function M.replace(_, place, text)
  return { offset = place.offset, stop = place.stop, text = text }
end

--- Makes an edit that inserts before a place.
---@return engine.lint.Edit
function M.insert_before(_, place, text)
  return { offset = place.offset, stop = place.offset, text = text }
end

--- Makes an edit that inserts behind a place: behind the line of a [header], behind the opening
--- brace of an inline table, else right behind it.
---@param place engine.lint.Place
---@param text string of a line, with its end
---@return engine.lint.Edit
function M:insert_after(place, text)
  local first = self.text:sub(place.offset + 1, place.offset + 1)
  if first == "[" then
    local _, last = self.text:find("\n", place.stop + 1, true)
    local offset = last or #self.text
    return { offset = offset, stop = offset, text = last and text or "\n" .. text }
  elseif first == "{" then
    local offset = place.offset + 1
    return { offset = offset, stop = offset, text = " " .. text:gsub("%s*\n$", ",") }
  end
  return { offset = place.stop, stop = place.stop, text = text }
end

--- Makes the edit that takes out `key = value`, when that is all that its lines hold.
---@param node engine.lint.Node
---@param name string
---@return engine.lint.Edit? edit nil: something stands beside it, a comment say
function M:remove(node, name)
  local key, value = self:key(node, name), self:value(node, name)
  if not key or not value or value.stop < key.stop then
    return nil
  end
  local begin = key.offset
  while begin > 0 and self.text:byte(begin) ~= 10 do
    begin = begin - 1
  end
  local before = self.text:sub(begin + 1, key.offset)
  local rest, last = self.text:match("^([ \t\r]*)\n?()", value.stop + 1)
  local is_alone = rest and (self.text:byte(last - 1) == 10 or last > #self.text)
  if before:find("[^%w_.\"' \t-]") or not is_alone then
    return nil
  end
  return { offset = begin, stop = last - 1, text = "" }
end

local function place_of(self, report)
  local node = report.node
  if report.place then
    return report.place
  elseif node and report.key then
    local place = report.at == "key" and self:key(node, report.key) or self:value(node, report.key)
    if place then
      return place
    end
  end
  assert(node, "report: `node` or `place` must say what the finding is about")
  return { offset = node.offset, stop = node.stop }
end

local function edits_of(fix)
  return fix.offset and { fix } or fix
end

--- Tells a finding of the rule whose turn it is.
---@param report engine.lint.Report
function M:report(report)
  assert(type(report) == "table" and type(report.message) == "string",
    "report: `message` must be text")
  local place, rule = place_of(self, report), self.rule
  local key = ("%s\0%d\0%s"):format(rule.code, place.offset, report.message)
  if self.seen[key] or #self.findings >= FINDINGS_MAX then
    return -- another cell of the matrix told it
  end
  self.seen[key] = true
  self.lines = self.lines or source.lines(self.text)
  local line, column = source.position(self.lines, math.min(place.offset, #self.text))
  local fix
  if report.fix and not self.is_rendered then
    local is_unsafe = report.unsafe or rule.fix == "unsafe"
    fix = {
      applicability = is_unsafe and "unsafe" or "safe",
      message = report.fix_message or report.help or "rewrite it",
      edits = edits_of(report.fix),
    }
  end
  self.findings[#self.findings + 1] = {
    severity = rule.severity,
    code = rule.code,
    rule = rule.name,
    message = report.message,
    label = report.label,
    help = report.help,
    file = self.file,
    line = line,
    column = column,
    offset = place.offset,
    length = math.max(place.stop - place.offset, 1),
    fix = fix,
    is_secret = report.is_secret,
  }
end

return M
