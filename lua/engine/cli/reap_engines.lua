--- The part of `clnrm reap` about Docker and Podman: what runs that have ended left there.
local journal_of = require("engine.docker.journal")
local sweep = require("engine.docker.sweep")

local M = {}

local ENGINES = { "docker", "podman" }
local REMOVE = { container = "rm -fv", network = "network rm", volume = "volume rm" }
local INDENT = (" "):rep(13)
local MAY_BE_LEFT = "something of an earlier run may be left: "

local IS_OF_USER = { ENGINE_SETTINGS = true, ENGINE_INSECURE = true }
local IS_FOUND = { XDG_RUNTIME_DIR = true, default = true } -- origins that nobody has named

--- Finds the engines: those of this user, and those that a journal names.
---@return { endpoint: engine.docker.Endpoint, is_asked: boolean }[] list
---@return core.Error[] problems why one that the user names cannot be asked
local function endpoints(journals)
  local list, problems, seen = {}, {}, {}
  local function add(endpoint, is_asked)
    local key = sweep.key(endpoint)
    if not seen[key] then
      seen[key] = { endpoint = endpoint }
      list[#list + 1] = seen[key]
    end
    seen[key].is_asked = seen[key].is_asked or is_asked
  end
  for _, left in ipairs(journals) do
    if left.text and #left.text.open > 0 then
      add(left.text.head.endpoint, true)
    end
  end
  for _, engine in ipairs(ENGINES) do
    local endpoint, err = require("engine.docker.endpoint").find({ engine = engine })
    if endpoint then
      add(endpoint, not IS_FOUND[endpoint.origin])
    elseif IS_OF_USER[err.code] then -- where none is, a journal would name what is left
      problems[#problems + 1] = err
    end
  end
  return list, problems
end

local function line(cx, word, thing, endpoint, note)
  return ("%12s %s %s  (%s, run %s%s)\n"):format(word, thing.kind, cx:safe(thing.name, cx.out),
    endpoint.engine, cx:safe(thing.labels["clnrm.run"], cx.out), note or "")
end

local function tell(cx, report, endpoint, others)
  local is_dry = cx.opts["dry-run"]
  for _, thing in ipairs(report.removed) do
    cx.out:write(line(cx, is_dry and "left behind" or "removed", thing, endpoint))
  end
  for _, kept in ipairs(report.kept) do
    local minutes = math.max(0, kept.until_s - os.time()) // 60
    cx.out:write(line(cx, "kept", kept.thing, endpoint, (", %d min left"):format(minutes)))
    if kept.by then
      others[kept.thing.labels["clnrm.room"] or ""] = true
      cx.out:write(("%sof the state directory %s: clnrm reap there ends it, or --others here\n")
        :format(INDENT, cx:safe((kept.by:gsub("/clnrm/engines$", "")), cx.out)))
    end
  end
  for _, left in ipairs(report.left) do
    cx.out:write(line(cx, "not ours", left.thing, endpoint, ": " .. cx:safe(left.why, cx.out)))
    cx.out:write(("%stry, if it is not needed: %s %s %s\n"):format(INDENT, endpoint.engine,
      REMOVE[left.thing.kind], cx:safe(left.thing.id:sub(1, 64), cx.out)))
  end
  for _, path in ipairs(report.folders) do
    cx.out:write(("%12s folder %s\n"):format("removed", cx:safe(path, cx.out)))
  end
  for _, failed in ipairs(report.failed) do
    cx:error(("%s %s: %s"):format(failed.thing.kind, failed.thing.name, failed.err.message),
      failed.err.detail and failed.err.detail.help)
  end
  return #report.removed + #report.kept + #report.left + #report.folders + #report.failed > 0
end

local function examine(cx, place, journals, others)
  local client <close>, err = require("engine.docker.client").connect(place.endpoint)
  local report
  if client then
    report, err = sweep.run(client, {
      is_forced = not cx.opts["dry-run"],
      takes_others = cx.opts.others,
      dry_run = cx.opts["dry-run"],
      journals = journals,
    })
  end
  if report then
    return #report.failed == 0, tell(cx, report, place.endpoint, others)
  elseif place.is_asked then
    cx:error(MAY_BE_LEFT .. err.message, err.detail and err.detail.help)
    return false
  end
  return true -- an engine that this user may not use has nothing of theirs
end

--- Ends what is left in engines.
---@async
---@param cx engine.cli.Context
---@return boolean ok
---@return boolean has_told something was there
---@return table<string, true> others rooms that another state directory keeps, by their labels
function M.run(cx)
  local journals, ok, has_told, others = journal_of.left(), true, false, {}
  local places, problems = endpoints(journals)
  for _, err in ipairs(problems) do
    cx:error(MAY_BE_LEFT .. err.message, err.detail and err.detail.help)
    ok = false
  end
  for _, place in ipairs(places) do
    local is_done, was_there = examine(cx, place, journals, others)
    ok, has_told = is_done and ok, was_there or has_told
  end
  for _, left in ipairs(journals) do
    if left.err then
      cx:error(("the journal of an earlier run cannot be read: %s"):format(left.err.message),
        "what it named is found by its labels; then the file can be removed: " .. left.path)
      ok = false
    end
  end
  if not cx.opts["dry-run"] then
    sweep.prune(journals)
  end
  for _, left in ipairs(journals) do
    journal_of.settle(left)
  end
  return ok, has_told or not ok, others
end

return M
