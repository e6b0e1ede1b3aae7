--- A run under way, seen and steered from outside: what it does now, pause, stop, slow marks.
---
--- The functions are methods of engine.run's run.  Nothing here decides a verdict.
---@class engine.run.control
local clock = require("engine.run.clock")
local core = require("core.task")

local M = {}

--- Lists what a scenario waits for; nil: for nothing.
local function awaited(cx)
  return cx.awaits and require("engine.run.awaited").of(cx)
end

local OUTPUT_MAX = 4096 -- bytes of an output that its last line is looked for in
local CHILDREN_MAX = 256 -- processes of a room that are looked at for one

---@class engine.run.Running
---@field id string
---@field phase "services"|"step"|"test"|"closing"
---@field step? string
---@field steps? string[] all of them, when several run at once
---@field awaits? engine.run.Awaited[]
---@field pid? integer of what the step runs, else of its room, as the host counts
---@field last? string the last line that the step printed
---@field ms number    since it began

local function read(path)
  local file = io.open(path, "rb")
  local bytes = file and file:read("a")
  if file then
    file:close()
  end
  return bytes
end

--- Finds the number that the host has for a process of a room.
local function host_pid(room_pid, pid)
  local children = read(("/proc/%d/task/%d/children"):format(room_pid, room_pid)) or ""
  local looked = 0
  for child in children:gmatch("%d+") do
    looked = looked + 1
    local own = (read("/proc/" .. child .. "/status") or ""):match("NSpid:[%d\t]*\t(%d+)\n")
    if own and tonumber(own) == pid then
      return tonumber(child)
    elseif looked >= CHILDREN_MAX then
      return nil
    end
  end
end

--- Returns the last line with anything in it.  One that is not over is marked as cut, so that the
--- part of a secret that it ends with is masked.
local function last_line(process)
  for _, stream in ipairs({ "stdout", "stderr" }) do
    local text, cut = process[stream](process, OUTPUT_MAX)
    text = text and cut > 0 and "…" .. text:sub(-(OUTPUT_MAX // 2)) or text or ""
    local line, rest = text:match("([^\n]*%S[^\n]*)(%s*)$")
    if line then
      return rest:find("\n", 1, true) and line or line .. "…"
    end
  end
end

--- Adds what is known of the command that runs: its number, what it printed last.
local function look_at_process(one, cx, room_pid)
  local process = cx.process
  one.pid = room_pid
  if one.phase ~= "step" or not process then
    return
  end
  local ok, pid = pcall(process.pid, process)
  one.pid = ok and room_pid and host_pid(room_pid, pid) or room_pid
  local has_line, line = pcall(last_line, process)
  one.last = has_line and line or nil
end

local function phase_of(cx, awaits)
  if cx.course.duration_ms then
    return "closing"
  elseif awaits then
    return "services"
  end
  return cx.step_name and "step" or "test"
end

--- Lists what is under way, for who asks; the oldest first.
---@param run engine.run.Run
---@return engine.run.Running[]
function M.running(run)
  local list, now, began = {}, clock.ms(), {}
  for cx in pairs(run.active) do
    local awaits = awaited(cx)
    local one = { id = cx.scenario.id, awaits = awaits, ms = now - cx.began }
    began[one] = cx.began
    one.phase = phase_of(cx, awaits)
    one.step = one.phase == "step" and cx.step_name or nil
    local names = cx.step_names
    if names and names[1] then
      one.step, one.steps = names[1], names[2] and table.move(names, 1, #names, 1, {}) or nil
    end
    local room = cx.entry.room
    local has_pid, pid = pcall(function()
      return room:pid()
    end)
    look_at_process(one, cx, has_pid and pid or nil)
    list[#list + 1] = one
  end
  table.sort(list, function(a, b)
    if began[a] ~= began[b] then
      return began[a] < began[b]
    end
    return a.id < b.id -- begun in one moment: at each look in the same order
  end)
  return list
end

--- Tells what is under way.
---@param run engine.run.Run
function M.tell_status(run)
  run:emit({ event = "status", running = run:running() })
end

--- Says what scenarios wait for: the service that is not ready, and its last probe.
---@param run engine.run.Run
---@return table<string, string> # by the id of the scenario; safe to tell, not to show
function M.waits(run)
  local list = {}
  for cx in pairs(run.active) do
    local first = (awaited(cx) or {})[1]
    if first then
      local mask = run.secrets:mask(cx.scenario.id)
      local text = first.service .. (first.probe and ": " .. first.probe or "")
      list[cx.scenario.id] = mask and mask:text(text) or text
    end
  end
  return list
end

--- Begins nothing new until `resume`; what runs goes on.
---@param run engine.run.Run
function M.pause(run)
  if not run.paused then
    run.paused = core.event()
    run:emit({ event = "paused" })
  end
end

--- Goes on after `pause`.
---@param run engine.run.Run
function M.resume(run)
  local paused = run.paused
  if paused then
    run.paused = nil
    paused:set()
    run:emit({ event = "continued" })
  end
end

--- Ends the run as a signal would.
---@param run engine.run.Run
---@param name "SIGINT"|"SIGTERM"|"SIGHUP"
function M.interrupt(run, name)
  if run.watch then
    run.watch:interrupt(name)
  else
    run:stop(name)
  end
end

--- Waits while the run is paused; a cancelled task waits no more.
---@async
---@param run engine.run.Run
function M.await_turn(run)
  while run.paused and not run.halted and run.paused:wait() do -- luacheck: ignore 542
  end
end

--- Tells once of each scenario that it takes longer than it should, while it runs.
---@async
---@param run engine.run.Run
function M.watch_slow(run)
  local told = setmetatable({}, { __mode = "k" })
  local rest = run.slow_ms
  while core.sleep(math.max(rest, 1)) do
    local now = clock.ms()
    rest = run.slow_ms
    local is_debugged = run.debugger and run.debugger.is_open -- no time is told meanwhile
    for cx in pairs(is_debugged and {} or run.active) do
      local ms = now - cx.began
      if ms < run.slow_ms then
        rest = math.min(rest, run.slow_ms - ms)
      elseif not told[cx] and not cx.course.duration_ms then
        told[cx] = true
        local scenario = cx.scenario
        run:emit({
          event = "slow",
          id = scenario.id,
          file = scenario.file,
          name = scenario.name,
          cell = scenario.cell,
          line = scenario.line,
          ms = run.slow_ms,
        })
      end
    end
  end
end

return M
