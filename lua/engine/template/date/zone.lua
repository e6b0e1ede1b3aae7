--- Time zones by name, of the machine's own zone files (RFC 8536).
---
--- What a zone file says depends on the machine's tzdata: a date in a zone is the same on two
--- machines as long as their rules for that zone are.
local civil = require("engine.template.date.civil")
local fs = require("core.fs")
local rule = require("engine.template.date.rule")

---@class engine.template.date.zone
local M = {}

--- Where zone files are looked for; an override may name another folder.
M.FOLDER = "/usr/share/zoneinfo/"

local BYTES_MAX, CACHED_MAX = 256 * 1024, 64

---@type table<string, { zone: engine.template.date.Zone, stamp: string }>
local cache, cached = {}, 0

-- Needs no file: every machine knows it.
local UTC = { at = {}, types = {}, offsets = { 0 }, names = { "UTC" }, first = 1 }

---@class engine.template.date.Zone
---@field at integer[] when each transition is, seconds since 1970
---@field types integer[] which type each begins
---@field offsets integer[] seconds east of UTC, of each type
---@field names string[] of each type
---@field first integer the type before the first transition
---@field rule? engine.template.date.Rule what holds behind the last

local function read_file(path)
  return (fs.read(path, { max = BYTES_MAX }))
end

local function stamp_of(path)
  local stat = fs.stat(path)
  return stat and ("%d %d %d %d"):format(stat.dev, stat.ino, stat.size, stat.mtime_ns)
end

-- The counts of a header, in the order of the file.
local function header(bytes, at)
  if bytes:sub(at, at + 3) ~= "TZif" or #bytes < at + 43 then
    return nil
  end
  local utc, std, leap, times, types, chars = (">I4I4I4I4I4I4"):unpack(bytes, at + 20)
  return { utc = utc, std = std, leap = leap, times = times, types = types, chars = chars,
    version = bytes:sub(at + 4, at + 4) }
end

local function body_size(h, width)
  return h.times * (width + 1) + h.types * 6 + h.chars + h.leap * (width + 4) + h.std + h.utc
end

local function parse(bytes)
  local h = header(bytes, 1)
  local at = 45
  if not h then
    return nil
  end
  local width = 4
  if h.version >= "2" then
    at = at + body_size(h, 4)
    h, width = header(bytes, at), 8
    at = at + 44
  end
  if not h or #bytes < at + body_size(h, width) - 1 or h.types == 0 then
    return nil
  end
  local zone = { at = {}, types = {}, offsets = {}, names = {}, first = 1 }
  for i = 1, h.times do
    zone.at[i] = ((">i%d"):format(width)):unpack(bytes, at + (i - 1) * width)
    zone.types[i] = bytes:byte(at + h.times * width + i - 1) + 1
  end
  local types_at = at + h.times * (width + 1)
  local names_at = types_at + h.types * 6
  for i = 1, h.types do
    local offset, _, name = (">i4BB"):unpack(bytes, types_at + (i - 1) * 6)
    zone.offsets[i] = offset
    zone.names[i] = ("z"):unpack(bytes, names_at + name)
  end
  local footer = width == 8 and bytes:sub(at + body_size(h, 8)):match("^\n([^\n]*)\n")
  zone.rule = footer and rule.parse(footer)
  return zone
end

--- Finds a zone.  Its file is looked at each time, also where it was read before: what is rendered
--- hangs on it, and core.fs counts the looks.
---@param name string "Europe/Berlin"
---@return engine.template.date.Zone? zone nil: there is none of that name
---@nodiscard
function M.find(name)
  if name == "UTC" or name == "Etc/UTC" then
    return UTC
  elseif name:find("[^%w_+/-]") or name:find("^/") or name:find("^right/")
    or name:find("^posix") then
    return nil
  end
  local path = M.FOLDER .. name
  local stamp, known = stamp_of(path), cache[name]
  if known and known.stamp == stamp then
    return known.zone
  end
  local bytes = read_file(path)
  local ok, zone = pcall(parse, bytes or "")
  if not ok or not zone then
    return nil
  end
  if cached >= CACHED_MAX then
    cache, cached, known = {}, 0, nil
  end
  if stamp then
    cache[name], cached = { zone = zone, stamp = stamp }, cached + (known and 0 or 1)
  end
  return zone
end

--- Whether this machine has zone files at all.
---@return boolean
function M.are_there()
  return read_file(M.FOLDER .. "Etc/GMT") ~= nil
end

--- Tells what holds in a zone at a time.
---@param zone engine.template.date.Zone
---@param unix integer
---@return integer offset seconds east of UTC
---@return string name "CEST"
function M.at(zone, unix)
  local low, high = 0, #zone.at
  if high > 0 and unix >= zone.at[high] and zone.rule then
    return rule.at(zone.rule, unix)
  elseif high == 0 and zone.rule then
    return rule.at(zone.rule, unix)
  end
  while low < high do
    local middle = (low + high + 1) // 2
    if zone.at[middle] <= unix then
      low = middle
    else
      high = middle - 1
    end
  end
  local kind = low == 0 and zone.first or zone.types[low]
  return zone.offsets[kind], zone.names[kind]
end

--- Makes the moment that the clocks of a zone show.
---@param zone engine.template.date.Zone
---@param unix integer
---@param nanosecond? integer
---@return engine.template.date.Moment
function M.moment(zone, unix, nanosecond)
  local offset, name = M.at(zone, unix)
  return civil.moment(unix, nanosecond, offset, name)
end

return M
