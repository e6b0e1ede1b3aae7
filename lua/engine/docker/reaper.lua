--- Sees to it that nothing of a run stays in an engine, however the run ends.
---
--- Before anything is made: a journal that is locked while this process lives, and a watcher, a
--- second process that removes what is left when this one has ended.  Should both be lost, the next
--- run finds what is left by journals and labels (engine.docker.sweep), and `clnrm reap` too.
---@class engine.docker.reaper
local clock = require("core.clock")
local journal_of = require("engine.docker.journal")
local labels_of = require("engine.docker.labels")
local task = require("core.task")
local watcher = require("core.watcher")

local M = {}

--- How long what is kept is kept.
M.KEPT_S = require("engine.kept").SECONDS

local NS = 1000000000
local SWEEP_END_MS = 2000 -- for the sweep to end when the run does

---@class engine.docker.reaper.Options
---@field endpoint engine.docker.Endpoint where things will be made
---@field run_id string                    the value of their label clnrm.run
---@field owner? engine.docker.Owner       default: this process
---@field sweeps? boolean                  what others left is removed meanwhile; default: yes

---@class engine.docker.Guard a to-be-closed value
---@field swept? engine.docker.sweep.Report what others had left, once it is removed
---@field private journal engine.docker.Journal
---@field private text string
---@field private cwd? string
---@field private watcher core.watcher.Watcher
---@field private sweeper? core.Task
local Guard = {}
Guard.__index = Guard

--- The watcher's directory: it shall not hold a mount that the user wants to give back, unless the
--- Lua of a tree is named from where we are.
local function directory()
  local tree = os.getenv("CLNRM_LUA_DIR") or ""
  return (tree == "" or tree:sub(1, 1) == "/") and "/" or nil
end

--- Removes what others left, beside the run.
local function sweep(self, endpoint)
  local client <close> = require("engine.docker.client").connect(endpoint)
  if client then
    self.swept = require("engine.docker.sweep").run(client)
  end
end

--- Guards a run.  To be called before the first thing is made in the engine.
---@async
---@param opts engine.docker.reaper.Options
---@return engine.docker.Guard? guard
---@return core.Error? err then nothing may be made
---@nodiscard
function M.guard(opts)
  local owner, err = opts.owner
  if not owner then
    owner, err = labels_of.owner()
  end
  if not owner then
    return nil, err
  end
  local path
  path, err = journal_of.new_path()
  if not path then
    return nil, err
  end
  local head = journal_of.head(opts.run_id, owner, opts.endpoint)
  local self = setmetatable({
    text = require("engine.docker.watcher").text(head, path),
    cwd = directory(),
  }, Guard)
  self.watcher, err = watcher.open(self.text, self.cwd) -- first: it removes the journal as well
  if not self.watcher then
    return nil, err
  end
  self.journal, err = journal_of.create(head, path)
  if not self.journal then
    self.watcher:dismiss()
    return nil, err
  end
  if opts.sweeps ~= false then
    self.sweeper = task.spawn(sweep, self, opts.endpoint)
  end
  return self
end

--- Notes that something is about to be made: always before it is asked for.
---@param kind engine.docker.Kind "directory": a folder of this machine that core.fs.tempdir makes
---@param name string its name, or the value of one of its labels; of a folder its path
---@return true? ok
---@return core.Error? err then it must not be made
function Guard:note(kind, name)
  if not self.watcher:is_alive() then -- it was killed
    local again, err = watcher.open(self.text, self.cwd)
    if not again then
      return nil, err
    end
    self.watcher:close()
    self.watcher = again
  end
  return self.journal:note(kind, name)
end

--- Notes that something is gone, or was refused.
---@param kind engine.docker.Kind
---@param name string as it was noted
function Guard:gone(kind, name)
  self.journal:gone(kind, name)
end

--- Leaves something alone when the run ends (`--keep`), for an hour or until `clnrm reap`.
---@param kind engine.docker.Kind
---@param name string as it was noted
---@param seconds? integer default KEPT_S
---@param id? string of a container: by which it is found when somebody renames it
---@return true? ok
---@return core.Error? err then it is not kept
function Guard:keep(kind, name, seconds, id)
  return self.journal:keep(kind, name, clock.wall() // NS + (seconds or M.KEPT_S), id)
end

--- Names the journal, for the labels of what is made.
---@return string
---@nodiscard
function Guard:journal_path()
  return self.journal.path
end

--- Ends the guard.  What is not gone by then is the watcher's, as soon as this process has ended.
---@async
function Guard:close()
  if not self.journal then
    return
  end
  local sweeper = self.sweeper
  if sweeper then
    task.shield(task.timeout, SWEEP_END_MS, sweeper.join, sweeper)
    sweeper:cancel()
  end
  if self.journal:is_clear() then
    self.watcher:dismiss()
  else
    self.watcher:close()
  end
  self.journal:close()
  self.journal = nil
end
Guard.__close = Guard.close

return M
