--- Looks for what clnrms that have ended left in an engine, and removes it.
---
--- Two witnesses: journals whose lock is free, and the labels of what the engine has.  Where
--- neither says that the owner has ended, the thing is told of and left alone.
---@class engine.docker.sweep
local fs = require("core.fs")
local journal_of = require("engine.docker.journal")
local json = require("core.json")
local labels_of = require("engine.docker.labels")
local leftovers = require("engine.docker.leftovers")
local remains_of = require("engine.docker.remains")

local M = {}

local LATE_S = 60 -- a journal that names what was never seen is kept so long

---@class engine.docker.sweep.Options
---@field is_forced? boolean what is kept by a journal of our state directory is over
---@field takes_others? boolean with `is_forced`: and what other state directories keep or may keep
---@field dry_run? boolean   nothing is removed
---@field journals? engine.docker.journal.Left[] default: looked for here, and given back

---@class engine.docker.sweep.Report each in a fixed order
---@field removed engine.docker.Leftover[] with `dry_run`: those that would be
---@field kept { thing: engine.docker.Leftover, until_s: integer, by?: string }[] by: the directory
--- of the journal, when it is not ours
---@field left { thing: engine.docker.Leftover, why: string }[] whose they are cannot be told
---@field failed { thing: engine.docker.Leftover, err: core.Error }[]
---@field folders string[]  of this machine

--- What makes two endpoints the same engine.
---@param endpoint engine.docker.Endpoint
---@return string
---@nodiscard
function M.key(endpoint)
  return assert(json.encode({
    endpoint.base, endpoint.socket or "", endpoint.command or json.array({}),
  }, { invalid = "replace" }))
end

