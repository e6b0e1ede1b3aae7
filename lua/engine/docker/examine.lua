--- What `clnrm doctor` tells of Docker and of Podman: where it is, what it can, what is left in it.
---@class engine.docker.examine
local clock = require("core.clock")
local config = require("engine.docker.config")
local endpoint_of = require("engine.docker.endpoint")
local fs = require("core.fs")

local M = {}

M.ANSWER_MS = 5000

local NS_PER_MS = 1e6
local EXECUTABLE = tonumber("111", 8)
local NAMED_BY = { docker = { "DOCKER_HOST", "DOCKER_CONTEXT" }, podman = { "CONTAINER_HOST" } }
local PEOPLE = { docker = "Docker", podman = "Podman" }

local function help_of(err)
  return err.detail and err.detail.help
end

--- Whether somebody has said where the engine is: then it is missed.
---@param name "docker"|"podman"
---@param env fun(name: string): string? as of engine.docker.config.environment
---@return boolean
---@nodiscard
function M.is_named(name, env)
  for _, variable in ipairs(NAMED_BY[name]) do
    if env(variable) then
      return true
    end
  end
  local settings = name == "docker" and config.read(env)
  return settings and settings.current_context ~= nil
end

local RESTART = {
  docker = "it hangs, or is overloaded: journalctl -u docker, sudo systemctl restart docker",
  podman = "it hangs, or is overloaded: systemctl --user restart podman.socket podman.service",
}

--- Says of an engine that took the connection and does not answer.
local function silent(name, endpoint, err)
  return {
    name = name,
    status = "warn",
    text = ("%s (%s)"):format(err.message, endpoint.name),
    remedy = RESTART[name],
  }
end

--- Says of an engine that is not there, or cannot be used.
local function without(name, err, env)
  local is_absent = err.code == "ENOENT" and not M.is_named(name, env)
  return {
    name = name,
    status = is_absent and "none" or "warn",
    text = err.message,
    remedy = not is_absent and help_of(err) or nil,
    details = is_absent and { help_of(err) } or nil,
  }
end

local function word(value)
  return type(value) == "string" and value ~= "" and value or "?"
end

