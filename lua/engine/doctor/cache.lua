--- What `clnrm doctor` tells of the cache: whether what is kept of test files can be kept there.
---@class engine.doctor.cache
local build_folder = require("engine.build_folder")

local M = {}

--- Tells why a folder cannot be used, one finding for all that have the same reason.
---@param add fun(finding: engine.doctor.Finding)
function M.run(add)
  local told = {}
  for _, name in ipairs({ "outlines", "compiled" }) do
    local problem = build_folder.problem(name)
    if problem and not told[problem.text] then
      told[problem.text] = true
      add({ name = "cache", status = "warn", remedy = problem.remedy,
        text = problem.text .. ": nothing is kept there, and files are read anew each time" })
    end
  end
end

return M
