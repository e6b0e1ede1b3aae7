--- What `artifacts.collect` asks for, taken out of the room before it ends: files, logs.
---
--- Everything is written below .clnrm/artifacts/FILE/SCENARIO of the project, under names that are
--- made of the letters, digits and `_-.` of what was asked for; nothing follows a link.  What could
--- not be collected is told, and changes no verdict: the test has said what it had to say.
---@class engine.run.artifacts
local error_new = require("core.error").new
local host_path = require("engine.model.host_path")
local store = require("engine.script.artifacts")
local task = require("clnrm.task")

local M = {}

M.FILE_MAX = 64 << 20 -- bytes of one file
M.TOTAL_MAX = 256 << 20 -- and of all of one scenario
M.COUNT_MAX = 100 -- files of one scenario
M.COLLECT_MS = 30000 -- for all of it

---@class engine.run.Collection
---@field run engine.run.Run
---@field cx engine.run.Context
---@field count integer
---@field bytes integer
---@field names table<string, integer>
---@field place? engine.backend.Service in which the last step ran
---@field base string  where relative paths start

local function limit_error(message)
  return error_new({ code = "ELIMIT", op = "artifacts.collect", message = message })
end

--- Tells something that was asked for and is not there.
local function tell_missing(self, what, why)
  self.run:emit({ event = "artifact", id = self.cx.scenario.id, name = what, error = why })
end

--- Makes a name that no other file of the scenario has.
local function name_for(self, path)
  local parts = {}
  for part in path:gmatch("[^/]+") do
    parts[#parts + 1] = store.safe_name(part)
  end
  local name = table.concat(parts, "/")
  local taken = (self.names[name] or 0) + 1
  self.names[name] = taken
  return taken == 1 and name or ("%s~%d"):format(name, taken)
end

--- Writes one file and tells it.
local function keep(self, what, path, bytes)
  self.count, self.bytes = self.count + 1, self.bytes + #bytes
  if self.count > M.COUNT_MAX then
    return limit_error(("more than %d files"):format(M.COUNT_MAX))
  elseif self.bytes > M.TOTAL_MAX then
    return limit_error(("more than %d MiB in all"):format(M.TOTAL_MAX >> 20))
  end
  local scenario = self.cx.scenario
  local mask = self.run.secrets:mask(scenario.id)
  bytes = mask and mask:text(bytes) or bytes
  local name = name_for(self, self.run.secrets:name(path, scenario.id))
  local stored, err = store.write(scenario, name, bytes, self.run.secrets)
  if not stored then
    return err
  end
  self.run:emit({ event = "artifact", id = scenario.id, name = what, path = stored,
    bytes = #bytes })
end

--- Lists the regular files below a directory of the room, links not followed.
local function list_files(self, path)
  local result, err = self.cx.entry.room:exec({
    argv = { "find", path, "-xdev", "-type", "f", "-print0" },
    service = self.place,
    timeout_ms = M.COLLECT_MS,
  })
  if not result then
    return nil, err
  end
  local text = result:stdout(1 << 20)
  local is_whole = text and #text == result.stdout_bytes
  result:close()
  if not is_whole or result.exit_code ~= 0 then
    return nil, limit_error("its files cannot be listed")
  end
  local list = {}
  for name in text:gmatch("([^\0]+)\0") do
    list[#list + 1] = name
  end
  table.sort(list)
  return list
end

--- Says in which view a path is looked up.
local function where(self)
  return self.place and { view = self.place.view, service = self.place } or nil
end

local function collect_file(self, what, path)
  local bytes, err = self.cx.entry.room:get(path, M.FILE_MAX, where(self))
  if not bytes then
    return err
  end
  local is_below = path:sub(1, #self.base) == self.base
  return keep(self, what, "files/" .. (is_below and path:sub(#self.base + 1) or path), bytes)
end

local function collect_directory(self, path)
  local list, err = list_files(self, path)
  if not list then
    return err
  elseif #list == 0 then
    return limit_error("there is no file in it")
  end
  for _, file in ipairs(list) do
    err = collect_file(self, "files:" .. file, file)
    if err then
      return err
    end
  end
end

local collect = {}

function collect.files(self, what, path)
  if path:sub(1, 1) ~= "/" then
    path = self.base .. path
  end
  path = host_path.normal(path)
  local stat, err = self.cx.entry.room:stat(path, where(self))
  if not stat then
    return err
  elseif stat.kind == "directory" then
    return collect_directory(self, path)
  elseif stat.kind ~= "file" then
    local kind = stat.kind == "absent" and "there is no such file"
      or stat.kind == "link" and "it is a link" or "it is no regular file"
    return error_new({ code = "ENOENT", op = "artifacts.collect", message = kind })
  end
  return collect_file(self, what, path)
end

local function log_of(self, name)
  local services = self.cx.services[1]
  local logs = services and services:log(name)
  if not logs then
    return nil, error_new({ code = "ENOENT", op = "artifacts.collect",
      message = "the service was not started" })
  end
  return #logs > 0 and table.concat(logs, "\n") .. "\n" or ""
end

function collect.logs(self, _, name)
  for _, one in ipairs(name == "all" and self.cx.scenario.services or { name }) do
    local text, err = log_of(self, one)
    err = err or keep(self, "logs:" .. one, ("logs/%s.log"):format(one), text)
    if err and name == "all" then
      tell_missing(self, "logs:" .. one, tostring(err.message))
    elseif err then
      return err
    end
  end
end

local function collect_all(self)
  local stale, err = store.clear(self.cx.scenario, nil, self.run.secrets)
  for _, item in ipairs(self.cx.scenario.collect) do
    local what = ("%s:%s"):format(item.kind, item.name)
    local why = not stale and err or collect[item.kind](self, what, item.name)
    if why then
      tell_missing(self, what, tostring(why.message or why))
    end
  end
  return true
end

--- Collects what the file asks for, while the room is still there.
---@async
---@param run engine.run.Run
---@param cx engine.run.Context whose scenario has `collect`
function M.collect(run, cx)
  local self = { run = run, cx = cx, count = 0, bytes = 0, names = {} }
  local last, services = cx.scenario.steps[#cx.scenario.steps], cx.services[1]
  self.place = last.service and services and services.set:get(last.service) or nil
  self.base = (self.place and self.place.cwd or "/room") .. "/"
  local ok, err = task.shield(task.timeout, M.COLLECT_MS, collect_all, self)
  if not ok then
    tell_missing(self, "all", tostring(err and err.message or err))
  end
end

return M
