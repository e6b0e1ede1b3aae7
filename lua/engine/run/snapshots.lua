--- Snapshots of a run: what is stored is read before a check, what was seen is kept after it.
---
--- The check itself (engine.snapshot.compare) is pure; this is its I/O.  A pending snapshot is
--- written when it differs, or when nothing is stored, and removed when it is equal.
---@class engine.run.snapshots
local compare = require("engine.snapshot.compare")
local form = require("engine.snapshot.form")
local place = require("engine.snapshot.place")
local store = require("engine.snapshot.store")

local M = {}

---@class engine.run.SnapshotOptions
---@field writes boolean pending ones are written; default true, false where CI is set
---@field used? table<string, true> paths of those that a check referred to, filled by the run

---@class engine.run.SnapshotSeen: engine.snapshot.Seen
---@field place engine.snapshot.Place
---@field line? integer
---@field step? integer

local NONE = { writes = true }

--- Looks up the snapshot of a check.
---@param run engine.run.Run
---@param scenario engine.model.Scenario
---@param about { name: string, of: string, line?: integer, step?: integer }
---@return engine.run.SnapshotSeen
function M.look(run, scenario, about)
  local options = run.snapshots or NONE
  local mask = run.secrets:mask(scenario.id)
  local clean = mask and function(s)
    return mask:text(s)
  end
  local where = place.of(scenario, about.name, clean)
  local seen = {
    name = where.name,
    shown = where.shown,
    of = about.of,
    line = about.line,
    step = about.step,
    clean = mask and mask.raw,
    place = where,
    writes = options.writes,
  }
  if options.used then
    options.used[where.root .. "/" .. where.path] = true
  end
  local root, err = store.open(where.root)
  if root then
    seen.stored, err = store.read(root, where.path)
    root:close()
  end
  if err and err.code ~= "ENOENT" and err.code ~= "ENOTDIR" then
    seen.problem = "the stored snapshot cannot be used: " .. tostring(err.message)
  end
  return seen
end

local function write_pending(run, seen, text)
  local where = seen.place
  local root, err = store.open(where.root)
  local ok
  if root then
    ok, err = store.write_pending(root, where.path, {
      file = where.file,
      test = where.test,
      name = where.name,
      of = seen.of,
      line = seen.line,
      run = run.id,
      text = text,
    })
    root:close()
  end
  return ok, err
end

local function drop_pending(seen)
  local root = store.open(seen.place.root)
  if root then
    store.reject(root, seen.place.path) -- there is none, mostly
    root:close()
  end
end

--- Keeps what a check saw, and tells it.
---@param run engine.run.Run
---@param scenario engine.model.Scenario
---@param seen engine.run.SnapshotSeen
---@param actual? string what was seen
---@param ok boolean? of the check
---@param is_failed? boolean something else is wrong: what was seen is not worth keeping
---@return string? problem why no pending one was written
function M.keep(run, scenario, seen, actual, ok, is_failed)
  if ok == nil or not actual then
    return nil
  end
  local text = compare.text(seen, actual)
  local problem
  if is_failed and not ok then
    problem = "what was seen is kept to be looked at once nothing else is wrong with the step"
  elseif seen.writes and ok then
    drop_pending(seen)
  elseif seen.writes and #text <= form.TEXT_MAX then
    local written, err = write_pending(run, seen, text)
    problem = not written and "what was seen could not be written beside it: " .. err.message or nil
  end
  run:emit({
    event = "snapshot",
    id = scenario.id,
    step = seen.step,
    name = seen.name,
    path = seen.shown,
    status = ok and "match" or seen.stored and "differs" or "missing",
  })
  return problem
end

--- Looks up the snapshots that the checks of a step are compared with.
---@param run engine.run.Run
---@param scenario engine.model.Scenario
---@param step engine.model.Step
---@param observed engine.run.Observed gets `snapshots`, by check
function M.look_for_step(run, scenario, step, observed)
  observed.snapshots = {}
  for _, check in ipairs(step.checks) do
    local output = check.matcher == "snapshot" and observed[check.subject]
    if output then
      observed.snapshots[check] = M.look(run, scenario, {
        name = check.expected,
        of = check.subject,
        line = check.pos and check.pos.line,
        step = step.index,
      })
    end
  end
end

local OWN = { T801 = true, T802 = true }

--- Keeps what the checks of a step saw, when nothing else is wrong with it: the output of a command
--- that failed, or was killed, is not what somebody wants to accept.
---@param run engine.run.Run
---@param scenario engine.model.Scenario
---@param observed engine.run.Observed
---@param judgement engine.run.Judgement
function M.keep_of_step(run, scenario, observed, judgement)
  local is_failed = false
  for _, finding in ipairs(judgement.findings) do
    is_failed = is_failed or not OWN[finding.code]
  end
  for _, result in ipairs(judgement.results or {}) do
    local seen = observed.snapshots[result.check]
    local problem = seen
      and M.keep(run, scenario, seen, observed[result.check.subject].text, result.ok, is_failed)
    if problem then
      result.detail.help = problem
    end
  end
end

return M
