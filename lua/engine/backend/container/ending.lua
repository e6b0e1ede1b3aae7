--- Whether a container has ended or is about to end, before its engine tells so.
---
--- An engine hears of an end later than the kernel, and answers a signal to a process that is gone
--- as if it had been taken.  So this machine's /proc is asked as well, when it shows the process.
---@class engine.backend.container.ending
local clock = require("core.clock")
local dying = require("engine.backend.dying")
local seen = require("engine.backend.container.seen")
local task = require("core.task")
local things = require("engine.docker.things")

local M = {}

M.BUSY_MS = 100 -- for a first process that runs, or has a signal to take, to sleep again or end
M.LATE_MS = 4000 -- for an end that the engine may not know of yet
local BUSY_PAUSE_MS, LATE_PAUSE_MS = 2, 50
local NS_PER_MS = 1e6
local CLOCK_NS = 10000000000 -- for which the time of an engine elsewhere is known,
local SLEW_PART = 2000 -- less what its clock may have been slowed down meanwhile
local NS_PER_S, DAY_S = 1000000000, 86400

local function now_ms()
  return clock.now() / NS_PER_MS
end

local function mask_of(status, name)
  return tonumber(status:match("\n" .. name .. ":%s*(%x+)") or "0", 16)
end

--- Whether a process runs, or has a signal that it is going to take: what came to it before has
--- not had its effect yet.
local function is_busy(status)
  local pending = mask_of(status, "ShdPnd") | mask_of(status, "SigPnd")
  return status:match("\nState:%s*R") ~= nil or pending & ~mask_of(status, "SigBlk") ~= 0
end

-- rt_sigtimedwait of x86-64 and of arm64, in decimal as /proc/PID/syscall begins.
local WAITS_FOR_A_SIGNAL = { ["128"] = true, ["137"] = true }

--- Whether a first process takes a signal, other than SIGKILL and SIGSTOP, or may: the kernel gives
--- it what it catches, and what it blocks.  A signal that it waits for (sigwait) is not shown as
--- blocked meanwhile, so the call that it is in is asked, too.
---@param status string as /proc has it
---@param number integer
---@param call? string /proc/PID/syscall; nil: it cannot be read
---@return boolean # true also where that is not told
---@nodiscard
function M.takes(status, number, call)
  if not call or call == "" or WAITS_FOR_A_SIGNAL[call:match("^%d+") or "running"] then
    return true
  end
  local caught = status:match("\nSigCgt:") and mask_of(status, "SigCgt")
  return not caught or (caught | mask_of(status, "SigBlk")) >> (number - 1) & 1 == 1
end

--- Looks at the first process of a container, where this machine shows it.
---@param told table what inspect told
---@param id string of the container
---@return "dying"|"busy"|"idle"? # nil: it is not to be seen here
---@return string? status as /proc has it
---@return string? call that it is in, as /proc has it; nil where that may not be read
---@nodiscard
function M.look(told, id)
  local pid = seen.find(math.tointeger((told.State or {}).Pid) or 0, id)
  local status = pid and dying.read(("/proc/%d/status"):format(pid))
  if not status then
    return nil
  elseif dying.is_dying(dying.read(("/proc/%d/stat"):format(pid))) then
    return "dying", status
  end
  return is_busy(status) and "busy" or "idle", status, dying.read(("/proc/%d/syscall"):format(pid))
end

--- Whether the first process of a container has ended, exits, or is about to take a signal that
--- ends it.  One that this machine does not show is as the engine says.
---@async
---@param member engine.backend.container.Member
---@return boolean is_dying
---@return boolean is_here this machine shows it
function M.is_dying(member)
  local told = member:inspect()
  member.looked = told
  if not told or not (told.State or {}).Running then
    return told ~= nil, false
  end
  local how, due = M.look(told, member.thing.id), now_ms() + M.BUSY_MS
  local is_here = how ~= nil or member.is_here == true -- it may be gone by now
  while how == "busy" and now_ms() < due and task.sleep(BUSY_PAUSE_MS) do
    how = M.look(told, member.thing.id)
  end
  return is_here and (how == nil or how == "dying"), is_here
end

