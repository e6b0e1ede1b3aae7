--- Whether anything is left in a room of those who used it: what it was like when it was made, and
--- what it is like now.
---
--- Both looks are the agent's (`survey` of core.room). Every difference counts: processes, mounts,
--- files whose state was changed (the kernel notes the time of that, and nobody in a room can set
--- it), what is in files in memory, used space of file systems in memory, System V objects, message
--- queues, sockets, keys, the name of the machine, and what commands inherit from the agent. So
--- does what could not be looked at.
---
--- The times of files are of the clock of the engine's machine, and so is all that they are
--- compared with: the agent tells that clock with each look. What this machine's clock says is
--- never asked.
---
--- The sandbox shows a read-only project through an overlay, and there a change of the project
--- counts as well, whoever made it: commands go on to see what was looked up before (the old
--- content of a file that was replaced, no file where there was none). Only what clnrm itself
--- writes, when its state directory lies in the project, is passed over.
---@class engine.pool.dirty
local core = require("core.task")
local fs = require("core.fs")

local M = {}

M.LOOK_MS = 10000
local NS = 1000000000
local TICK_MS = 20 -- the times of files are taken by a clock of 10 ms at most
local LOOKS_MAX = 10
local CLOCK_SET = "the clock of the room's machine was set meanwhile"
local NAMES_MAX = 3 -- of one kind that a reason names

---@class engine.pool.Clock what the agent says of its time, in ns
---@field since integer  from when on changes of files are told
---@field wall integer   of the clock of which files have their times
---@field steady integer of one that nobody sets
---@field sets integer   how often the first was set

---@class engine.pool.Clean what a room was like
---@field clock engine.pool.Clock when it was looked at
---@field lines table<string, integer> how often each was there
---@field own? string directory of the room in which only clnrm writes

local OF_MACHINE = { orphan = true, alloc = true, mem = true, memory = true }

--- Takes out of a line what changes by itself: counts of the whole machine, and of references.
local function settled(line)
  if line:sub(1, 2) ~= "n " then
    return line
  end
  local rest = line:match("^n unix %S+ %S+ %S+ (.*)$")
  return rest and "n unix " .. rest
    or (line:gsub(" (%a+) %d+", function(name)
      return OF_MACHINE[name] and ""
    end))
end

