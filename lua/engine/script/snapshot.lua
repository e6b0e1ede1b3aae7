--- Snapshots of Lua tests: what `clnrm.expect(value):snapshot(name)` asks.
local compare = require("engine.snapshot.compare")
local host = require("clnrm.host")
local place = require("engine.script.place")
local value_text = require("engine.snapshot.value")

---@class engine.script.snapshot
local M = {}

--- The text that a value is stored as.
local function text_of(value)
  if type(value) == "string" then
    return value, "text"
  end
  local text, refused = value_text.text(value)
  return text and text .. "\n", "value", refused
end

--- The test that runs, in a place where a snapshot can be compared.
local function current()
  local context = host.context()
  if not context or not context.run or context.kind ~= "test" then
    place.misuse("snapshot: only in a test")
  elseif context.trial then
    place.misuse("snapshot: not inside of what raises() or eventually() calls")
  end
  return context
end

--- Compares a value with the stored snapshot of a name.
---@param value any
---@param name string
---@param cut? { cut: integer } the value is an output that was not kept whole
---@return boolean? ok
---@return string? message
---@return engine.expect.Detail? detail
function M.check(value, name, cut)
  local context = current()
  context.snapshots = context.snapshots or {}
  if context.snapshots[name] then
    return nil, ("the test compares a second value with the snapshot '%s'"):format(name),
      { code = "T804" }
  end
  context.snapshots[name] = true
  if cut then
    return nil, ("the value was cut at its cap: %d bytes were not kept"):format(cut.cut),
      { code = "T402" }
  end
  local snapshots, scenario = require("engine.run.snapshots"), context.cx.scenario
  local text, of, refused = text_of(value)
  local at = place.here(2)
  local seen = snapshots.look(context.run, scenario, {
    name = name,
    of = of,
    line = at and at.file == scenario.file and at.line or nil,
  })
  if refused then
    seen.problem = ("the value has no text that could be stored: it holds %s"):format(refused)
  end
  local subject = of == "text" and "the text" or "the value"
  local ok, message, detail = compare.check(subject, seen, text)
  local problem = snapshots.keep(context.run, scenario, seen, text, ok)
  if problem and detail then
    detail.help = problem
  end
  return ok, message, detail
end

return M
