--- What the engine does for the modules of scripts: one frozen table, installed once.
---
--- Modules below stdlib never require the engine; they ask `host.current()`.  The host also knows
--- which test a task belongs to: a task that a test starts belongs to that test.
local core = require("core.task")

---@class clnrm.host
local M = {}

---@class clnrm.host.Functions
---@field check fun(record: table) counts an expectation; raises when it does not hold
---@field trial fun(fn: function, ...): boolean, ... a pcall whose failed checks do not count
---@field expecting fun(): table a mark: a value is about to be checked
---@field settle fun(mark: table) it was
---@field cut_of fun(text: string): table? of an output that was not kept whole
---@field duration fun(value: any): integer? milliseconds
---@field suggest fun(name: string, list: string[]): string?
---@field misuse fun(message: string) raises at the line of the user

local installed ---@type clnrm.host.Functions?
local provider ---@type fun()?
local contexts = setmetatable({}, { __mode = "k" }) ---@type table<core.Task, table>

--- Makes a table that can be read and not written.
---@param fields table
---@param what string names it in the error
---@return table
function M.freeze(fields, what)
  return setmetatable({}, {
    __index = fields,
    __newindex = function(_, key)
      error(("%s cannot be changed: '%s'"):format(what, tostring(key)), 2)
    end,
    __pairs = function(proxy)
      local key
      return function()
        local value
        key, value = next(fields, key) -- `fields` itself is given to nobody
        return key, value
      end, proxy, nil
    end,
    __name = what,
    __metatable = false,
  })
end

--- Installs what the engine does.  Raises the second time.
---@param functions clnrm.host.Functions
function M.install(functions)
  if installed then
    error("the host is installed already", 2)
  end
  installed = M.freeze(functions, "clnrm.host")
end

--- Sets what installs the host when it is first asked for: a program that needs none stays quick.
---@param install fun()
function M.provide(install)
  provider = install
end

--- Says whether there is a host.
---@return boolean
function M.is_installed()
  return installed ~= nil
end

--- Returns what the engine does.
---@return clnrm.host.Functions
function M.current()
  if not installed and provider then
    provider()
  end
  return installed or error("this module works inside clnrm only", 2)
end

--- Returns what the running task belongs to: a test, a fixture, a file that is being loaded.
---@return table? context
function M.context()
  return contexts[core.current()]
end

--- Makes the running task belong to something.
---@param context? table
function M.adopt(context)
  contexts[core.current()] = context
end

return M
