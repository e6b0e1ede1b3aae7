--- Examines the machine: can rooms be made here, and if not, what is to be done?
---
--- Each finding that is not `ok` has its test in tests/e2e/doctor_spec.lua.
local hint = require("engine.backend.sandbox_hint")

local M = {}

---@class engine.doctor.Finding
---@field name string
---@field status "ok"|"warn"|"fail"|"none" fail: tests cannot run; none: not here, and need not be
---@field text string
---@field remedy? string    a command, or what to do
---@field details? string[]
---@field is_detail? boolean shown when asked for more

local NOFILE_MIN = 256 -- below it fewer rooms are made at once

local function first_line(path)
  local file = io.open(path) -- /proc has no sizes to read by
  local line = file and file:read("l")
  if file then
    file:close()
  end
  return line
end

local function examine_program()
  local about = require("core.version").describe()
  local libraries = {}
  for i, library in ipairs(about.libraries) do
    libraries[i] = library.name .. " " .. library.version
  end
  return {
    name = "clnrm",
    status = "ok",
    text = ("%s (%s, %s)"):format(about.version, about.variant, about.lua),
    details = libraries,
  }
end

local function chain(err)
  local list = {}
  while type(err) == "table" do
    list[#list + 1] = ("%s (%s)"):format(err.message, err.code)
    err = err.cause
  end
  return list
end

--- Makes a room and tells what it is isolated by, step by step.
local function examine_rooms(add)
  local clock = require("core.clock")
  local began = clock.now()
  local isolation, err = require("engine.backend.sandbox").probe()
  if not isolation then
    local details = chain(err)
    local remedy = hint.remedy(table.concat(details, " "))
    table.remove(details, 1) -- it is the text already
    add({ name = "rooms", status = "fail", text = err.message, remedy = remedy, details = details })
    return
  end
  local ms = (clock.now() - began) / 1e6
  add({ name = "rooms", status = "ok", text = ("one was made and closed in %.1f ms"):format(ms) })
  for _, name in ipairs({ "net", "fs", "pid", "user", "limits", "clock" }) do
    add({ name = "  " .. name, status = "ok", text = isolation[name] })
  end
  for _, step in ipairs(isolation.steps or {}) do
    add({ name = "  " .. step.name, status = "ok", text = step.what, is_detail = true })
  end
end

--- Says when no group of processes can be limited; that a limit holds is then the kernel's rlimits.
local function examine_cgroups(add)
  local found = require("core.cgroup").detect()
  if not (found.memory.version or found.pids.version or found.cpu.version) then
    add({
      name = "cgroups",
      status = "warn",
      text = "none can be made: [limits] of memory and processes hold for each process alone",
      remedy = "mount them (/sys/fs/cgroup), and run as root or where this user may make groups "
        .. "(Delegate=yes of systemd)",
    })
  end
end

local function examine_descriptors()
  local soft
  local file = io.open("/proc/self/limits")
  for line in file and file:lines() or function() end do
    soft = soft or tonumber(line:match("^Max open files%s+(%d+)"))
  end
  if file then
    file:close()
  end
  local text = soft and ("%d files may be open"):format(soft) or "any number of files may be open"
  local finding = { name = "descriptors", status = "ok", text = text }
  if soft and soft < NOFILE_MIN then
    finding.status, finding.remedy = "warn", "ulimit -n 1024"
    finding.text = ("only %d files may be open"):format(soft)
  end
  return finding
end

local function examine_screen()
  local term = require("core.term")
  local kind = term.is_tty(1) and "a terminal" or "no terminal"
  local charset = term.is_utf8() and "UTF-8" or "ASCII only (LANG, LC_ALL)"
  local text = ("%s, %d columns, %s"):format(kind, term.width(1), charset)
  return { name = "screen", status = "ok", text = text }
end

--- Where rooms are made, by the backend that the settings name.
local NEEDED = {
  auto = { rooms = true }, sandbox = { rooms = true },
  docker = { docker = true }, podman = { podman = true },
}

--- A finding weighs what it weighs for the backend that is needed: the engine that the project
--- names is missed, and the sandbox is not where no room is made in it.
local function weigh(finding, needed)
  if needed[finding.name] and (finding.status == "warn" or finding.status == "none") then
    finding.status = "fail"
    finding.remedy = finding.remedy or finding.details and finding.details[1]
  elseif finding.status == "fail" and not needed[finding.name] then
    finding.status = "warn"
  end
  return finding
end

--- Examines everything.
---@async
---@param tries? boolean a room of each engine is made as well
---@param backend? string that the settings name; default: auto
---@return engine.doctor.Finding[]
function M.examine(tries, backend)
  local findings, needed = {}, NEEDED[backend or "auto"]
  local function add(finding)
    findings[#findings + 1] = weigh(finding, needed)
  end
  add(examine_program())
  add({ name = "kernel", status = "ok", text = first_line("/proc/sys/kernel/osrelease") or "?" })
  examine_rooms(add)
  require("engine.docker.examine").run(add, nil, tries)
  examine_cgroups(add)
  require("engine.doctor.disk").run(add)
  require("engine.doctor.cache").run(add)
  add(examine_descriptors())
  add(examine_screen())
  return findings
end

return M
