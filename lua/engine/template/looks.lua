--- Looks at files of the machine while a template is rendered.
---
--- Those of the loader are noted with what they found (engine.template.Asked), and those for
--- compiled templates have no say in what is rendered.  Any other has: a zone file, one that a
--- filter or function will read.
local fs = require("core.fs")
local loader = require("engine.template.loader")

local M = {}

--- Counts the looks that nothing else notes, since the program began.
---@return integer
---@nodiscard
function M.count()
  local store = package.loaded["engine.template.store"]
  local direct = package.loaded["engine.template.direct"]
  return fs.calls() - loader.looks() - (store and store.stats().looks or 0)
    - (direct and direct.looks() or 0)
end

return M
