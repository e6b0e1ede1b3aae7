--- What ends a test: an object that is raised, and that pcall of a test cannot make undone.
---@class engine.script.failure
local M = {}

---@class engine.script.Failure
---@field kind "check"|"lost"|"over"|"skip"
---@field code string
---@field verdict engine.Verdict
---@field message string
---@field place? engine.script.Place
---@field label? string
---@field help? string
---@field notes? (string|engine.diag.Block)[]
---@field nearest? engine.expect.Nearest
---@field is_told? boolean a step tells it
---@field expected? any
---@field actual? any

local meta = {
  __name = "clnrm.Failure",
  __metatable = false,
  __tostring = function(failure)
    local place = failure.place
    local at = place and ("%s:%d: "):format(place.file, place.line) or ""
    return at .. failure.message
  end,
}

local known = setmetatable({}, { __mode = "k" }) -- objects that were made here

--- Makes a failure.
---@param fields table
---@return engine.script.Failure
---@nodiscard
function M.new(fields)
  local failure = setmetatable(fields, meta)
  known[failure] = true
  return failure
end

--- Says whether a value was made by `new`.
---@param value any
---@return boolean
function M.is(value)
  return type(value) == "table" and known[value] == true
end

return M
