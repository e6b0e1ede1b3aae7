--- Tells differences that have a reason from those that have none.
local M = {}

---@class tests.differential.Verdict
---@field unexpected tests.differential.Difference[]
---@field by_reason table<string, integer> scenarios with such differences
---@field excepted integer scenarios
---@field used table<tests.differential.Exception, true>

--- Finds the file of a scenario by its id.
---@param id string
---@return string
function M.file_of(id)
  return id:match("^(.-) › ") or id
end
local file_of = M.file_of

--- Lists what the failures of each file say.
local function messages_of(seen)
  local by_file = {}
  for id, groups in pairs(seen) do
    local list = by_file[file_of(id)] or {}
    by_file[file_of(id)] = list
    for _, event in ipairs(groups.scenario or {}) do
      for _, failure in ipairs(event.failures or event.diagnostics or {}) do
        list[#list + 1] = failure.message
      end
    end
  end
  return by_file
end

local function says(messages, part)
  for _, message in ipairs(messages or {}) do
    if message:find(part, 1, true) then
      return true
    end
  end
  return false
end

--- Whether a place is of one of the kinds: patterns with | between them.
local function is_at(where, patterns)
  for pattern in patterns:gmatch("[^|]+") do
    if where:find(pattern) then
      return true
    end
  end
  return false
end

local function fits(one, way, difference, messages)
  local file = file_of(difference.id)
  return (not one.engine or one.engine == way.name)
    and (not one.rung or one.rung == way.rung)
    and (not one.file or file:sub(-#one.file) == one.file)
    and (not one.message or says(messages[file], one.message))
    and (not one.where or is_at(difference.where, one.where))
    and (one.left == nil or one.left == difference.left)
    and (one.right == nil or one.right == difference.right)
end

--- Judges the differences between the sandbox and an engine.
---@param differences tests.differential.Difference[]
---@param right tests.differential.Seen of the engine
---@param excepted tests.differential.Exception[]
---@param way { name: string, rung?: string } the engine
---@return tests.differential.Verdict
---@nodiscard
function M.of(differences, right, excepted, way)
  local verdict = { unexpected = {}, by_reason = {}, excepted = 0, used = {} }
  local messages, counted = messages_of(right), {}
  for _, difference in ipairs(differences) do
    local reason
    for _, one in ipairs(excepted) do
      if not reason and fits(one, way, difference, messages) then
        reason, verdict.used[one] = one.why, true
      end
    end
    if not reason then
      verdict.unexpected[#verdict.unexpected + 1] = difference
    elseif not counted[difference.id] then
      counted[difference.id] = true
      verdict.excepted = verdict.excepted + 1
      verdict.by_reason[reason] = (verdict.by_reason[reason] or 0) + 1
    end
  end
  return verdict
end

return M
