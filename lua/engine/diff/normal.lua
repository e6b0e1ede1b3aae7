--- Replaces what differs from run to run and means nothing: ids, times, ports.
---
--- Only what is known to be such, since what is replaced is not compared: ids that the run itself
--- has told, UUIDs that are made of chance or time (versions 1, 4, 6, 7), date-times, times of the
--- day, seconds since 1970 within the run, durations in ms and below or with a fraction, ports that
--- the system gives out (from 32768), pids.  A digest is no id: it says what was made.  Pure.
---@class engine.diff.normal
local M = {}

local PORT_MIN = 32768
local PORT_MAX = 65535
local SLACK_S = 3600 -- around a run: clocks of rooms are the machine's

---@class engine.diff.Known what a run says of itself
---@field ids? table<string, boolean>
---@field from_s? number seconds since 1970
---@field to_s? number

local TIME_OF_DAY = "%f[%d]%d%d:%d%d:%d%d%f[%D]"
local DATE_TIME = "%f[%d]%d%d%d%d%-%d%d%-%d%d[T ]%d%d:%d%d:%d%d"
local UUID = "%f[%x]" .. ("%x"):rep(8) .. "%-" .. ("%x"):rep(4) .. "%-[1467]" .. ("%x"):rep(3)
  .. "%-[89abAB]" .. ("%x"):rep(3) .. "%-" .. ("%x"):rep(12) .. "%f[%X]"

local NOTHING = {} -- replaced; shared, and never changed
local KNOWN_MAX, KNOWN_BYTES = 10000, 100 -- texts that are remembered, and the longest of them

local UNITS = { ["ns"] = true, ["us"] = true, ["µs"] = true, ["ms"] = true }

local function is_port(digits)
  local port = math.tointeger(tonumber(digits))
  return port and port >= PORT_MIN and port <= PORT_MAX
end

local function is_unit(_, unit)
  return UNITS[unit]
end

--- Whether digits are seconds, milli-, micro- or nanoseconds since 1970 within the run.
local function is_instant(digits, known)
  local scale = ({ [10] = 1, [13] = 1e3, [16] = 1e6, [19] = 1e9 })[#digits]
  local seconds = scale and known.from_s and tonumber(digits) / scale
  return seconds and seconds >= known.from_s - SLACK_S and seconds <= known.to_s + SLACK_S
end

local ID = ("%x"):rep(8) -- no id is shorter

--- Each: a pattern with captures (head, volatile, tail), what stands for it, what a text must have
--- to be looked at, and what decides; `has`: what it must have to be looked at so far.
local function rules_of(known)
  return {
    { "()(" .. UUID .. ")()", "<id>", "%-%x", has = "-" },
    { "()(" .. DATE_TIME .. "[%.,]?%d*[Zz]?[%+%-]?%d?%d?:?%d?%d?)()", "<time>", "%d%-%d",
      has = "-" },
    { "()(" .. TIME_OF_DAY .. "[%.,]?%d*)()", "<time>", "%d:%d", has = ":" },
    { "()(%f[%w]%d+%f[%W])()", "<time>", ("%d"):rep(10), function(digits)
      return is_instant(digits, known)
    end },
    { "(%f[%w]localhost:)(%d+)%f[%D]()", "<port>", ":%d", is_port, has = "localhost:" },
    { "(%f[%d]%d+%.%d+%.%d+%.%d+:)(%d+)%f[%D]()", "<port>", ":%d", is_port, has = ":" },
    { "(%]:)(%d+)%f[%D]()", "<port>", ":%d", is_port, has = "]:" },
    { "(//[%w%.%-]+:)(%d+)%f[%D]()", "<port>", ":%d", is_port, has = "//" },
    { "(%f[%a][Pp]ort[ =:]+)(%d+)%f[%D]()", "<port>", "ort[ =:]", is_port, has = "ort" },
    { "(%f[%a][Pp][Ii][Dd][ =:]+)(%d+)%f[%D]()", "<pid>", "[iI][dD][ =:]" },
    { "()(%f[%d]%d+%.%d+) ?([mun\194\181]+s)%f[%A]", "<duration>", "%d ?[mun\194]", is_unit,
      has = "s" },
    { "()(%f[%d]%d+) ?([mun\194\181]+s)%f[%A]", "<duration>", "%d ?[mun\194]", is_unit,
      has = "s" },
    { "()(%f[%d]%d+%.%d+) ?(s)%f[%A]", "<duration>", "%d ?s", has = "s" },
  }
end

local function text_of(capture)
  return type(capture) == "string" and capture or ""
end

--- Replaces the ids that a run has told.
local function replace_ids(text, ids, replaced)
  return (text:gsub("%f[%x]%x+%f[%X]", function(word)
    if #word >= 8 and ids[word:lower()] then
      replaced[#replaced + 1] = word
      return "<id>"
    end
  end))
end

--- Makes the function that replaces.
---@param known engine.diff.Known
---@return fun(text: string): string, string[] replace gives the text and what was replaced in it, a
---   list that is not to be changed
---@nodiscard
function M.new(known)
  local rules = rules_of(known)
  local norms, lists, count = {}, {}, 0 -- programs write the same again and again
  local function replace(text)
    local replaced = {}
    if text:find(ID) and known.ids and next(known.ids) then
      text = replace_ids(text, known.ids, replaced)
    end
    for _, rule in ipairs(rules) do
      local decide, has = rule[4], rule.has
      local is_looked_at = (not has or text:find(has, 1, true)) and text:find(rule[3])
      text = not is_looked_at and text or text:gsub(rule[1], function(head, volatile, tail)
        if decide and not decide(volatile, tail) then
          return nil
        end
        replaced[#replaced + 1] = volatile
        return text_of(head) .. rule[2]
      end)
    end
    return text, replaced[1] and replaced or NOTHING
  end
  return function(text)
    if norms[text] then
      return norms[text], lists[text]
    elseif not text:find("%d") then
      return text, NOTHING
    end
    local norm, replaced = replace(text)
    if count < KNOWN_MAX and #text <= KNOWN_BYTES then
      norms[text], lists[text], count = norm, replaced, count + 1
    end
    return norm, replaced
  end
end

--- Counts the places in which two lists of replaced texts differ.
---@param a string[]
---@param b string[]
---@return integer
---@nodiscard
function M.differing(a, b)
  local count = 0
  for i = 1, math.min(#a, #b) do
    count = count + (a[i] ~= b[i] and 1 or 0)
  end
  return count
end

return M
