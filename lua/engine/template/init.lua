--- Renders the tags of a test file: each `{{ name }}` becomes the text of its value.
---
--- A value inside a string of TOML stays inside: one that would end the string, or that the string
--- would read differently, is refused.  Elsewhere it is inserted as it is.
local lookup = require("engine.template.lookup")
local map = require("engine.template.map")
local scan = require("engine.template.scan")
local text = require("core.text")

local M = {}

local SHOWN_MAX = 40
local PROBLEMS_MAX = 10001 -- found in one text: more than are counted
local HELPED_MAX = 30 -- of them with what might be meant; the others say only what they are

---@class engine.template.Rendered
---@field text string
---@field map engine.template.Map
---@field inserted { tag: engine.template.Tag, text: string, at: integer }[] at: from 1, in `text`

---@class engine.template.Compiled
---@field source string
---@field tags engine.template.Tag[] each with its `path`

--- A problem of a tag, as a place in the source.
local function located(tag, p)
  p.offset = tag.inner_at + p.at - 2
  return p
end

--- Reads the tags.
---@param source string
---@param tags engine.template.Tag[]
---@return engine.template.Compiled
---@return engine.template.Problem[] problems with `offset`, from 0
function M.compile(source, tags)
  local problems = {}
  for _, tag in ipairs(tags) do
    local p
    if tag.is_open then
      p = { code = "R001", at = -1, length = 2, message = "this tag is not closed by `}}`" }
    else
      tag.path, p = lookup.parse(tag.inner)
    end
    problems[#problems + 1] = p and located(tag, p)
    if #problems >= PROBLEMS_MAX then
      break
    end
  end
  return { source = source, tags = tags }, problems
end

--- Quotes a value for a message.
---@param value string
---@return string
function M.quote(value)
  return "`" .. text.cut(text.escape(value:sub(1, 1000), { line = true }), SHOWN_MAX) .. "`"
end

local STRINGS = {
  basic = 'a text in "…"', literal = "a text in '…'", basic3 = 'a text in """…"""',
  literal3 = "a text in '''…'''", comment = "a comment",
}

--- Refuses what would not stay inside the string that its tag stands in.
local function check_inside(rendered, problems)
  local places = {}
  for i, one in ipairs(rendered.inserted) do
    places[2 * i - 1], places[2 * i] = one.at, one.at + #one.text
  end
  local states = scan.states(rendered.text, places)
  for i, one in ipairs(rendered.inserted) do
    local tag, before, after = one.tag, states[2 * i - 1], states[2 * i]
    local is_basic = tag.state == "basic" or tag.state == "basic3"
    local holds = before and after and before.state == after.state
      and before.opened == after.opened and before.state == tag.state
    if tag.state ~= "bare" and (not holds or is_basic and one.text:find("\\", 1, true)) then
      problems[#problems + 1] = located(tag, {
        code = "R003",
        at = -1,
        length = tag.last - tag.first + 1,
        message = ("the value %s does not stay inside %s"):format(M.quote(one.text),
          STRINGS[tag.state]),
        help = is_basic
          and "write the text in '…' or '''…''', where a backslash and \" mean themselves"
          or "write the text in a form whose quotes the value does not hold",
      })
    end
  end
end

--- Renders a compiled text.
---@param compiled engine.template.Compiled
---@param scope engine.template.Scope
---@param missing? table<string, boolean> names that other cells have
---@return engine.template.Rendered
---@return engine.template.Problem[] problems
function M.render(compiled, scope, missing)
  local source, out, problems = compiled.source, {}, {}
  local rendered = { map = map.new(), inserted = {} }
  local at, length = 1, 0
  local function add(piece, from, source_length, copied)
    rendered.map:add(length, from - 1, source_length, copied)
    out[#out + 1], length = piece, length + #piece
  end
  for _, tag in ipairs(compiled.tags) do
    add(source:sub(at, tag.first - 1), at, tag.first - at, true)
    local known = #problems < HELPED_MAX and missing or nil
    known = #problems >= HELPED_MAX and lookup.BRIEF or known
    local value, p = lookup.find(tag.path, scope, known)
    local shown, why
    if not p then
      shown, why = lookup.text(value)
    end
    if why then
      p = { code = "R003", at = -1, length = tag.last - tag.first + 1, message = why,
        help = "name one of its keys: `{{ matrix.db.name }}`" }
    end
    problems[#problems + 1] = p and located(tag, p)
    if #problems >= PROBLEMS_MAX then
      break
    end
    shown = shown or ""
    rendered.inserted[#rendered.inserted + 1] = { tag = tag, text = shown, at = length + 1 }
    add(shown, tag.first, tag.last - tag.first + 1, false)
    at = tag.last + 1
  end
  add(source:sub(at), at, #source - at + 1, true)
  rendered.text = table.concat(out)
  if #problems == 0 then
    check_inside(rendered, problems)
  end
  return rendered, problems
end

return M
