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

--- Tells the program from one of any other source or compiler: what the linker made of all that is
--- in it (its build ID).
---@return string|nil bytes nil: it was linked without
function version.build() end

--- Describes the build.
---@return core.version.About about
function version.describe() end

--- Returns the version of clnrm.
---@return string number such as "1.2.3"
function version.number() end

return version
