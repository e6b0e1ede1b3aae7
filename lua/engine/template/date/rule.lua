--- The rules of time zones for all years to come: "CET-1CEST,M3.5.0,M10.5.0/3" (POSIX, RFC 8536).
local civil = require("engine.template.date.civil")

---@class engine.template.date.rule
local M = {}

---@class engine.template.date.Rule
---@field name string
---@field offset integer seconds east of UTC
---@field summer? { name: string, offset: integer, start: table, stop: table }

local function name_at(s, at)
  local name = s:match("^<([%w+-]+)>", at)
  if name then
    return name, at + #name + 2
  end
  name = s:match("^%a+", at)
  return name, name and at + #name
end

-- Hours, minutes and seconds with a sign, as seconds.
local function span_at(s, at)
  local shown = s:match("^[+-]?%d+:?%d*:?%d*", at)
  if not shown then
    return nil, at
  end
  local sign, hours, minutes, seconds = shown:match("^([+-]?)(%d+):?(%d*):?(%d*)$")
  local total = tonumber(hours) * 3600 + (tonumber(minutes) or 0) * 60 + (tonumber(seconds) or 0)
  return sign == "-" and -total or total, at + #shown
end

local function day_at(s, at)
  local month, week, weekday, stop = s:match("^,M(%d+)%.(%d)%.(%d)()", at)
  local day = { month = tonumber(month), week = tonumber(week), weekday = tonumber(weekday) }
  if not month then
    local leapless, number
    leapless, number, stop = s:match("^,(J?)(%d+)()", at)
    if not number then
      return nil
    end
    day = { yearday = tonumber(number), is_leapless = leapless == "J" }
  end
  day.seconds = 7200
  if s:sub(stop, stop) == "/" then
    day.seconds, stop = span_at(s, stop + 1)
  end
  return day.seconds and day, stop
end

--- Reads a rule; nil for what is none.
---@param s string
---@return engine.template.date.Rule?
---@nodiscard
function M.parse(s)
  local name, at = name_at(s, 1)
  local west
  if name then
    west, at = span_at(s, at)
  end
  if not west then
    return nil
  end
  local rule = { name = name, offset = -west }
  local summer_name, after = name_at(s, at)
  if not summer_name then
    return rule
  end
  local summer = { name = summer_name, offset = rule.offset + 3600 }
  local summer_west
  summer_west, after = span_at(s, after)
  summer.offset = summer_west and -summer_west or summer.offset
  summer.start, after = day_at(s, after)
  if summer.start then
    summer.stop = day_at(s, after)
  end
  rule.summer = summer.stop and summer or nil
  return rule
end

-- When a day of a rule begins in a year, and the seconds on it, by the clocks of that time.
local function local_seconds(day, year)
  if day.yearday then
    local days = civil.days(year, 1, 1) + day.yearday
    if day.is_leapless then
      days = days - 1 + (civil.is_leap(year) and day.yearday > 59 and 1 or 0)
    end
    return days * 86400 + day.seconds
  end
  local first = civil.days(year, day.month, 1)
  local offset = (day.weekday - (first + 4) % 7) % 7 + (day.week - 1) * 7
  if offset >= civil.month_days(year, day.month) then
    offset = offset - 7 -- week 5 is the last one
  end
  return (first + offset) * 86400 + day.seconds
end

--- Tells what holds at a time.
---@param rule engine.template.date.Rule
---@param unix integer
---@return integer offset
---@return string name
function M.at(rule, unix)
  local summer = rule.summer
  if not summer then
    return rule.offset, rule.name
  end
  local year = civil.date((unix + rule.offset) // 86400)
  local start = local_seconds(summer.start, year) - rule.offset
  local stop = local_seconds(summer.stop, year) - summer.offset
  local is_summer
  if start < stop then
    is_summer = unix >= start and unix < stop
  else -- of the south: summer goes over the turn of the year
    is_summer = unix >= start or unix < stop
  end
  return is_summer and summer.offset or rule.offset, is_summer and summer.name or rule.name
end

return M
