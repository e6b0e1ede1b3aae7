--- The second process of a run with an engine: waits until clnrm has ended, removes what it left.
---
--- It is started before the first thing is made (engine.docker.reaper) and gets here only when
--- clnrm ended without sending it away: by a signal, a crash, with something that would not go, or
--- with rooms that are kept for an hour.
---@class engine.docker.watcher
local clock = require("core.clock")
local fs = require("core.fs")
local journal_of = require("engine.docker.journal")
local json = require("core.json")
local leftovers = require("engine.docker.leftovers")
local proc = require("core.proc")
local remains_of = require("engine.docker.remains")
local task = require("core.task")

local M = {}

M.TRIES = 10 -- of an engine that does not answer
M.PAUSE_MS, M.PAUSE_MAX_MS = 100, 10000 -- between them, twice as long each time: 33 s in all
M.LATE_MS, M.LATE_MAX_MS = 5000, 60000 -- for what was asked for and is not there yet
M.LATE_LISTS = 50 -- and as long as so many listings take: a busy engine is late with everything

local OWNER_MS, OWNER_MAX_MS = 5, 1000
local KEPT_MS = 15000 -- between looks whether `clnrm reap` was faster
local NS, NS_PER_MS = 1000000000, 1000000

--- Waits until the owner is gone: its pipe ends while it still is on its way out, and one that gave
--- up removing something goes on to write its reports.
local function await_end(owner)
  local pause = OWNER_MS
  while owner.pid > 1 do -- with 1 all of its namespace ends, this process too
    local ok, err = proc.signal_pid(owner.pid, owner.start_time, 0)
    if not ok and err.code == "ESRCH" then
      return
    end
    task.sleep(pause)
    pause = math.min(OWNER_MAX_MS, pause * 2)
  end
end

--- Says how long what was asked for may be awaited, by the slowest listing of the engine.
---@param list_ms number
---@return number ms
---@nodiscard
function M.late_ms(list_ms)
  return math.min(M.LATE_MAX_MS, math.max(M.LATE_MS, M.LATE_LISTS * list_ms))
end

--- Removes what there is, once.
local function clear(endpoint, remains, is_forced)
  local client <close> = require("engine.docker.client").connect(endpoint)
  if not client then
    return false
  end
  local began, slowest_ms = nil, 0
  return (leftovers.clear(client, {
    run = remains.run,
    ids = remains:add_ids({}),
    want = function(thing)
      return remains:judge(thing, is_forced) == "left"
    end,
    is_settled = function(list_ms)
      began, slowest_ms = began or clock.now(), math.max(slowest_ms, list_ms)
      return remains:is_complete()
        or clock.now() > began + M.late_ms(slowest_ms) * NS_PER_MS
    end,
  }))
end

local function clear_with_patience(head, remains, is_forced)
  local pause = M.PAUSE_MS
  for try = 1, M.TRIES do
    if clear(head.endpoint, remains, is_forced) then
      return true
    elseif try < M.TRIES then
      task.sleep(pause)
      pause = math.min(M.PAUSE_MAX_MS, pause * 2)
    end
  end
  return false
end

--- Waits until what is kept may go, or has gone.
---@return boolean is_due false: there is nothing left to do
local function await_kept(remains, path)
  while true do
    local until_s = remains:kept_until()
    if not until_s then
      return true
    elseif not fs.exists(path) then
      return false
    end
    task.sleep(math.min(KEPT_MS, (until_s - clock.wall() // NS + 1) * 1000))
  end
end

local function read(text)
  local given = json.decode(text, { depth = 8 })
  local head = type(given) == "table" and given.head
  local is_whole = type(head) == "table" and type(head.owner) == "table"
    and math.type(head.owner.pid) == "integer" and math.type(head.owner.start_time) == "integer"
    and type(head.run) == "string" and head.run ~= "" and type(head.endpoint) == "table"
    and type(given.path) == "string"
  return is_whole and given or nil
end

--- Makes the text that a watcher is given.
---@param head engine.docker.journal.Head
---@param path string of the journal
---@return string
---@nodiscard
function M.text(head, path)
  return assert(json.encode({ head = head, path = path }, { invalid = "replace" }))
end

--- Does what is left to be done.
---@async
---@param text string as `text` made it
---@return integer exit_code nobody waits for it
function M.main(text)
  local given = read(text)
  if not given then
    io.stderr:write("clnrm: --watcher is for clnrm itself\n")
    return 2
  end
  local head, path = given.head, given.path
  await_end(head.owner)
  local journal = journal_of.read(path) -- what cannot be read is found by its labels all the same
  local remains = remains_of.new(head, journal and journal.open)
  local is_clear = clear_with_patience(head, remains, false)
  if is_clear and remains:kept_until() and await_kept(remains, path) then
    is_clear = clear_with_patience(head, remains, true)
  end
  local _, err = remains:remove_folders()
  if is_clear and not err and not remains:kept_until() then
    journal_of.forget(path)
  end
  return 0
end

return M
