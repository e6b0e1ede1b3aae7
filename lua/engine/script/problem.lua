--- An error that carries diagnostics: what `require` raises for a module that does not compile.
---@class engine.script.problem
local M = {}

---@class engine.script.Problem
---@field diagnostics engine.diag.Diagnostic[]
---@field sources table<string, string>
local Problem = { __name = "clnrm.Problem", __metatable = false }

function Problem:__tostring()
  local d = self.diagnostics[1]
  local place = d.line and ("%s:%d: "):format(d.file, d.line) or d.file and d.file .. ": " or ""
  return place .. d.message
end

--- Makes the error.
---@param diagnostics engine.diag.Diagnostic[] at least one
---@param sources? table<string, string> file → text
---@return engine.script.Problem
function M.new(diagnostics, sources)
  return setmetatable({ diagnostics = diagnostics, sources = sources or {} }, Problem)
end

--- Says whether an error is one.
---@param err any
---@return boolean
function M.is(err)
  return type(err) == "table" and debug.getmetatable(err) == Problem
end

return M
