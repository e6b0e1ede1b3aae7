--- The part of `clnrm reap` about Docker and Podman: what runs that have ended left there.
local journal_of = require("engine.docker.journal")
local sweep = require("engine.docker.sweep")

local M = {}

local ENGINES = { "docker", "podman" }
local REMOVE = { container = "rm -fv", network = "network rm", volume = "volume rm" }
local INDENT = (" "):rep(13)

--- Finds the engines: those of this user, and those that a journal names.
local function endpoints(journals)
  local list, seen = {}, {}
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
    local endpoint = require("engine.docker.endpoint").find({ engine = engine })
    if endpoint then -- one that cannot be found has nothing of ours: a journal would name it
      add(endpoint, false)
    end
  end
  return list
end

local function line(cx, word, thing, endpoint, note)
  return ("%12s %s %s  (%s, run %s%s)\n"):format(word, thing.kind, cx:safe(thing.name, cx.out),
    endpoint.engine, cx:safe(thing.labels["clnrm.run"], cx.out), note or "")
end

local function tell(cx, report, endpoint)
  local is_dry = cx.opts["dry-run"]
  for _, thing in ipairs(report.removed) do
    cx.out:write(line(cx, is_dry and "left behind" or "removed", thing, endpoint))
  end
  for _, kept in ipairs(report.kept) do
    local minutes = math.max(0, kept.until_s - os.time()) // 60
    cx.out:write(line(cx, "kept", kept.thing, endpoint, (", %d min left"):format(minutes)))
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
end

local function examine(cx, place, journals)
  local client <close>, err = require("engine.docker.client").connect(place.endpoint)
  local report
  if client then
    report, err = sweep.run(client, {
      is_forced = not cx.opts["dry-run"],
      dry_run = cx.opts["dry-run"],
      journals = journals,
    })
  end
  if report then
    tell(cx, report, place.endpoint)
    return #report.failed == 0
  elseif place.is_asked then
    cx:error("something of an earlier run may be left: " .. err.message,
      err.detail and err.detail.help)
    return false
  end
  return true -- an engine that this user may not use has nothing of theirs
end

--- Ends what is left in engines.
---@async
---@param cx engine.cli.Context
---@return boolean ok
function M.run(cx)
  local journals, ok = journal_of.left(), true
  for _, place in ipairs(endpoints(journals)) do
    ok = examine(cx, place, journals) and ok
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
  return ok
end

return M
