---@meta core.version

--- What the program is made of.
---@class core.version
local version = {}

---@class core.version.About
---@field version string
---@field variant "release"|"debug"|"address"|"thread"
---@field compiler string
---@field lua string
---@field libraries { name: string, version: string }[] the linked ones, as they say at run time

--- Describes the build.
---@return core.version.About about
function version.describe() end

--- Returns the version of clnrm.
---@return string number such as "1.2.3"
function version.number() end

return version
