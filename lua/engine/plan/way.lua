--- The links on the way to a file: a save of one of them leads the path somewhere else.
local fs = require("core.fs")

---@class engine.plan.way
local M = {}

local LINKS_MAX = 40 -- as the kernel has it

--- Lists the links on the way to a file, each by a path that has no other link in it.
---@param path string absolute
---@return string[] links in the order of the way; none: the path has no link in it
---@return string? last what the last one leads to, which may not exist; nil: there is no end
---@nodiscard
function M.links(path)
  local links, at, rest = {}, "", path
  while rest:find("[^/]") do
    local name, behind = rest:match("^/*([^/]+)(.*)$")
    rest = behind
    if name == ".." then
      at = at:match("^(.*)/") or ""
    elseif name ~= "." then
      at = at .. "/" .. name
      local target = fs.readlink(at)
      if target and #links == LINKS_MAX then
        return links, nil
      elseif target then
        links[#links + 1] = at
        at, rest = target:sub(1, 1) == "/" and "" or at:match("^(.*)/"), target .. rest
      end
    end
  end
  return links, at
end

return M
