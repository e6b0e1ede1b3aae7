--- What the engine hands to `clnrm.expect`: the matchers, asked one by one.
---
--- stdlib must not require engine.*; this table goes to it through clnrm.host.  `ask` says of a
--- check on a Lua value whether it holds, negated or not, as the fields of a record; it raises
--- nothing.  What is wrong with the call itself comes from `misuse` and `unknown`.
---@class engine.expect.host
local duration = require("engine.model.duration")
local excerpt = require("engine.expect.excerpt")
local inspect = require("engine.expect.inspect")
local matchers = require("engine.expect.matchers")
local poll = require("engine.expect.poll")
local suggest = require("engine.suggest")

require("engine.expect.values") -- adds to the matchers what they are on Lua values

local M = {}

M.poll = poll.run
M.show = inspect.line
M.raised = require("engine.raised").text

---@class engine.expect.Asked what was asked of one value
---@field word string the matcher
---@field negated boolean
---@field args table packed arguments
---@field attempt fun(fn: function): boolean, ...
---@field cut? { cut: integer, seam: integer } of a text that was cut at its cap

---@class engine.expect.Answer
---@field ok? boolean nil: could not be evaluated
---@field code? string
---@field message? string
---@field label? string
---@field help? string
---@field diff? string[]
---@field nearest? engine.expect.Nearest
---@field notes? (string|engine.diag.Block)[]

local function words()
  local list = {}
  for name, matcher in pairs(matchers) do
    list[#list + 1] = matcher.value and name or nil
  end
  table.sort(list)
  return list
end

--- Lists the matchers of Lua tests, by name.
---@return string[]
---@nodiscard
function M.words()
  return words()
end

--- Says whether there is such a matcher.
---@param word string
---@return boolean
---@nodiscard
function M.knows(word)
  return matchers[word] ~= nil and matchers[word].value ~= nil
end

local ELSEWHERE = {
  not_contains = ".no:contains(…)", not_matches = ".no:matches(…)", not_equals = ".no:equals(…)",
  ne = ".no:equals(…)", eq = "equals(…)", equal = "equals(…)", same = "equals(…)",
  is_not_nil = ".no:is_nil()", throws = "raises(…)", never = ".no", not_ = ".no",
}

--- Says what is wrong with the name of a matcher that does not exist.
---@param word string
---@param own string[] names of the user's matchers
---@return string
---@nodiscard
function M.unknown(word, own)
  local names = { "no", "eventually" }
  for _, list in ipairs({ words(), own }) do
    table.move(list, 1, #list, #names + 1, names)
  end
  local near = ELSEWHERE[word] or suggest.nearest(word, names)
  local file_only = matchers[word] and ("; '%s' is for test files only"):format(word) or ""
  return ("there is no matcher '%s'%s%s"):format(word, file_only,
    near and ("; did you mean %s?"):format(near) or "")
end

--- Says what is wrong with the arguments of a matcher.
---@param word string
---@param args table packed
---@param negated boolean
---@return string? problem
---@nodiscard
function M.misuse(word, args, negated)
  local expected, problem = matchers[word].value.pack(args, negated)
  return not expected and problem or nil
end

--- Reads a duration: "500ms", or a number of seconds.
---@param value any
---@return number? milliseconds nil: it is none
---@nodiscard
function M.duration(value)
  if type(value) == "number" and value > 0 and value * 1000 <= duration.MAX_MS then
    return value * 1000
  elseif type(value) == "string" then
    local ms = duration.parse(value)
    return ms and ms > 0 and ms or nil
  end
end

--- Shows the text that was looked at, where no diff shows it already.
local function add_excerpt(notes, actual, detail)
  if type(actual) ~= "string" or actual == "" or detail.diff then
    return
  end
  local near = detail.nearest
  local lines = excerpt.of(actual, detail.at or near and near.line, near)
  notes[#notes + 1] = { title = "value", lines = lines }
end

local function notes_of(detail, actual)
  local notes = {}
  add_excerpt(notes, actual, detail)
  if detail.missing then
    notes[#notes + 1] = { title = "missing", lines = detail.missing }
  end
  if detail.extra then
    notes[#notes + 1] = { title = "extra", lines = detail.extra }
  end
  return #notes > 0 and notes or nil
end

local function answer(ok, code, message, detail, actual)
  detail = detail or {}
  return {
    ok = ok,
    code = detail.code or code,
    message = message,
    label = detail.label,
    help = detail.help,
    diff = detail.diff,
    nearest = detail.nearest,
    notes = notes_of(detail, actual),
  }
end

local function ask_negated(value, actual, expected, ctx)
  local ok, message, detail = (value.deny or value.check)(actual, expected, ctx)
  if ok == nil then
    return answer(nil, "T401", message, detail, actual)
  elseif value.deny then
    local code = detail and detail.unfit and value.code or value.denied or "T718"
    return ok and { ok = true } or answer(false, code, message, detail, actual)
  elseif detail and detail.unfit then
    return answer(false, value.code, message, detail, actual)
  elseif not ok then
    return { ok = true }
  end
  message = ("%s %s, which must not be"):format(inspect.line(actual, 60), value.says(expected))
  return answer(false, value.denied or "T718", message)
end

--- Asks a matcher about a value.  The arguments must be free of misuse.
---@param asked engine.expect.Asked
---@param actual any
---@return engine.expect.Answer
---@nodiscard
function M.ask(asked, actual)
  local value = matchers[asked.word].value
  local expected = value.pack(asked.args, asked.negated)
  local reason = value.refuse and value.refuse(actual, expected)
  if reason then
    return { ok = false, code = "T719", message = ("%s: %s"):format(asked.word, reason) }
  end
  local cut = asked.cut
  if cut and value.whole then
    return { code = "T402", message = "the text was cut at its cap: this needs all of it" }
  end
  local ctx = {
    kind = "value",
    subject = "the value",
    cut = cut and cut.cut,
    seam = cut and cut.seam,
    attempt = asked.attempt,
  }
  if asked.negated then
    return ask_negated(value, actual, expected, ctx)
  end
  local ok, message, detail = value.check(actual, expected, ctx)
  if ok then
    return { ok = true }
  end
  return answer(ok, ok == nil and "T401" or value.code, message, detail, actual)
end

return M
