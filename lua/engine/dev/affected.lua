--- Which files of tests a save touches, and why: found anew, gone, or touched by a change.
local discover = require("engine.discover")
local touch = require("engine.plan.touch")

---@class engine.dev.affected
local M = {}

--- Reasons that only the loop has.
local WORDS = {
  new = "a new test file",
  lost = "events were lost: everything may have changed",
  again = "its run was cut short",
}

---@class engine.dev.Entry a file of tests
---@field path string
---@field file string
---@field found engine.discover.File
---@field suites? engine.model.Suite[] as they were read last
---@field is_broken? boolean it cannot be read now
---@field text? string as it was read last

--- Says a reason in words.
---@param why { kind: string, name?: string }
---@return string
---@nodiscard
function M.say(why)
  return WORDS[why.kind] or touch.say(why)
end

--- Whether a change can add test files or take some away.
---@param cause engine.dev.Cause
---@param entries table<string, engine.dev.Entry>
---@return boolean
---@nodiscard
function M.moves_files(cause, entries)
  if cause.is_all then
    return true
  end
  for path in pairs(cause.changed) do
    local name = path:match("[^/]*$")
    if name == ".gitignore" or name == ".clnrmignore" then
      return true
    elseif discover.is_test_name(name) then
      return not entries[path] or not require("core.fs").exists(path)
    elseif not name:find(".", 1, true) or not require("core.fs").exists(path) then
      return true -- perhaps a folder of them
    end
  end
  return false
end

--- Why a change can mend a file that cannot be read: what it names, or used when it could be read.
local function why_broken(entry, cause)
  local path = entry.path
  local why = touch.why({
    path = path, project_dir = discover.project(path), text = entry.text,
    room = { project = "none" },
  }, cause.changed)
  for _, suite in ipairs(why and {} or entry.suites or {}) do
    local known = touch.why(suite, cause.changed)
    why = known and known.kind ~= "seen" and known or why
  end
  for _, changed in ipairs(why and {} or cause.list) do
    local module = changed:match("([^/]*)%.lua$")
    if module and (entry.text or ""):find(module, 1, true) then
      return { kind = "named", path = changed }
    end
  end
  return why
end

--- Says why a change touches a file of tests.
---@param entry engine.dev.Entry
---@param cause engine.dev.Cause
---@param everywhere table<string, true> files that touch every test
---@return { kind: string, path?: string, name?: string }? why nil: it does not
---@nodiscard
function M.why(entry, cause, everywhere)
  if cause.is_all then
    return { kind = "lost" }
  end
  for path in pairs(cause.changed) do
    if everywhere[path] then
      return { kind = "project", path = path }
    end
  end
  if not entry.suites or entry.is_broken then
    return why_broken(entry, cause)
  end
  for _, suite in ipairs(entry.suites) do
    local why = touch.why(suite, cause.changed)
    if why then
      return why
    end
  end
end

return M