--- Whether a container has ended, of which something was killed by somebody else than clnrm.  The
--- end of a first process ends the others before the engine hears of it.
---@async
---@param member engine.backend.container.Member
---@return boolean? has_ended nil: the engine does not answer
---@return core.Error? err
function M.has_ended(member)
  local due = now_ms() + M.LATE_MS
  while true do
    local told, err = member:inspect()
    if not told then
      return things.is_missing(err) or nil, err
    elseif not (told.State or {}).Running then
      return true
    end
    local how = M.look(told, member.thing.id)
    if how == "busy" or how == "idle" or now_ms() >= due then
      return false
    end
    local ok
    ok, err = task.sleep(LATE_PAUSE_MS)
    if not ok then
      return nil, err
    end
  end
end

--- Days from 1970 to a day of the Gregorian calendar.
local function days(year, month, day)
  year = month <= 2 and year - 1 or year
  local shifted = (month + 9) % 12 -- March is the first month, and leap days are at the end
  return 365 * year + year // 4 - year // 100 + year // 400 + (153 * shifted + 2) // 5 + day
    - 719469
end

--- Reads a moment as engines write it.
---@param text any "2026-01-31T12:00:00.123456789Z", or with "+01:00"
---@return integer? ns since 1970 in UTC
---@nodiscard
function M.moment(text)
  local year, month, day, hour, minute, second, rest =
    tostring(text):match("^(%d%d%d%d)%-(%d%d)%-(%d%d)T(%d%d):(%d%d):(%d%d)(.*)$")
  if not year or year == "0001" then
    return nil
  end
  local fraction, zone = rest:match("^%.?(%d*)(.+)$")
  local sign, zone_h, zone_m = (zone or ""):match("^([+-])(%d%d):(%d%d)$")
  if zone ~= "Z" and not sign then
    return nil
  end
  local offset_s = sign and (zone_h * 3600 + zone_m * 60) * (sign == "-" and -1 or 1) or 0
  local s = days(tonumber(year), tonumber(month), tonumber(day)) * DAY_S
    + hour * 3600 + minute * 60 + second - offset_s
  return s * NS_PER_S + math.tointeger(tonumber((fraction .. "000000000"):sub(1, 9)))
end

--- Asks for the engine's time: that of a look at what a container uses is told as soon as it is
--- known, that of /info long before its answer.
local function ask_clock(member)
  local client = member.session.client
  local told = client:call("GET", ("/containers/%s/stats"):format(member.thing.id),
    { query = { stream = false, ["one-shot"] = true } })
  local told_ns = told and M.moment(told.read)
  if not told_ns then
    told = client:call("GET", "/info")
    told_ns = told and M.moment(told.SystemTime)
  end
  return told_ns and { shift_ns = told_ns - clock.wall(), at_ns = clock.now() }
end

--- Returns what must be added to this machine's time for no more than that of an engine elsewhere,
--- which tells its own before the answer is here.
---@async
---@param member engine.backend.container.Member
---@return integer? shift_ns nil: it does not tell
---@nodiscard
function M.shift(member)
  local session = member.session
  local known = session.engine_clock
  if not known or clock.now() - known.at_ns > CLOCK_NS then
    known = ask_clock(member) -- which may take a second
    session.engine_clock = known
  end
  return known and known.shift_ns - (clock.now() - known.at_ns) // SLEW_PART
end

--- Counts the signals that found a process running.  Engines say of one that has ended, of which
--- they have not heard, that it took a signal: its end is compared with when that was sent.
---@param taken_ns integer[] when each was sent that the engine says was taken
---@param finished? string State.FinishedAt by the engine's clock
---@param shift_ns? integer from this machine's clock to that one, at most; nil: it is not known
---@param slack_ns integer what `finished` may be too early
---@return integer
---@nodiscard
function M.count_taken(taken_ns, finished, shift_ns, slack_ns)
  local ended_ns = shift_ns and M.moment(finished)
  local count = 0
  for _, sent_ns in ipairs(taken_ns) do
    count = count + ((not ended_ns or sent_ns + shift_ns <= ended_ns + slack_ns) and 1 or 0)
  end
  return count
end

return M