--- Reads what the engine says of its own protection: "name=seccomp,profile=default".
local function security(info)
  local list, is_rootless = {}, false
  for _, option in ipairs(type(info.SecurityOptions) == "table" and info.SecurityOptions or {}) do
    local name = type(option) == "string" and option:match("^name=([^,]+)")
    if name == "rootless" then
      is_rootless = true
    elseif name then
      list[#list + 1] = name
    end
  end
  return is_rootless, #list > 0 and table.concat(list, ", ") or "none"
end

local LIMITS = { -- field of GET /info → what a container cannot be limited in
  { "MemoryLimit", "memory" }, { "PidsLimit", "processes" }, { "CpuCfsQuota", "processor time" },
}

local function missing_limits(info)
  local list = {}
  for _, limit in ipairs(LIMITS) do
    if info[limit[1]] == false then
      list[#list + 1] = limit[2]
    end
  end
  return #list > 0 and table.concat(list, ", ") or nil
end

local function examine_host(add, info)
  local is_rootless, protection = security(info)
  local text = ("%s, cgroup %s (%s), storage %s, %s"):format(
    is_rootless and "rootless" or "as root", word(info.CgroupVersion), word(info.CgroupDriver),
    word(info.Driver), word(info.Architecture))
  local without_limits = missing_limits(info)
  local finding = { name = "  engine", status = "ok", text = text,
    details = { "protection: " .. protection, "system: " .. word(info.OperatingSystem) } }
  if without_limits then
    finding.status, finding.text = "warn", text .. "; it cannot limit " .. without_limits
    finding.remedy = is_rootless and "delegate these controllers to the user: "
      .. "https://rootlesscontaine.rs/getting-started/common/cgroup2/"
      or "mount cgroups with these controllers"
  end
  add(finding)
end

local function examine_leftovers(add, client)
  local report, err = require("engine.docker.sweep").run(client, { dry_run = true })
  if not report then
    add({ name = "  leftovers", status = "warn", text = err.message, remedy = help_of(err) })
    return
  end
  local words = require("engine.report.words")
  local left, kept, unknown = #report.removed, #report.kept, #report.left
  local finding = { name = "  leftovers", status = "ok", text = "none", is_detail = left == 0 }
  if left > 0 then
    finding.status, finding.remedy = "warn", "clnrm reap"
    finding.text = ("%s of runs that were killed"):format(words.count(left, "thing"))
  end
  local details = {}
  if kept > 0 then
    details[1] = ("%s of kept rooms: clnrm reap"):format(words.count(kept, "thing"))
  end
  if unknown > 0 then
    details[#details + 1] = ("%s of others, as far as can be told"):format(
      words.count(unknown, "thing"))
  end
  finding.details = details
  add(finding)
end

local REMEDIES = {
  stdio = "let the engine see this machine's folder for temporary files, or name one that it sees: "
    .. "TMPDIR",
  exec = "use images for this machine's processor",
}

--- Says how the agent gets into containers: by a room that is made, or what can be told without.
local function examine_rung(add, client, tries)
  local rung = require("engine.backend.container.rung")
  local name, why = rung.first(client.endpoint)
  if not name then
    add({ name = "  agent", status = "warn", text = why.message, remedy = help_of(why) })
    return
  elseif not tries then
    add({ name = "  agent", status = "ok", is_detail = true,
      text = rung.text({ rung = name }) .. ", as far as is known: clnrm doctor --rooms tries it" })
    return
  end
  local told, err = require("engine.backend.container.trial").run(client)
  if not told then
    add({ name = "  agent", status = "warn", text = "no room can be made: " .. err.message,
      remedy = help_of(err) })
  elseif not told.text then
    add({ name = "  agent", status = "ok", text = rung.text(told)
      .. ", as far as is known: the engine has no image to try it with" })
  else
    local finding = { name = "  agent", status = "ok",
      text = ("%s; a room was made in %.0f ms"):format(told.text, told.ms) }
    local is_lower = told.text == rung.text({ rung = "exec" }) and "exec"
      or told.rung ~= name and told.rung
    if is_lower and not why then -- nobody asked for it
      finding.status, finding.remedy = "warn", REMEDIES[is_lower]
    end
    add(finding)
  end
end

local function examine_engine(add, name, env, tries)
  local endpoint, err = endpoint_of.find({ engine = name, getenv = env })
  if not endpoint then
    add(without(name, err, env))
    return false
  end
  local began = clock.now()
  local client <close>, why = require("engine.docker.client").connect(endpoint,
    { timeout_ms = M.ANSWER_MS })
  if not client then
    add(why.code == "ETIMEDOUT" and silent(name, endpoint, why) or without(name, why, env))
    return false
  end
  local ms = (clock.now() - began) / NS_PER_MS
  local info
  info, err = client:call("GET", "/info", { timeout_ms = M.ANSWER_MS })
  if not info then
    add({ name = name, status = "warn", text = err.message, remedy = help_of(err) })
    return true
  end
  add({
    name = name,
    status = "ok",
    text = ("%s %s, API %s, at %s (%s)"):format(PEOPLE[client.engine], word(info.ServerVersion),
      client.version, client.endpoint.name, client.endpoint.origin),
    details = { ("it answered in %.0f ms"):format(ms) },
  })
  examine_host(add, info)
  examine_rung(add, client, tries)
  examine_leftovers(add, client)
  return true
end

local function is_in_path(program, path)
  for dir in (path or ""):gmatch("[^:]+") do
    local stat = fs.stat(dir .. "/" .. program)
    if stat and stat.type == "file" and stat.mode & EXECUTABLE ~= 0 then
      return true
    end
  end
  return false
end

--- Looks whether the helpers that config.json names for registries are there; none is run.
local function examine_helpers(add, env)
  local settings, err = config.read(env)
  err = err or settings.misfit
  if err then
    add({ name = "  credentials", status = "warn", text = err.message, remedy = help_of(err) })
    return
  end
  local used, missing, names = {}, {}, {}
  if settings.creds_store then
    used[settings.creds_store] = true
  end
  for _, helper in pairs(settings.cred_helpers) do
    used[helper] = true
  end
  for helper in pairs(used) do
    names[#names + 1] = "docker-credential-" .. helper
  end
  table.sort(names)
  for _, program in ipairs(names) do
    if not is_in_path(program, env("PATH")) then
      missing[#missing + 1] = program
    end
  end
  if #missing > 0 then
    add({ name = "  credentials", status = "warn",
      text = ("%s names %s, which is not in PATH"):format(settings.path,
        table.concat(missing, ", ")),
      remedy = "install it, or take it out of credsStore and credHelpers and log in again" })
  elseif #names > 0 then
    add({ name = "  credentials", status = "ok", is_detail = true,
      text = "by " .. table.concat(names, ", ") })
  end
end

--- Examines both engines.
---@async
---@param add fun(finding: engine.doctor.Finding)
---@param getenv? engine.docker.Getenv default os.getenv
---@param tries? boolean a room of each is made
function M.run(add, getenv, tries)
  local env = config.environment(getenv)
  if examine_engine(add, "docker", env, tries) then
    examine_helpers(add, env)
  end
  examine_engine(add, "podman", env, tries)
end

return M
