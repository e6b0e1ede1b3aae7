--- The check of a snapshot: what was seen against what is stored.
---
--- What was seen is masked for it: a secret is never stored, and so never compared.  Pure.
---@class engine.snapshot.compare
local form = require("engine.snapshot.form")
local show = require("engine.expect.show")
local texts = require("engine.expect.text")

local M = {}

---@class engine.snapshot.Seen what a check of a snapshot looks at
---@field name string
---@field shown string    path of the stored one
---@field clean? fun(text: string): string masks what was seen; nil: there are no secrets
---@field of "stdout"|"stderr"|"text"|"value"
---@field stored? engine.snapshot.Snapshot nil: there is none
---@field problem? string why it cannot be compared
---@field writes boolean  a pending one is written

local function help_of(seen)
  if not seen.writes then
    return "nothing is written where CI is set: run it where you can look at it, "
      .. "accept it there and commit it"
  end
  return ("look at it: `clnrm snapshots review`; accept it: `clnrm snapshots accept %s`"):format(
    seen.shown)
end

--- Returns a text as it is stored and compared.
---@param seen engine.snapshot.Seen
---@param text string
---@return string
---@nodiscard
function M.text(seen, text)
  return seen.clean and seen.clean(text) or text
end

local function missing(subject, seen, text)
  return false, ("there is no stored snapshot %s to compare %s with"):format(
    show.value(seen.name), subject), {
    code = "T802",
    label = "nothing is stored yet",
    help = help_of(seen),
    actual = text,
  }
end

--- Compares.
---@param subject string "stdout", "the value"
---@param seen engine.snapshot.Seen
---@param actual? string nil: see `seen.problem`
---@return boolean? ok
---@return string? message
---@return engine.expect.Detail? detail
---@nodiscard
function M.check(subject, seen, actual)
  local stored = seen.stored
  if seen.problem or not actual then
    return nil, seen.problem or subject .. " was not seen", { code = "T803" }
  end
  local text = M.text(seen, actual)
  if #text > form.TEXT_MAX then
    return nil, ("%s has %d bytes, and a snapshot %d at most"):format(
      subject, #text, form.TEXT_MAX), { code = "T803" }
  elseif not stored then
    return missing(subject, seen, text)
  elseif (stored.of == "value") ~= (seen.of == "value") then
    return false, ("the stored snapshot %s is %s, and %s is none"):format(show.value(seen.name),
      stored.of == "value" and "a value of Lua" or "a text", subject), {
      code = "T801",
      help = help_of(seen),
      actual = text,
    }
  elseif stored.text == text then
    return true
  end
  local _, _, detail = texts.equals_text(text, stored.text, { subject = subject })
  return false, ("%s is not the stored snapshot %s"):format(subject, show.value(seen.name)), {
    code = "T801",
    label = detail.label,
    diff = detail.diff,
    help = help_of(seen),
    actual = text,
  }
end

return M
