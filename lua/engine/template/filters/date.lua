--- The filter `date`: a time as text, by a format, in a zone.
local arguments = require("engine.template.arguments")
local civil = require("engine.template.date.civil")
local format = require("engine.template.date.format")
local json_text = require("engine.template.json_text")
local parse = require("engine.template.date.parse")
local value = require("engine.template.value")
local zone = require("engine.template.date.zone")

---@class engine.template.filters.date
local M = {}

local SECONDS_MAX = 8210266876799 -- the end of the year 262142, the last of the Rust crate `chrono`

local function moment_of_text(s, in_zone)
  if not s:find("T", 1, true) then
    return parse.date(s) or value.fail("Error parsing `%s` as YYYY-MM-DD date", s)
  end
  local moment, has_offset = parse.time(s)
  if not moment then
    value.fail("Error parsing `%s` as rfc3339 date or naive datetime", s)
  elseif in_zone and has_offset then
    local shown = zone.moment(in_zone, moment.unix, moment.nanosecond)
    shown.second = moment.second == 60 and 60 or shown.second
    return shown
  end
  return moment
end

local function moment_of(v, in_zone)
  local kind = value.kind(v)
  if kind == "string" then
    return moment_of_text(v, in_zone)
  elseif kind == "float" or kind == "u64" then
    value.fail("Filter `date` was invoked on a float: %s", value.text(v))
  elseif kind ~= "int" then
    value.fail("Filter `date` received an incorrect type for arg `value`: got `%s` but expected "
      .. "a number of seconds or a string", json_text.shown(v))
  elseif v > SECONDS_MAX or v < -SECONDS_MAX then
    value.fail("Filter `date` was invoked on a out-of-range number of seconds: %d", v)
  end
  return in_zone and zone.moment(in_zone, v) or civil.moment(v)
end

local function named_zone(name)
  local found = zone.find(name)
  if found then
    return found
  elseif not zone.are_there() then
    value.fail("the time zone `%s` cannot be read: this machine has no zone files (%s)", name,
      zone.FOLDER)
  end
  value.fail("Error parsing `%s` as a timezone", name)
end

function M.date(_, v, args)
  local shown = arguments.of_filter("date", args, "format", "String", "%Y-%m-%d")
  local parts = format.compile(shown)
  if not parts then
    value.fail("Invalid date format `%s`", shown)
  end
  local name = args.timezone ~= nil and arguments.of_filter("date", args, "timezone", "String")
  local text = format.write(parts, moment_of(v, name and named_zone(name)))
  if not text then
    value.fail("the format `%s` shows a time zone, but seconds alone have none: give `timezone`",
      shown)
  end
  return text
end

return M
