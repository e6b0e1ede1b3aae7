--- A part of the files of `clnrm lint`, in a process of its own: what engine.lint.parts starts.
---
--- Standard input says which files, under which rules; each line of standard output is the answer
--- for one of them.  Whatever goes wrong ends it, and who asked does what is left.
local json = require("core.json")

---@class engine.lint.part
local M = {}

M.COMMAND = "--lint-part"
M.ASKED_MAX = 64 << 20
M.ANSWERS = 8 -- that are written at once

---@class engine.lint.part.Asked
---@field build string         the program that asks, which this one must be
---@field settings engine.lint.Options
---@field project_text? string
---@field digests? boolean of texts that are known for good: they are kept
---@field entries { file: string, path: string, project_dir: string }[]

--- Says what was found in a file; what JSON cannot carry byte for byte is not answered.
---@return string
local function answer_of(outcome)
  return json.encode({
    list = outcome.list[1] and outcome.list or nil,
    shown = outcome.shown,
    suppressed = outcome.suppressed > 0 and outcome.suppressed or nil,
    is_broken = outcome.is_broken or nil,
    digest = outcome.digest,
  }) or '{"is_left":true}'
end

--- Does the part.
---@async
---@return integer exit_code
function M.main()
  local asked = json.decode(io.read(M.ASKED_MAX) or "")
  local cache = require("engine.lint.cache")
  if type(asked) ~= "table" or asked.build ~= cache.program() then
    return 2
  end
  local linter = require("engine.lint").new(asked.settings)
  if not linter then
    return 2
  end
  local run = require("engine.lint.run")
  local opts = { project_text = asked.project_text, digests = asked.digests }
  for i, entry in ipairs(asked.entries) do
    local ok = io.write(answer_of(run.outcome(linter, entry, opts)), "\n")
    if ok and (i % M.ANSWERS == 0 or i == #asked.entries) then
      ok = io.stdout:flush()
    end
    if not ok then
      return 2 -- nobody reads it any more
    end
  end
  return 0
end

return M
