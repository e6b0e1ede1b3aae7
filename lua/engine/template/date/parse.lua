--- Reads dates and times from texts: RFC 3339, also without an offset, and plain dates.
local civil = require("engine.template.date.civil")
local trim = require("engine.trim")

---@class engine.template.date.parse
local M = {}

local YEAR_MAX = 262142 -- as the Rust crate `chrono`

local function day_number(year, month, day)
  local sign, digits = year:match("^([+-]?)(%d+)$")
  local y, m, d = tonumber(digits), tonumber(month), tonumber(day)
  if sign == "" and #digits > 4 or y > YEAR_MAX or m < 1 or m > 12 or d < 1 then
    return nil
  end
  y = sign == "-" and -y or y
  return d <= civil.month_days(y, m) and civil.days(y, m, d) or nil
end

--- Reads a date, "2017-03-05".
---@param s string
---@return engine.template.date.Moment? moment its midnight in UTC
---@nodiscard
function M.date(s)
  local year, month, day = s:match("^%s*([+-]?%d+)%-%s*(%d%d?)%-%s*(%d%d?)$")
  local days = year and day_number(year, month, day)
  return days and civil.moment(days * 86400, 0, 0, "UTC")
end

local function offset_seconds(shown)
  if shown:find("^[Zz]$") or shown:upper() == "UTC" then
    return 0, "+00:00"
  end
  local sign, hours, minutes = shown:match("^([+-])(%d%d):?(%d%d)$")
  if not sign then
    sign, hours, minutes = shown:match("^([+-])(%d%d)()$")
    minutes = "0"
  end
  if not sign or tonumber(hours) > 23 or tonumber(minutes) > 59 then
    return nil
  end
  local seconds = (tonumber(hours) * 60 + tonumber(minutes)) * 60
  return sign == "-" and -seconds or seconds, ("%s%s:%02d"):format(sign, hours, tonumber(minutes))
end

local function clock_seconds(hour, minute, second)
  local h, m, s = tonumber(hour), tonumber(minute), tonumber(second)
  if h > 23 or m > 59 or s > 60 then
    return nil
  end
  return h * 3600 + m * 60 + math.min(s, 59), s == 60
end

--- Reads a date and time; without an offset it is taken for UTC.
---@param s string
---@return engine.template.date.Moment? moment
---@return boolean? has_offset
---@nodiscard
function M.time(s)
  local date, clock, fraction, rest = s:match(
    "^%s*([+-]?%d+%-%d%d?%-%d%d?)%s*[Tt ]%s*(%d%d?:%d%d?:%d%d?)(%.?%d*)%s*(.*)$")
  if not date or fraction == "." then
    return nil
  end
  local days = day_number(date:match("^(.+)%-(%d+)%-(%d+)$"))
  local seconds, is_leap = clock_seconds(clock:match("^(%d+):(%d+):(%d+)$"))
  local offset, zone = 0, "UTC"
  rest = trim.stop(rest)
  if rest ~= "" then
    offset, zone = offset_seconds(rest)
  end
  if not days or not seconds or not offset then
    return nil
  end
  local digits = fraction:sub(2, 10)
  local nanosecond = tonumber(digits .. ("0"):rep(9 - #digits))
  local moment = civil.moment(days * 86400 + seconds - offset, nanosecond, offset, zone)
  moment.second = is_leap and 60 or moment.second
  return moment, rest ~= ""
end

return M