--- Makes the remains of the journals that are of this engine and whose owner has surely ended.
local function dead_runs(journals, key, self)
  local list = {}
  for _, left in ipairs(journals) do
    local text = left.text
    if text and M.key(text.head.endpoint) == key
      and remains_of.is_of_this_machine(text.head.owner, self) then
      list[#list + 1] = { left = left, remains = remains_of.new(text.head, text.open) }
    end
  end
  return list
end

--- Names the directory of the journal that a thing names, where that is not ours.
local function foreign_directory(thing)
  local dir = tostring(thing.labels[labels_of.JOURNAL]):match("^(/.*)/[^/]*$")
  local own = journal_of.directory()
  if not dir or dir == own or own and (fs.realpath(dir) or dir) == fs.realpath(own) then
    return nil
  end
  return dir
end

--- Reads the journal that a thing names, where no other one knows it: of a state directory that is
--- not ours.
---@return engine.docker.Remains? # nil: it cannot be read, or is of another machine
local function read_named(thing, read, self)
  local path = thing.labels[labels_of.JOURNAL]
  if type(path) ~= "string" or path:sub(1, 1) ~= "/" then
    return nil
  elseif read[path] == nil then
    local text = journal_of.read(path)
    read[path] = text and remains_of.is_of_this_machine(text.head.owner, self)
      and remains_of.new(text.head, text.open) or false
  end
  return read[path] or nil
end

--- Says what the journal that a thing names, which is not among ours, has to say of it.
local function judge_named(thing, self, opts, read)
  local by = foreign_directory(thing)
  if opts.is_forced and (opts.takes_others or not by) then
    return nil
  end
  local named = read_named(thing, read, self)
  if named then
    local what, until_s = named:judge(thing)
    if what == "kept" then
      return "kept", until_s, by
    end
  elseif by and thing.labels[labels_of.BOOT] == self.boot -- no room outlives its boot
    and not labels_of.is_of_other_user(thing.labels, self)
    and labels_of.is_owner_alive(thing.labels, self) == false then
    return "left", ("its journal, of the state directory %s, is not there to say whether it is "
      .. "kept"):format(by)
  end
end

--- Says what is to become of a thing: "removed", "kept", "left", or nil: its owner lives.
---@param read table<string, engine.docker.Remains|false> journals that things named, by path
local function judge(thing, runs, self, opts, read)
  for _, run in ipairs(runs) do
    local what, until_s = run.remains:judge(thing, opts.is_forced)
    if what == "left" then
      return "removed"
    elseif what == "kept" then
      return "kept", until_s
    end
  end
  local what, more, by = judge_named(thing, self, opts, read)
  if what then
    return what, more, by
  end
  if labels_of.is_of_other_user(thing.labels, self) then
    return "left", "another user made it" -- and may have kept it
  end
  local is_alive, why = labels_of.is_owner_alive(thing.labels, self)
  if is_alive == nil then
    return "left", why
  elseif not is_alive then
    return "removed"
  end
end

--- Whether the run of a thing has ended and nothing keeps it: somebody is about to remove it, a
--- sweep or the watcher of that run.
---@param thing engine.docker.Leftover
---@return boolean # false also where that cannot be told
---@nodiscard
function M.is_left(thing)
  local self = labels_of.owner()
  return self ~= nil and judge(thing, {}, self, {}, {}) == "removed"
end

local function take_apart(list, runs, self, opts)
  local report = { removed = {}, kept = {}, left = {}, failed = {}, folders = {} }
  local condemned, read = {}, {}
  for _, thing in ipairs(list) do
    local what, more, by = judge(thing, runs, self, opts, read)
    if what == "removed" then
      condemned[thing.kind .. thing.id] = true
      report.removed[#report.removed + 1] = thing
    elseif what == "kept" then
      report.kept[#report.kept + 1] = { thing = thing, until_s = more, by = by }
    elseif what == "left" then
      report.left[#report.left + 1] = { thing = thing, why = more }
    end
  end
  return report, condemned
end

--- Removes what is condemned, and says what of it is gone.
local function remove(client, report, condemned, ids)
  local ok, err, done = leftovers.clear(client, {
    ids = ids,
    want = function(thing)
      return condemned[thing.kind .. thing.id] == true
    end,
  })
  if ok then
    return true
  end
  local gone = {}
  for _, thing in ipairs(report.removed) do
    local key = thing.kind .. thing.id
    local failed = done.failed[key]
    if failed or not done.removed[key] then
      report.failed[#report.failed + 1] = { thing = thing, err = failed and failed.err or err }
    else
      gone[#gone + 1] = thing
    end
  end
  report.removed = gone
  return false
end

local function settle_runs(runs, report, is_clear, is_forced)
  for _, run in ipairs(runs) do
    local folders, err = run.remains:remove_folders(is_forced)
    table.move(folders, 1, #folders, #report.folders + 1, report.folders)
    local is_late = not run.remains:is_complete() and run.left.age_s < LATE_S
    local is_kept = not is_forced and run.remains:kept_until() ~= nil
    if is_clear and not err and not is_late and not is_kept then
      journal_of.settle(run.left, true)
    end
  end
end

local function sweep(client, opts, journals)
  local self, err = labels_of.owner()
  if not self then
    return nil, err
  end
  local runs, ids = dead_runs(journals, M.key(client.endpoint), self), {}
  for _, run in ipairs(runs) do
    run.remains:add_ids(ids)
  end
  local list
  list, err = leftovers.list(client, nil, ids)
  if not list then
    return nil, err
  end
  local report, condemned = take_apart(list, runs, self, opts)
  if opts.dry_run then
    return report
  end
  local is_clear = next(condemned) == nil or remove(client, report, condemned, ids)
  settle_runs(runs, report, is_clear, opts.is_forced)
  return report
end

--- Gives back journals of other engines, for whoever looks at those meanwhile.
local function of_engine(journals, key)
  local list = {}
  for _, left in ipairs(journals) do
    if left.text and M.key(left.text.head.endpoint) == key then
      list[#list + 1] = left
    else
      journal_of.settle(left)
    end
  end
  return list
end

--- Sweeps an engine.
---@async
---@param client engine.docker.Client
---@param opts? engine.docker.sweep.Options
---@return engine.docker.sweep.Report? report
---@return core.Error? err it cannot be asked what it has
function M.run(client, opts)
  opts = opts or {}
  local journals = opts.journals or of_engine(journal_of.left(), M.key(client.endpoint))
  local report, err = sweep(client, opts, journals)
  if not opts.journals then
    for _, left in ipairs(journals) do
      journal_of.settle(left)
    end
  end
  return report, err
end

--- Removes journals that name nothing which could still be there, or whose engine is never met.
---@param journals engine.docker.journal.Left[]
function M.prune(journals)
  for _, left in ipairs(journals) do
    local is_empty = left.text and #left.text.open == 0 and left.age_s >= LATE_S
    if left.lock and (is_empty or left.age_s > journal_of.AGE_MAX_S) and fs.exists(left.path) then
      journal_of.settle(left, true)
    end
  end
end

return M
