--- Which tests a change can touch: `--since REV`.
---
--- git says what has changed since then, committed or not; engine.plan.touch says which tests that
--- touches.  Too many at worst; too few only by what git does not tell: what it ignores, and what
--- lies outside of the repository.
local fs = require("core.fs")
local proc = require("core.proc")
local touch = require("engine.plan.touch")

local M = {}

local GIT_MS = 60000
local OUT_MAX = 256 << 20

--- Runs git; returns what it printed.
local function git(dir, ...)
  local argv = { "git", "-C", dir, ... }
  local task = require("core.task")
  local process, err = proc.spawn({ argv = argv, out_max = OUT_MAX })
  if not process then
    return nil, err.code == "COMMAND_NOT_FOUND" and "git is not installed" or tostring(err)
  end
  local closing <close> = process
  local result = task.timeout(GIT_MS, closing.wait, closing)
  if not result then
    return nil, "git did not answer"
  end
  local out, cut = process:stdout()
  if result.kind ~= "exited" or result.code ~= 0 then
    local said = (process:stderr() or ""):match("^[^\n]*") or ""
    return nil, said ~= "" and said or "git failed"
  elseif not out or cut ~= 0 then
    return nil, "git said too much"
  end
  return out
end

local function split(text, set, top)
  for path in text:gmatch("[^\0]+") do
    set[top .. "/" .. path] = true
  end
end

--- Asks git what has changed since a revision: committed, staged, or neither.
---@async
---@param dir string of the project
---@param rev string
---@return table<string, true>? changed absolute paths
---@return string top of the repository, or why there is no answer
---@nodiscard
function M.changed(dir, rev)
  local top, why = git(dir, "rev-parse", "--show-toplevel")
  if not top then
    return nil, why
  end
  top = top:gsub("\n$", "")
  local commit
  commit, why = git(dir, "rev-parse", "--verify", "--quiet", "--end-of-options", rev .. "^{commit}")
  if not commit then
    return nil, why == "git failed" and ("there is no revision '%s'"):format(rev) or why
  end
  local changed = {}
  local list
  list, why = git(top, "diff", "--name-only", "--no-renames", "-z", (commit:gsub("%s+$", "")), "--")
  if not list then
    return nil, why
  end
  split(list, changed, top)
  list, why = git(top, "ls-files", "--others", "--exclude-standard", "-z")
  if not list then
    return nil, why
  end
  split(list, changed, top)
  return changed, top
end

--- Makes what says whether a change can touch the tests of a file.
---@param changed table<string, true>
---@param top string of the repository: of files outside of it nothing is known
---@return fun(suite: engine.model.Suite): boolean
---@nodiscard
function M.affected(changed, top)
  local known = {}
  local function compute(suite)
    local own = fs.realpath(suite.path) or suite.path
    return not touch.is_below(own, top) or touch.why(suite, changed) ~= nil
  end
  return function(suite)
    if known[suite] == nil then
      known[suite] = compute(suite)
    end
    return known[suite]
  end
end

return M
