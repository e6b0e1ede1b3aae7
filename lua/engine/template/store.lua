--- Keeps compiled templates on disk, for the next start: `$XDG_CACHE_HOME/clnrm/compiled`.
---
--- The folder holds what one build of clnrm compiled (engine.build_folder), and nobody else can
--- write to it.  Bytecode is only loaded when its digest is right: that tells damage, for which
--- XXH3 is enough, and is there without a library.
local build_folder = require("engine.build_folder")
local fs = require("core.fs")
local hash = require("core.hash")

local M = {}

local MAGIC = "clnrm template 4\n"
local OWNER_ONLY = 384 -- 0600
local FILES_MAX, FILE_BYTES = 1000, 16 << 20
local LOOKS_EVERY = 100 -- templates that are written, about
local AT_ONCE = 200 -- texts or numbers that are read by one call

local unpack = string.unpack

local stats = { hits = 0, misses = 0, refused = 0, written = 0, looks = 0 }
local folder -- false: there is none

--- Finds the folder of this build, or makes it.
local function open()
  if folder == nil then
    folder = build_folder.open("compiled", "engine.template") or false
  end
  return folder
end

local function pack_list(out, list, item)
  out[#out + 1] = ("<I4"):pack(#list)
  for i = 1, #list do
    out[#out + 1] = ("<" .. (item or "s4")):pack(list[i])
  end
end

--- Puts the fields of records in a row.
local function flat(records)
  local list = {}
  for _, record in ipairs(records) do
    table.move(record, 1, #record, #list + 1, list)
  end
  return list
end

local function names_of(set)
  local list = {}
  for name in pairs(set) do
    list[#list + 1] = name
  end
  table.sort(list)
  return list
end

--- Writes a unit as bytes.
---@param unit table
---@return string
function M.pack(unit)
  local out = { ("<I4"):pack(unit.static_max) }
  pack_list(out, unit.statics)
  pack_list(out, unit.files)
  pack_list(out, flat(unit.callees))
  pack_list(out, unit.includes)
  pack_list(out, unit.places, "I4")
  pack_list(out, names_of(unit.used))
  pack_list(out, flat(unit.needs))
  pack_list(out, { string.dump(unit.make, true) })
  local payload = table.concat(out)
  return MAGIC .. hash.xxh128(payload) .. payload
end

local function unpack_list(bytes, at, item)
  local count, place = unpack("<I4", bytes, at)
  local form, list = item or "s4", {}
  for first = 1, count, AT_ONCE do
    local more = math.min(AT_ONCE, count - first + 1)
    local some = { unpack("<" .. form:rep(more), bytes, place) }
    place = some[more + 1]
    table.move(some, 1, more, first, list)
  end
  return list, place
end

local function records_from(list, fields)
  local out = {}
  for i = 1, #list, fields do
    out[#out + 1] = table.move(list, i, i + fields - 1, 1, {})
  end
  return out
end

local function read_unit(bytes, at)
  local unit = { used = {} }
  local callees, used, needs, code
  unit.static_max, at = ("<I4"):unpack(bytes, at)
  unit.statics, at = unpack_list(bytes, at)
  unit.files, at = unpack_list(bytes, at)
  callees, at = unpack_list(bytes, at)
  unit.includes, at = unpack_list(bytes, at)
  unit.places, at = unpack_list(bytes, at, "I4")
  used, at = unpack_list(bytes, at)
  needs, at = unpack_list(bytes, at)
  code = unpack_list(bytes, at)
  unit.callees, unit.needs = records_from(callees, 2), records_from(needs, 3)
  for _, name in ipairs(used) do
    unit.used[name] = true
  end
  unit.make = assert(load(code[1], "=template", "b", {}))
  return unit
end

--- Reads a unit that pack() wrote; nil when it is anything else.
---@param bytes string
---@return table? unit
function M.unpack(bytes)
  local begin = #MAGIC + #hash.xxh128("")
  if bytes:sub(1, #MAGIC) ~= MAGIC
    or hash.xxh128(bytes:sub(begin + 1)) ~= bytes:sub(#MAGIC + 1, begin) then
    return nil
  end
  local ok, unit = pcall(read_unit, bytes, begin + 1)
  return ok and unit or nil
end

--- Finds a unit.
---@param key string
---@return table? unit
function M.get(key)
  local before = fs.calls()
  local dir = open()
  local bytes = dir and build_folder.read(dir, hash.xxh128(key), FILE_BYTES)
  local unit = bytes and M.unpack(bytes)
  local what = unit and "hits" or bytes and "refused" or "misses"
  stats[what], stats.looks = stats[what] + 1, stats.looks + fs.calls() - before
  return unit
end

--- Stores a unit; what cannot be written is compiled again the next time.
---@param key string
---@param unit table
function M.put(key, unit)
  local before = fs.calls()
  local dir = open()
  if not dir then
    return
  end
  local name = hash.xxh128(key)
  if build_folder.is_turn(name, LOOKS_EVERY) and #(dir:scandir(".") or {}) > FILES_MAX then
    build_folder.clear(dir)
  end
  local ok = dir:write_atomic(name, M.pack(unit), { mode = OWNER_ONLY, sync = false,
    nofollow = true })
  stats.written, stats.looks = stats.written + (ok and 1 or 0), stats.looks + fs.calls() - before
end

--- Tells the counters; `looks`: calls of core.fs, which have no say in what is rendered.
---@return { hits: integer, misses: integer, refused: integer, written: integer, looks: integer }
function M.stats()
  return stats
end

return M
