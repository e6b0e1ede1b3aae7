--- Test files that are plain and right: told without the checker, by one walk of C over the text.
---
--- What fits is a Suite without any finding, whatever the options are and whatever is on the
--- machine; of what does not fit nothing is said.  What a file is like comes from the schema
--- (engine.model.shape).  Beside the text one thing has a say: a project that is the whole file
--- system (E008), which engine.model.load refuses.
local loader = require("engine.loader")
local toml = require("core.toml")

---@class engine.model.fits
local M = {}

---@class engine.model.fits.Facts marks that were met, each true
---@field alias? true            a key by another spelling than its own
---@field hidden? true           a text is written with escapes of letters, or over a line's end:
---                              the words that it is read as may not stand in the file
---@field ["repeated tag"]? true
---@field ["padded name"]? true  of a step or a scenario: a blank in front or at the end
---@field ["blank command"]? true a list of one item that holds a blank
---@field ["empty expression"]? true one that may be found in the empty text
---@field ["unnamed service"]? true no step, scenario or service names it
---@field [string]? true         "step.timeout": such a key is given; of [meta], [test] and
---                              [test.metadata] it is "meta.tags", of expect "stdout.matches"

local shape

--- Whether files are checked by what is built in.  Files of a project can replace any function.
local function is_our_own()
  for _, entry in ipairs(loader.overrides()) do
    if entry.kind == "project" then
      return false
    end
  end
  local loaded = package.loaded
  local model, build = loaded["engine.model"], loaded["engine.model.build"]
  local references = loaded["engine.model.references"]
  return (not model or model.parse == model.own_parse)
    and (not build or build.suite == build.own_suite)
    and (not references or references.check == references.own_check)
end

--- Tells what a test file is like, if it fits.
---@param text string
---@param is_rendered? boolean it is what a template gave: it may hold what looks like tags, [vars]
---       and [matrix], which engine.model.raw holds against what was read before
---@return engine.model.fits.Facts? facts nil: it may be wrong
---@nodiscard
function M.text(text, is_rendered)
  if not is_our_own() then
    return nil
  end
  shape = shape or toml.shape(require("engine.model.fits_shape"))
  return toml.fits(text, shape, is_rendered)
end

return M