--- Names the directory of the room that is clnrm's own: where its state directory lies in the
--- project, which commands cannot write to.
---@param spec engine.backend.OpenSpec
---@param env? fun(name: string): string?
---@return string? dir nil: there is none
---@nodiscard
function M.own_of(spec, env)
  local runs = require("engine.runs.store").directory(env)
  local project = spec.project_dir and fs.realpath(spec.project_dir)
  if not runs or not project or (spec.room and spec.room.project or "ro") ~= "ro" then
    return nil
  end
  local state = runs:match("^(.*)/")
  state = fs.realpath(state) or state
  return state:sub(1, #project + 1) == project .. "/" and "/project" .. state:sub(#project + 1)
    or nil
end

local FILE = "^f" .. (" %S+"):rep(9) .. " (.*)$"

--- Whether a line is of a file in a directory, or of that itself.
local function is_in(line, dir)
  local path = dir and line:match(FILE)
  return path ~= nil and (path == dir or path:sub(1, #dir + 1) == dir .. "/")
end

--- Reads a survey.
---@param text string
---@param own? string directory whose files are passed over
---@return table<string, integer> lines
---@return engine.pool.Clock? clock nil: it does not tell
---@nodiscard
function M.parse(text, own)
  local lines, clock = {}, nil
  local dir = own and own:gsub("[\0-\31\\]", function(char) -- as the agent writes names
    return ("\\%03o"):format(char:byte())
  end)
  for line in text:gmatch("[^\n]+") do
    local since, wall, steady, sets = line:match("^t (%-?%d+) (%d+) (%d+) (%d+)$")
    if since then
      clock = { since = math.tointeger(since), wall = math.tointeger(wall),
        steady = math.tointeger(steady), sets = math.tointeger(sets) }
    else
      line = settled(line)
      lines[line] = not is_in(line, dir) and (lines[line] or 0) + 1 or nil
    end
  end
  return lines, clock
end

local function survey(room, since)
  return core.timeout(M.LOOK_MS, room.survey, room, since)
end

--- Names of one kind, not too many of them.
local function names_of(list)
  table.sort(list)
  local shown = table.concat(list, ", ", 1, math.min(#list, NAMES_MAX))
  return #list > NAMES_MAX and ("%s and %d more"):format(shown, #list - NAMES_MAX) or shown
end

--- What is said of each kind of line; `name` takes a name out of it.
local KINDS = {
  { "!", "what could not be looked at: %s", "^! (.*)$" },
  { "p", "processes: %s", "^p %d+ (.*)$" },
  { "f", "files: %s", FILE },
  { "c", "content of %s", "^c ([^\t]*)\t" },
  { "m", "mounts: %s", "^m %S+ %S+ %S+ %S+ (%S+)" },
  { "i", "System V objects: %s", "^i (%a+)" },
  { "q", "message queues: %s", "^q (.*)$" },
  { "k", "keys of the kernel: %s", "^k (.*)$" },
  { "n", "sockets: %s", "^n (%a+%d?)" },
  { "u", "used space of %s", "^u %S+ %S+ (.*)$" },
  { "h", "the machine's name: %s", "^h (.*)$" },
  { "a", "what commands inherit: %s", "^a (%S+ ?%a* ?%a*)" },
}

--- Says how two looks differ.
---@param before table<string, integer>
---@param after table<string, integer>
---@return string[] reasons none: they do not
---@nodiscard
function M.differences(before, after)
  local by_kind = {}
  local function add(line)
    local kind = line:sub(1, 1)
    by_kind[kind] = by_kind[kind] or {}
    by_kind[kind][line] = true
  end
  for line, count in pairs(after) do
    if before[line] ~= count or line:sub(1, 1) == "!" then
      add(line)
    end
  end
  for line in pairs(before) do
    if after[line] == nil then
      add(line)
    end
  end
  local reasons = {}
  for _, kind in ipairs(KINDS) do
    local seen, list = {}, {}
    for line in pairs(by_kind[kind[1]] or seen) do
      local name = line:match(kind[3]) or line
      list[#list + 1] = not seen[name] and name or nil
      seen[name] = true
    end
    reasons[#reasons + 1] = list[1] and kind[2]:format(names_of(list)) or nil
    by_kind[kind[1]] = nil
  end
  for _, lines in pairs(by_kind) do
    reasons[#reasons + 1] = ("something else: %s"):format(next(lines))
  end
  return reasons
end

--- Whether the clock of which files have their times was set between two looks: then a change since
--- may have a time of before. A clock that is only made to go faster or slower takes the steady one
--- with it.
local function was_set(before, after)
  if not after or after.sets ~= before.sets then
    return true
  end
  local drift = (after.wall - before.wall) - (after.steady - before.steady)
  return math.abs(drift) > NS // 2
end

--- Looks at a room that nobody has used, until two looks are the same: what makes rooms may still
--- be at it, and file systems outside of the kernel tell what they were like a moment ago.
---@async
---@param room engine.backend.Room
---@param own? string directory of the room in which only clnrm writes (`own_of`)
---@return engine.pool.Clean? clean
---@return string? why not
---@nodiscard
function M.look(room, own)
  local clean = { own = own }
  local text, err = survey(room)
  if text then
    clean.lines, clean.clock = M.parse(text, own)
    if not clean.clock then
      return nil, "its agent does not tell its time"
    end
  end
  for _ = 1, text and LOOKS_MAX or 0 do
    core.sleep(TICK_MS) -- what is changed from now on has another time
    text, err = survey(room, clean.clock.since)
    if not text then
      break
    end
    local lines, clock = M.parse(text, own)
    if was_set(clean.clock, clock) then
      return nil, CLOCK_SET
    elseif #M.differences(clean.lines, lines) == 0 then
      return clean
    end
    clean.lines = lines
  end
  return nil, err and err.message or "it changes by itself"
end

--- Says what is left in a room.
---@async
---@param room engine.backend.Room
---@param clean? engine.pool.Clean as it was
---@param why? string why that is not known
---@return string[] reasons why it is not to be used again; none: nothing is left
---@nodiscard
function M.left(room, clean, why)
  if not clean then
    return { ("what it was like before its use is not known: %s"):format(why) }
  end
  local text, err = survey(room, clean.clock.since)
  if not text then
    return { ("it cannot be looked at: %s"):format(err and err.message or "no answer") }
  end
  local lines, clock = M.parse(text, clean.own)
  if was_set(clean.clock, clock) then
    return { CLOCK_SET }
  end
  return M.differences(clean.lines, lines)
end

return M
