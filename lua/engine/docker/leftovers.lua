--- What clnrm made in an engine: listed by label, removed until the engine says that it is gone.
---
--- In the order of Ryuk: containers with their anonymous volumes, then networks, then volumes.
--- Nothing is ever found by a name alone, and what the engine's filter gives is looked at once
--- more.
---@class engine.docker.leftovers
local clock = require("core.clock")
local docker_error = require("engine.docker.error")
local inherited = require("engine.docker.inherited")
local labels_of = require("engine.docker.labels")
local request = require("engine.docker.request")
local task = require("core.task")

local M = {}

M.TRIES = 10 -- passes that remove something
M.PAUSE_MS, M.PAUSE_MAX_MS = 50, 3000 -- between them, twice as long each time
M.FRESH_S = 1 -- what was made so shortly before a listing may not be the last
M.FRESH_PAUSE_MS = 250
M.FRESH_MAX_MS = 3000 -- of waiting for that alone: clocks may differ
M.AT_ONCE = 4
M.LIST_MAX = 64 << 20 -- bytes

local NS, NS_PER_MS = 1000000000, 1000000
local ORDER = { "container", "network", "volume" }
local LISTS = {
  container = { path = "/containers/json", query = { all = true } },
  network = { path = "/networks", query = {} },
  volume = { path = "/volumes", query = {} },
}
local PATHS = { container = "/containers/", network = "/networks/", volume = "/volumes/" }

---@class engine.docker.Leftover
---@field kind "container"|"network"|"volume"
---@field id string          of a volume: its name
---@field name string
---@field labels table<string, string>
---@field created_s? integer by the engine's clock

--- Days since 1970 of a date, as the Gregorian calendar has it.
local function days_of(year, month, day)
  year = month <= 2 and year - 1 or year
  local era = year // 400
  local of_era = year - era * 400
  local of_year = (153 * (month + (month > 2 and -3 or 9)) + 2) // 5 + day - 1
  return era * 146097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719468
end

--- Reads a time as engines write it: 2026-11-28T23:05:17.123456789+01:00.
---@param text any
---@return integer? seconds since 1970
---@nodiscard
function M.seconds_of(text)
  if type(text) ~= "string" then
    return nil
  end
  local year, month, day, hour, minute, second, zone = text:match(
    "^(%d%d%d%d)-(%d%d)-(%d%d)[Tt ](%d%d):(%d%d):(%d%d)%.?%d*(.*)$")
  local sign, zone_hour, zone_minute = (zone or ""):match("^([+-])(%d%d):(%d%d)$")
  if not year or not sign and zone:upper() ~= "Z" then
    return nil
  end
  local offset = sign and (tonumber(zone_hour) * 60 + tonumber(zone_minute)) * 60 or 0
  local seconds = days_of(tonumber(year), tonumber(month), tonumber(day)) * 86400
    + tonumber(hour) * 3600 + tonumber(minute) * 60 + tonumber(second)
  return math.tointeger(seconds - (sign == "-" and -offset or offset))
end

local function list_of(body)
  local list = type(body) == "table" and (body.Volumes or body) or {}
  return type(list) == "table" and list or {}
end

local function leftover(kind, one)
  local id = type(one) == "table" and (one.Id or one.Name)
  if type(id) ~= "string" or id == "" then
    return nil
  end
  local labels = type(one.Labels) == "table" and one.Labels or {}
  local name = type(one.Names) == "table" and one.Names[1] or one.Name
  local created = math.tointeger(one.Created) or M.seconds_of(one.Created or one.CreatedAt)
  return {
    kind = kind, id = id, labels = labels, created_s = created,
    name = type(name) == "string" and name:gsub("^/", "") or id:sub(1, 12),
  }
end

--- Whether a container has its labels from its image.
local function is_others(client, one, ids)
  return not (ids and ids[one.Id]) and inherited.is(client, one)
end

