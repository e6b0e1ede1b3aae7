---@meta core.embed

--- The Lua modules that are built into the program.
---@class core.embed
local embed = {}

--- Finds a module.
---@param module string
---@return function? chunk # nil when there is no such module
---@return string? file # its path in the source tree
function embed.find(module) end

--- Lists the names of all modules, sorted.
---@return string[] modules
function embed.list() end

--- Gives the pages of the modules back to the system, and those of the program and its libraries:
--- what was found stays as it is, and what is needed later is read from their files again. For
--- programs that rest.
function embed.release() end

return embed
