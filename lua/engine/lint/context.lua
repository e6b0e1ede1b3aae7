--- What a rule of lint is given beside the node: the file's text, its options, and what it can say.
---
--- A finding is a diagnostic with a `rule` and, maybe, a `fix`: edits of byte ranges of the text.
--- Of each rule so many are kept as anybody reads; the others are counted.
local fixes = require("engine.lint.fix")
local kept_comments = require("engine.lint.kept_comments")
local source = require("engine.diag.source")
local suppress = require("engine.lint.suppress")

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
---@field more? integer   instead of a place: how many of the rule were left out
---@field more_fix? "safe"|"unsafe" which fix those have

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
---@field lang "toml"|"lua"
---@field findings engine.lint.Finding[]
---@field suppressions engine.lint.Suppression[]
---@field suppressed integer  findings that these keep from being told
---@field rule engine.lint.Rule   whose turn it is
---@field options table<string, any> of that rule
---@field positions? core.toml.Positions of a file in TOML
---@field suite? engine.model.Suite  when nothing is wrong with the file
---@field view? engine.model.View of the rendered text
---@field is_rendered? boolean    places are those of the source, values those of a rendered text
---@field project_dir string
---@field told_max? integer       instead of TOLD_MAX
---@field nodes table<string, engine.lint.Node[]> by kind
local M = {}
M.__index = M

--- Findings of one rule in one file that are told one by one; so many without a fix, with a safe
--- one and with an unsafe one, so that none of these is lost for the others.
M.TOLD_MAX = 1000

local COUNTED_MAX = 100000 -- of those that are left out: of each it is noted that it was counted

---@param fields table
---@return engine.lint.Context
function M.new(fields)
  fields.findings = fields.findings or {}
  fields.nodes = fields.nodes or {}
  fields.seen, fields.told, fields.left_out, fields.counted = {}, {}, {}, 0
  fields.suppressions = suppress.list(fields.text, fields.lang)
  fields.suppressed, fields.suppresses = 0, suppress.filter(fields.suppressions)
  fields.comments = kept_comments.new(fields.text, fields.lang)
  return setmetatable(fields, M)
end

--- Says where a key of a node is written.
---@param node engine.lint.Node
---@param name string
---@return engine.lint.Place? place nil: the file does not have it
function M:key(node, name)
  local checked = node.checked
  local offset, stop, at = self.positions:key(checked.raw, checked.spelt[name] or name)
  return offset and { offset = offset, stop = stop, at = at }
end

--- Says where the value of a key of a node is written.
---@param node engine.lint.Node
---@param name string
---@return engine.lint.Place?
function M:value(node, name)
  local checked = node.checked
  local offset, stop, at = self.positions:value(checked.raw, checked.spelt[name] or name)
  return offset and { offset = offset, stop = stop, at = at }
end

--- Says where an item of a list, or a value of a table below a node, is written.
---@param t table the list or table
---@param k any
---@return engine.lint.Place?
function M:item(t, k)
  local offset, stop, at = self.positions:value(t, k)
  return offset and { offset = offset, stop = stop, at = at }
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
    local text = "\n" .. self.text:sub(source.line_begin(self.text, 0) + 1)
    local name = "[\"']?determinism[\"']?[ \t]*[%].=]"
    self.determinism[key] = text:find("%f[%w_]" .. key .. "%f[^%w_][\"']?%s*=") ~= nil
      and (text:find("\n[ \t]*%[[ \t]*" .. name) or text:find("\n[ \t]*" .. name)) ~= nil
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
  local begin = source.line_begin(self.text, key.offset)
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
  return { offset = node.offset, stop = node.stop, at = rawget(node, "rendered_at") }
end

local function edits_of(fix)
  return fix.offset and { fix } or fix
end

--- Makes the fix of a finding; nil: it would lose a comment, its edits overlap, or its places are
--- those of a rendered text.
local function fix_of(self, report)
  if not report.fix or self.is_rendered then
    return nil
  end
  local is_unsafe = report.unsafe or self.rule.fix == "unsafe"
  local fix = {
    applicability = is_unsafe and "unsafe" or "safe",
    message = report.fix_message or report.help or "rewrite it",
    edits = edits_of(report.fix),
  }
  return self.comments:keeps(fix) and not fixes.overlap(fix.edits) and fix or nil
end

--- Counts a finding that is one too many of its kind.
---@return boolean is_counted
local function leave_out(self, finding, kind)
  local one = self.left_out[kind]
  if not one then
    one = {
      severity = finding.severity, code = finding.code, rule = finding.rule, file = self.file,
      more = 0, more_fix = finding.fix and finding.fix.applicability,
    }
    self.left_out[kind] = one
    self.left_out[#self.left_out + 1] = one
  end
  one.is_least = self.counted >= COUNTED_MAX
  if not one.is_least then
    one.more, self.counted = one.more + 1, self.counted + 1
  end
  return not one.is_least
end

--- Keeps a finding, or counts it.
---@return boolean is_noted
local function take(self, finding)
  if self:is_suppressed(finding) then
    return true
  end
  local kind = finding.code .. (finding.fix and finding.fix.applicability or "")
  local told = self.told[kind] or 0
  if told >= (self.told_max or M.TOLD_MAX) then
    return leave_out(self, finding, kind)
  end
  self.told[kind] = told + 1
  self.findings[#self.findings + 1] = finding
  return true
end

--- Says whether a comment keeps a finding from being told, and counts it then.
---@param finding engine.lint.Finding
---@return boolean
function M:is_suppressed(finding)
  local found = self.suppresses(finding)
  self.suppressed = self.suppressed + (found and 1 or 0)
  return found
end

--- Tells a finding of the rule whose turn it is.
---@param report engine.lint.Report
function M:report(report)
  assert(type(report) == "table" and type(report.message) == "string",
    "report: `message` must be text")
  local place, rule = place_of(self, report), self.rule
  local key = ("%s\0%d\0%s"):format(rule.code, place.offset, report.message)
  local related = place.at and self.view
    and self.view.written:related(place.at, place.offset, place.stop) or nil
  for _, other in ipairs(related or {}) do
    key = ("%s\0%s:%d"):format(key, other.file, other.offset)
  end
  if self.seen[key] then
    return -- another cell of the matrix told it
  end
  self.lines = self.lines or source.lines(self.text)
  local line, column = source.position(self.lines, math.min(place.offset, #self.text))
  self.seen[key] = take(self, {
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
    related = related and related[1] and related or nil,
    fix = fix_of(self, report),
    is_secret = report.is_secret,
  }) or nil
end

--- Lists what is to be said of the findings that were only counted.
---@return engine.lint.Finding[]
---@nodiscard
function M:rest()
  for _, one in ipairs(self.left_out) do
    one.message = ("and %s%d more of this rule%s, which are not told one by one"):format(
      one.is_least and "at least " or "", one.more,
      one.more_fix and (" with %s fix"):format(one.more_fix == "safe" and "a" or "an unsafe") or "")
    one.is_least = nil
  end
  return self.left_out
end

return M
