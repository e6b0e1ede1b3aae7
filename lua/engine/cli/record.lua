--- The record of a run as the command line asks for it: opened before the run, closed behind it.
local mask = require("engine.secrets.word").mask

local M = {}

--- What makes a run one of some tests.
local CHOOSING = {
  "failed", "failed-first", "filter", "only", "shard", "since", "tag",
}
local WORDS_MAX, WORD_MAX = 200, 200 -- of a command line that are kept

--- Returns the words of a command line without values that may be secret.
---@param argv string[]
---@return string[]
---@nodiscard
function M.words(argv)
  local out = {}
  for i = 1, math.min(#argv, WORDS_MAX) do
    local word = mask(argv[i])
    out[i] = #word > WORD_MAX and word:sub(1, WORD_MAX) .. "…" or word
  end
  return out
end

--- Whether all tests of the project are asked for.
local function is_whole(cx)
  for _, name in ipairs(CHOOSING) do
    if cx.opts[name] ~= nil then
      return false
    end
  end
  return not (cx.script or cx.is_partial) and #cx.args == 0
    and require("core.fs").getcwd() == cx.project.dir
end

local function note(cx, what, err)
  if not cx.opts.quiet then
    cx.err:write(("note: %s: %s\n"):format(what, cx:safe(err.message)))
    cx.err:write("  the verdicts stand; --no-record, or [record] enabled = false, asks for none\n")
  end
end

--- Opens the record of a run, if it is to have one.
---@param cx engine.cli.Context
---@param config engine.Config
---@param plan engine.Plan
---@param sources table<string, string>
---@return engine.runs.Recorder? recorder
function M.open(cx, config, plan, sources)
  if not config.values["record.enabled"] or #plan.scenarios + #plan.broken == 0 then
    return nil
  end
  local recorder, err = require("engine.runs.recorder").open({
    version = require("core.version").number(),
    project = cx.project.dir,
    cwd = require("core.fs").getcwd(),
    command = cx.script and "script" or "run",
    args = M.words(cx.script and { cx.script } or cx.argv or {}),
    profile = config.profile,
    whole = is_whole(cx),
    sources = sources,
  })
  if not recorder then
    note(cx, "this run is not recorded", err)
  end
  return recorder
end

--- Ends the record; tells when it could not be written.
---@param cx engine.cli.Context
---@param recorder? engine.runs.Recorder
---@param exit_code integer
---@return integer exit_code the same
function M.close(cx, recorder, exit_code)
  local err = recorder and recorder:finish(exit_code)
  if err then
    note(cx, "the record of this run is not whole", err)
  end
  return exit_code
end

return M
