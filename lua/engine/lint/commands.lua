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

local SHELLS = { sh = true, bash = true, dash = true, ash = true, ksh = true, zsh = true }

--- What a shell is given: a text, or that of ["sh", "-c", "text"].
---@param command? { argv?: string[], shell?: string }
---@return string?
local function shell_of(command)
  local argv = command and command.argv
  if not argv then
    return command and command.shell
  end
  local at = program(argv[1]) == "busybox" and 2 or 1
  local flags = SHELLS[program(argv[at] or "")] and (argv[at + 1] or ""):match("^%-(%l*c)$")
  local text = flags and argv[at + 2]
  return text and (flags:find("e", 1, true) and "set -e; " or "") .. text or nil
end

--- Says whether a command ends with 0 whatever happens.
---@param command? { argv?: string[], shell?: string }
---@return boolean
---@nodiscard
function M.cannot_fail(command)
  local shell = shell_of(command)
  if not shell then
    return command and HARMLESS[program(command.argv[1])] or false
  end
  local parts = simple_commands(shell)
  local last = parts and parts[#parts]
  return last ~= nil and HARMLESS[program(last:match("^%S+"))] == true
end

--- Says how the exit code of a shell text is hidden: "|| true" at its end.
---@param command? { argv?: string[], shell?: string }
---@return string?
---@nodiscard
function M.hides_exit_code(command)
  local shell = shell_of(command)
  if not shell or shell:find("set %-e") then
    return nil
  end
  local rest = trim.stop((trim.stop(shell):gsub(";$", "")))
  return rest:match("(||%s*true)$") or rest:match("(||%s*:)$") or rest:match("(||%s*exit%s+0)$")
    or rest:match("(;%s*true)$") or rest:match("(;%s*exit%s+0)$")
end

--- What stands before a command and runs it.
local WRAPPERS = { command = true, env = true, exec = true, nice = true, nohup = true, sudo = true,
  time = true, timeout = true, busybox = true, ["then"] = true, ["else"] = true }

local CLOSERS = { fi = true, esac = true }

--- Whether a word before a command belongs to what runs it: a variable, an option, a duration.
local function is_before(word, wrapper)
  return word:find("^[%a_][%w_]*=") or wrapper and word:find("^%-")
    or wrapper == "timeout" and word:find("^[%d.]+[smhd]?$")
end

--- Finds the pause that a simple command is.
---@param words string[]
---@return string? what as it is written
local function pause_of(words)
  local at, wrapper = 1, nil
  while words[at] and (WRAPPERS[program(words[at])] or is_before(words[at], wrapper)) do
    wrapper = WRAPPERS[program(words[at])] and program(words[at]) or wrapper
    at = at + 1
  end
  local what = { words[at] }
  for i = at + 1, #words do
    if not words[i]:find("^%d?[<>]") then
      what[#what + 1] = words[i]
    end
  end
  for i = 2, #what do
    if not what[i]:find("^%d*%.?%d*[smhd]?$") or not what[i]:find("%d") then
      return nil
    end
  end
  return what[2] and program(what[1]) == "sleep" and table.concat(what, " ") or nil
end

--- The simple commands of a shell text, as words; of what stands behind `||` or `|` nothing is
--- said.
local function split(shell)
  local parts = {}
  for part in shell:gmatch("[^;&\n]+") do
    local words = {}
    for word in part:gsub("^%s*[({]", ""):gsub("[)}]%s*$", ""):gmatch("%S+") do
      words[#words + 1] = word
    end
    parts[#parts + 1] = words[1] and not CLOSERS[words[1]] and words or nil
  end
  return parts
end

---@class engine.lint.Pause
---@field what string       as it is written
---@field is_last? boolean  nothing follows it in its command
---@field is_all? boolean   nor does anything stand before it
---@field is_list? boolean  no shell reads it

--- Finds the first pause of a command.
---@param command? { argv?: string[], shell?: string }
---@return engine.lint.Pause?
---@nodiscard
function M.pause(command)
  local shell = shell_of(command)
  if not shell then
    local what = command and pause_of(command.argv)
    return what and { what = what, is_last = true, is_all = true, is_list = true } or nil
  end
  shell = shell:gsub("[<>]&", ">"):gsub("&>", ">")
  if shell:find("%f[%w]while%f[%W]") or shell:find("%f[%w]until%f[%W]")
    or shell:find("%f[%w]for%f[%W]") or shell:find("&%s*$") or shell:find("[^&]&[^&]") then
    return nil -- between two looks at something, or beside a process in the background
  end
  local parts = split(shell)
  for i, words in ipairs(parts) do
    local what = pause_of(words)
    if what then
      return { what = what, is_last = i == #parts, is_all = #parts == 1 }
    end
  end
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
