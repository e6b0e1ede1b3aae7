--- Which tests are run and shown: by file, name and tag, as they are typed, and by pins.
local orders = require("engine.dev.orders")
local prompts = require("engine.dev.screen.prompt")
local report_words = require("engine.report.words")

---@class engine.dev.screen.narrowing
local M = {}

--- Copies a narrowing with a field changed; nil: nothing narrows any more.
---@param narrowed? engine.dev.Narrowed
---@param field "file"|"name"|"tag"|"pins"
---@param value? string|string[]
---@return engine.dev.Narrowed?
---@nodiscard
function M.with(narrowed, field, value)
  local copy = {}
  for name, one in pairs(narrowed or {}) do
    copy[name] = one
  end
  copy[field] = value ~= "" and value or nil
  return next(copy) and copy or nil
end

--- Shows the tests that a narrowing leaves; pins only mark, so that others can be pinned.
local function shows(view, narrowed)
  local shown = M.with(narrowed, "pins", nil)
  view.tree.accepts = shown and function(_, test)
    return orders.leaves(shown, test)
  end or nil
end

--- Narrows the loop, and runs what is left.
local function narrow(view, narrowed)
  view.loop:narrow(narrowed)
  shows(view, narrowed)
  if view.loop:rerun("all") == 0 then
    view:tell("no test is left", "yellow")
  end
end

--- Lists the tags of all tests that begin with a text.
local function tags_of(view, text)
  local seen, list = {}, {}
  for _, test in pairs(view.state.tests) do
    for _, tag in ipairs(test.tags or {}) do
      if not seen[tag] and tag:sub(1, #text) == text then
        seen[tag], list[#list + 1] = true, tag
      end
    end
  end
  table.sort(list)
  return list
end

local LABELS = { file = "a part of the file's path", name = "a part of the name", tag = "a tag" }

--- Asks for a text that narrows; the tests that it leaves are shown as it is typed.
---@param view engine.dev.screen.View
---@param field "file"|"name"|"tag"
function M.ask(view, field)
  local before = view.state.narrowed
  view.pane = "tests"
  view.prompt = prompts.new({
    label = LABELS[field],
    text = before and before[field] or "",
    list = field == "tag" and function(text)
      return tags_of(view, text)
    end or nil,
    changed = function(text)
      local is_part = field == "tag" and tags_of(view, text)[1] ~= text
      shows(view, M.with(before, field, not is_part and text or nil))
    end,
    done = function(text)
      view.prompt = nil
      if text then
        narrow(view, M.with(before, field, text))
      else
        shows(view, before)
      end
    end,
  })
end

--- Takes everything away that narrows.
---@param view engine.dev.screen.View
function M.clear(view)
  if not view.state.narrowed then
    return view:tell("nothing is narrowed")
  end
  view.tree.pins = {}
  view.loop:narrow(nil)
  shows(view, nil)
  view:tell("all tests again: a runs them")
end

--- Pins the chosen test, or takes its pin away: with pins, only those are run.
---@param view engine.dev.screen.View
function M.pin(view)
  view.tree:pin()
  local pins = {}
  for id in pairs(view.tree.pins) do
    pins[#pins + 1] = id
  end
  table.sort(pins)
  view.loop:narrow(M.with(view.state.narrowed, "pins", pins[1] and pins or nil))
end

--- Says what narrows: "file db, 2 pinned".
---@param view engine.dev.screen.View
---@return string
---@nodiscard
function M.words(view)
  local narrowed, parts = view.state.narrowed, {}
  for _, field in ipairs({ "file", "name", "tag" }) do
    parts[#parts + 1] = narrowed and narrowed[field] and field .. " " .. narrowed[field] or nil
  end
  if narrowed and narrowed.pins then
    parts[#parts + 1] = report_words.count(#narrowed.pins, "pin")
  end
  return parts[1] and table.concat(parts, ", ") or "all"
end

return M
