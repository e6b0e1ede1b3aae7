--- Days, years and weeks of the Gregorian calendar, by arithmetic alone.
---
--- The conversions follow Howard Hinnant, "chrono-compatible low-level date algorithms": a year
--- begins in March, so that the leap day is its last.
---@class engine.template.date.civil
local M = {}

--- Counts the days from 1970-01-01 to a date.
---@param year integer
---@param month integer
---@param day integer
---@return integer
function M.days(year, month, day)
  local y = month <= 2 and year - 1 or year
  local era = y // 400
  local year_of_era = y - era * 400
  local day_of_year = (153 * (month + (month > 2 and -3 or 9)) + 2) // 5 + day - 1
  return era * 146097 + year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year
    - 719468
end

--- Tells the date of a count of days.
---@param days integer since 1970-01-01
---@return integer year
---@return integer month
---@return integer day
function M.date(days)
  local z = days + 719468
  local era = z // 146097
  local doe = z - era * 146097
  local yoe = (doe - doe // 1460 + doe // 36524 - doe // 146096) // 365
  local doy = doe - (365 * yoe + yoe // 4 - yoe // 100)
  local mp = (5 * doy + 2) // 153
  local month = mp < 10 and mp + 3 or mp - 9
  return yoe + era * 400 + (month <= 2 and 1 or 0), month, doy - (153 * mp + 2) // 5 + 1
end

--- Whether a year has 366 days.
---@param year integer
---@return boolean
function M.is_leap(year)
  return year % 4 == 0 and (year % 100 ~= 0 or year % 400 == 0)
end

local MONTH_DAYS = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 }

--- Counts the days of a month.
---@param year integer
---@param month integer
---@return integer
function M.month_days(year, month)
  return month == 2 and M.is_leap(year) and 29 or MONTH_DAYS[month]
end

---@class engine.template.date.Moment
---@field year integer
---@field month integer
---@field day integer
---@field hour integer
---@field minute integer
---@field second integer 60 is a leap second
---@field nanosecond integer
---@field weekday integer 0 is Sunday
---@field yearday integer from 1
---@field unix integer seconds since 1970, UTC
---@field offset? integer seconds east of UTC; nil: nobody knows
---@field zone? string what `%Z` shows

--- Makes a moment of seconds.
---@param unix integer seconds since 1970, UTC
---@param nanosecond? integer
---@param offset? integer
---@param zone? string
---@return engine.template.date.Moment
function M.moment(unix, nanosecond, offset, zone)
  local shown = unix + (offset or 0)
  local days = shown // 86400
  local year, month, day = M.date(days)
  local second = shown - days * 86400
  return {
    year = year, month = month, day = day, hour = second // 3600, minute = second // 60 % 60,
    second = second % 60, nanosecond = nanosecond or 0, weekday = (days + 4) % 7,
    yearday = days - M.days(year, 1, 1) + 1, unix = unix, offset = offset, zone = zone,
  }
end

--- Tells year and number of the week that ISO 8601 gives a moment.
---@param m engine.template.date.Moment
---@return integer year
---@return integer week
function M.iso_week(m)
  local weekday = (m.weekday + 6) % 7 -- from Monday
  local thursday = m.yearday - weekday + 3 -- of its week, as a day of the year
  local year, days = m.year, 365 + (M.is_leap(m.year) and 1 or 0)
  if thursday < 1 then
    year = year - 1
    thursday = thursday + 365 + (M.is_leap(year) and 1 or 0)
  elseif thursday > days then
    year, thursday = year + 1, thursday - days
  end
  return year, (thursday - 1) // 7 + 1
end

return M