--- Lists one kind of what has a label.
local function list_kind(client, kind, label, ids)
  local how = LISTS[kind]
  local query = { filters = { label = { label } } }
  for name, value in pairs(how.query) do
    query[name] = value
  end
  local body, err = client:call("GET", how.path, { query = query, max = M.LIST_MAX })
  if not body then
    return nil, err
  end
  local list = {}
  for _, one in ipairs(list_of(body)) do
    local made = leftover(kind, one)
    if made and labels_of.is_ours(made.labels)
      and not (kind == "container" and is_others(client, one, ids)) then
      list[#list + 1] = made
    end
  end
  return list
end

--- Lists all that clnrm made, or what has one value of one label.
---@async
---@param client engine.docker.Client
---@param run? string
---@param ids? table<string, true> of containers that are clnrm's whatever their names have become
---@return engine.docker.Leftover[]? list in the order of removal
---@return core.Error? err
---@nodiscard
function M.list(client, run, ids)
  local label, all = labels_of.RUN .. (run and "=" .. run or ""), {}
  for _, kind in ipairs(ORDER) do
    local list, err = list_kind(client, kind, label, ids)
    if not list then
      return nil, err
    end
    table.move(list, 1, #list, #all + 1, all)
  end
  return all
end

local REMOVAL_UNDER_WAY = "already in progress"

--- Removes one thing.  What is gone, or goes, is removed: 204, 404, and 409 of a removal that is
--- under way are the same.
---@async
---@param client engine.docker.Client
---@param thing engine.docker.Leftover
---@return true? ok
---@return core.Error? err
function M.remove(client, thing)
  local query = thing.kind ~= "network"
    and { force = true, v = thing.kind == "container" or nil } or nil
  local ok, err = client:call("DELETE", PATHS[thing.kind] .. request.segment(thing.id), {
    query = query,
  })
  local status = not ok and err.detail and err.detail.status
  if ok or status == 404 or status == 409 and err.message:find(REMOVAL_UNDER_WAY, 1, true) then
    return true
  end
  return nil, err
end

--- Removes things of one kind, a few at once.
local function remove_kind(client, things, report)
  local next_one, first_err, workers = 0, nil, {}
  for i = 1, math.min(M.AT_ONCE, #things) do
    workers[i] = task.spawn(function()
      while next_one < #things and not task.is_cancelled() do
        next_one = next_one + 1
        local thing = things[next_one]
        local ok, err = M.remove(client, thing)
        if ok then
          report.removed[thing.kind .. thing.id] = thing
        else
          first_err = first_err or err
          report.failed[thing.kind .. thing.id] = { thing = thing, err = err }
        end
      end
    end)
  end
  for _, worker in ipairs(workers) do
    worker:join()
  end
  if task.is_cancelled() then -- nobody waits for them any more, and the client will be closed
    for _, worker in ipairs(workers) do
      worker:cancel()
      task.shield(worker.join, worker)
    end
  end
  return first_err
end

--- Removes things, whatever fails on the way.
local function pass(client, list, report)
  report.failed = {}
  local first_err
  for _, kind in ipairs(ORDER) do
    local things = {}
    for _, thing in ipairs(list) do
      things[#things + 1] = thing.kind == kind and thing or nil
    end
    first_err = remove_kind(client, things, report) or first_err
  end
  return first_err
end

local function wanted(list, want)
  local mine, youngest = {}, 0
  for _, thing in ipairs(list) do
    if want(thing) then
      mine[#mine + 1] = thing
      youngest = math.max(youngest, thing.created_s or 0)
    end
  end
  return mine, youngest
end

local function does_not_go(thing)
  return docker_error.new("ETIMEDOUT", ("the %s %s was removed, and is still there"):format(
    thing.kind, thing.name), nil, "docker.leftovers")
end

---@class engine.docker.leftovers.Options
---@field run? string                     of one run alone
---@field ids? table<string, true>         as of `list`
---@field want fun(thing: engine.docker.Leftover): boolean
---@field is_settled? fun(list_ms: number): boolean whether nothing more is awaited, by how long the
---       engine took for a listing; default: nothing is

---@class engine.docker.leftovers.Report
---@field removed table<string, engine.docker.Leftover>
---@field failed table<string, { thing: engine.docker.Leftover, err: core.Error }> in the last pass

--- Removes what is wanted until a listing is empty that was not made right after something came.
---@async
---@param client engine.docker.Client
---@param opts engine.docker.leftovers.Options
---@return true? ok
---@return core.Error? err why something may be left
---@return engine.docker.leftovers.Report report
function M.clear(client, opts)
  local report = { removed = {}, failed = {} }
  local tries, pause, fresh_ms, youngest, err = 0, M.PAUSE_MS, 0, 0, nil
  while true do
    local began_s, began_ns = clock.wall() // NS, clock.now()
    local list, why = M.list(client, opts.run, opts.ids)
    local list_ms = (clock.now() - began_ns) / NS_PER_MS
    if not list then
      return nil, why, report
    end
    local mine, newest = wanted(list, opts.want)
    youngest = math.max(youngest, newest)
    if #mine == 0 then
      local is_fresh = youngest >= began_s - M.FRESH_S and fresh_ms < M.FRESH_MAX_MS
      if not is_fresh and (not opts.is_settled or opts.is_settled(list_ms)) then
        return true, nil, report
      end
      fresh_ms = fresh_ms + M.FRESH_PAUSE_MS
      if not task.sleep(M.FRESH_PAUSE_MS) then
        return nil, nil, report
      end
    else
      if tries >= M.TRIES then
        return nil, err or does_not_go(mine[1]), report
      elseif tries > 0 and not task.sleep(pause) then
        return nil, err, report
      end
      pause = tries > 0 and math.min(M.PAUSE_MAX_MS, pause * 2) or pause
      tries = tries + 1
      err = pass(client, mine, report)
    end
  end
end

return M
