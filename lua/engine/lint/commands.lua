--- What rules of lint know of commands: which cannot fail, which only wait, which hide their end.
---
--- Pure, and careful: what is not understood is not judged.
local trim = require("engine.trim")

---@class engine.lint.commands
local M = {}

--- Programs that end with 0 whatever they are given.
local HARMLESS = { ["true"] = true, [":"] = true, echo = true, printf = true, sleep = true }

local function program(word)
  return word:match("([^/]*)$")
end

--- The parts of a shell text that is a plain row of simple commands; nil: it is more than that.
---@param shell string
---@return string[]?
local function simple_commands(shell)
  if shell:find("[|&<>`(){}$*?\\]") or shell:find("%f[%w]if%f[%W]")
    or shell:find("%f[%w]set%f[%W]") or shell:find("%f[%w]exit%f[%W]") then
    return nil
  end
  local parts = {}
  for part in shell:gmatch("[^;\n]+") do
    local trimmed = trim.both(part)
    parts[#parts + 1] = trimmed ~= "" and trimmed or nil
  end
  return parts
end

--- Says whether a command ends with 0 whatever happens.
---@param command? { argv?: string[], shell?: string }
---@return boolean
---@nodiscard
function M.cannot_fail(command)
  if not command then
    return false
  elseif command.argv then
    return HARMLESS[program(command.argv[1])] or false
  end
  local parts = simple_commands(command.shell)
  local last = parts and parts[#parts]
  return last ~= nil and HARMLESS[program(last:match("^%S+"))] == true
end

--- Says how the exit code of a shell text is hidden: "|| true" at its end.
---@param command? { argv?: string[], shell?: string }
---@return string?
---@nodiscard
function M.hides_exit_code(command)
  local shell = command and command.shell
  if not shell or shell:find("set %-e") then
    return nil
  end
  local rest = trim.stop((trim.stop(shell):gsub(";$", "")))
  return rest:match("(||%s*true)$") or rest:match("(||%s*:)$") or rest:match("(||%s*exit%s+0)$")
    or rest:match("(;%s*true)$") or rest:match("(;%s*exit%s+0)$")
end

--- Finds a pause of a shell text that something else follows.
---@param command? { argv?: string[], shell?: string }
---@return string? what as it is written
---@nodiscard
function M.pause(command)
  if not command then
    return nil
  elseif command.argv then
    local is_sleep = program(command.argv[1]) == "sleep" and #command.argv == 2
    return is_sleep and tonumber(command.argv[2]) and "sleep " .. command.argv[2] or nil
  end
  local shell = command.shell
  if shell:find("%f[%w]while%f[%W]") or shell:find("%f[%w]until%f[%W]")
    or shell:find("%f[%w]for%f[%W]") or shell:find("&%s*$") or shell:find("[^&]&[^&]") then
    return nil -- between two looks at something, or beside a process in the background
  end
  return shell:match("^%s*(sleep%s+[%d.]+[smh]?)%s*[;&\n]")
    or shell:match("^%s*(sleep%s+[%d.]+)%s*$")
    or shell:match("[;&\n][^%S\n]*(sleep%s+[%d.]+[smh]?)%s*[;&\n]")
end

--- Says whether a step has a check besides the exit code that nobody wrote.
---@param step engine.lint.Node
---@return boolean
---@nodiscard
function M.has_expectation(step)
  if step.expect ~= nil or step.should_fail ~= nil then
    return true
  end
  for _, spec in ipairs(step.checked.order) do
    if spec.check then
      return true
    end
  end
  return false
end

--- The command of a file that fits, as the checker reads it.
local function light(given)
  if type(given) == "table" then
    return #given == 1 and given[1]:find("%s") and { shell = given[1] } or { argv = given }
  end
  return given and { shell = given }
end

--- The command of a step, or of the `run` of a scenario.
---@param node engine.lint.Node
---@return { argv?: string[], shell?: string }?
---@nodiscard
function M.of(node)
  if node.is_light then
    return light(node.command or node.run)
  end
  local value = node.checked.value
  return value.command or value.run
end

return M
