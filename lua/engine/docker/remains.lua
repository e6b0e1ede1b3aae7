--- What of a run whose clnrm has ended is to be removed: by its journal, its labels, or both.
---
--- A journal alone says that its owner has ended (the kernel gave its lock back) and what was about
--- to be made; only labels say which things of the engine are that run's.
---@class engine.docker.remains
local clock = require("core.clock")
local fs = require("core.fs")
local labels_of = require("engine.docker.labels")

local M = {}

local NS = 1000000000

---@class engine.docker.Remains of one run
---@field run string
---@field owner engine.docker.Owner
---@field private entries engine.docker.journal.Entry[] of the journal, as far as it can be read
---@field private seen table<engine.docker.journal.Entry, true>
local Remains = {}
Remains.__index = Remains

--- Makes the remains of a run.
---@param head engine.docker.journal.Head
---@param entries? engine.docker.journal.Entry[]
---@return engine.docker.Remains
---@nodiscard
function M.new(head, entries)
  return setmetatable({
    run = head.run, owner = head.owner, entries = entries or {}, seen = {},
  }, Remains)
end

--- Whether an entry means a thing: by its name, the beginning of its id, or the value of a label.
local function means(entry, thing)
  if entry.kind ~= thing.kind then
    return false
  elseif entry.name == thing.name or entry.name == thing.id then
    return true
  end
  for _, value in pairs(thing.labels) do
    if value == entry.name then
      return true
    end
  end
  return false
end

--- Whether an entry is to be left alone still.
local function is_kept(entry, now_s)
  return entry.until_s ~= nil and entry.until_s > now_s
end

--- Says what a thing is to this run.
---@param thing engine.docker.Leftover
---@param is_forced? boolean what is kept is over
---@return "other"|"kept"|"left" what
---@return integer? until_s of what is kept
function Remains:judge(thing, is_forced)
  if not labels_of.is_by(thing.labels, self.run, self.owner) then
    return "other"
  end
  local what, until_s, now_s = "left", nil, clock.wall() // NS
  for _, entry in ipairs(self.entries) do
    if means(entry, thing) then
      self.seen[entry] = true
      if is_kept(entry, now_s) and not is_forced then
        what, until_s = "kept", entry.until_s
      end
    end
  end
  return what, until_s
end

--- Whether everything that was about to be made has been seen.  What has not may still come: the
--- engine goes on with what it was asked for when nobody waits for the answer any more.
---@return boolean
---@nodiscard
function Remains:is_complete()
  for _, entry in ipairs(self.entries) do
    if entry.kind ~= "directory" and not self.seen[entry] then
      return false
    end
  end
  return true
end

--- Adds the ids of containers that were kept.
---@param ids table<string, true>
---@return table<string, true> ids
function Remains:add_ids(ids)
  for _, entry in ipairs(self.entries) do
    if entry.id and entry.kind == "container" then
      ids[entry.id] = true
    end
  end
  return ids
end

--- When the last of what is kept may go.
---@return integer? until_s
---@nodiscard
function Remains:kept_until()
  local latest
  for _, entry in ipairs(self.entries) do
    if is_kept(entry, clock.wall() // NS) then
      latest = math.max(latest or 0, entry.until_s)
    end
  end
  return latest
end

--- Whether a path may be a folder that clnrm made (core.fs.tempdir): nothing else is ever removed,
--- whatever a journal says.
local function is_own_folder(path)
  if path:sub(1, 1) ~= "/" or (path .. "/"):find("/%.%.?/") or path:find("//", 1, true) then
    return false
  end
  local stat, own = fs.lstat(path), fs.stat("/proc/self")
  return path:find("/clnrm%-[^/]+$") ~= nil and stat ~= nil and stat.type == "directory"
    and own ~= nil and (stat.uid == own.uid or own.uid == 0)
end

--- Removes the folders of this machine that were the run's.
---@param is_forced? boolean
---@return string[] removed
---@return core.Error? err
function Remains:remove_folders(is_forced)
  local removed, first_err, now_s = {}, nil, clock.wall() // NS
  for _, entry in ipairs(self.entries) do
    if entry.kind == "directory" and (is_forced or not is_kept(entry, now_s))
      and is_own_folder(entry.name) then
      local ok, err = fs.remove_tree(entry.name)
      if ok then
        removed[#removed + 1] = entry.name
      else
        first_err = first_err or err
      end
    end
  end
  return removed, first_err
end

--- Whether a journal's owner is one of this machine: then its free lock says that it has ended.
---@param owner engine.docker.Owner of the journal
---@param self engine.docker.Owner who asks
---@return boolean
---@nodiscard
function M.is_of_this_machine(owner, self)
  if self.boot and owner.boot == self.boot then
    return true -- one kernel: one set of locks
  end
  return self.machine ~= nil and owner.machine == self.machine
end

return M
