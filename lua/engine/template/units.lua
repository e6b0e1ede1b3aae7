--- Keeps compiled templates: in memory for the whole program, and on disk where that is wanted.
---
--- A unit is known by what was compiled: the names and the texts of all templates that its code
--- came from.  Their content decides, never their time.  In memory one text of each file is kept:
--- a file that is saved again and again takes the place of its former text.
local lru = require("core.lru")

local M = {}

-- The bytes are the limit: a project goes through all of its templates in each run, so that one
-- template more than a number of them would put out each of them before it is needed again.
local BYTES_MAX = 16 << 20
local COUNT_MAX = 100000
-- What a unit takes beside its text, measured: its tables, and twice what its code is as bytes.
local UNIT_BYTES, BYTES_PER_BYTE_OF_CODE, BYTES_PER_PLACE = 2500, 2, 16

local cache = lru.open({ count = COUNT_MAX, bytes = BYTES_MAX })
local hits, misses = 0, 0

--- Lists the templates that a unit came from, with the hashes of their texts: the one itself, what
--- it extends and imports, and so on.  What it includes are units of their own.
local function dependencies(env, file)
  local list, seen = {}, {}
  local function add(one)
    if not one or seen[one.name] then
      return
    end
    seen[one.name] = true
    list[#list + 1] = { one.name, one.hash }
    for _, node in ipairs(one.imports) do
      add(env.files[node.name])
    end
    add(one.parent and env.files[one.parent.name])
  end
  add(file)
  return list
end

local function is_current(env, unit)
  for _, one in ipairs(unit.needs) do
    local file = env:file(one[1])
    if not file or file.hash ~= one[2] then
      return false
    end
  end
  return true
end

local function store()
  return require("engine.template.store")
end

local compiled_count = 0

local function compiled(env, file, kind, build)
  compiled_count = compiled_count + 1
  local unit = build(env, file, kind)
  local make, why = load(unit.code, "=template", "t", {})
  if not make then
    error({ template_error = "the template is too deeply nested: " .. tostring(why):match("[^\n]*"),
      file = file, at = 1 }, 0)
  end
  unit.make, unit.needs, unit.code = make, dependencies(env, file), nil
  return unit
end

--- Estimates what a unit takes in memory.
local function bytes_of(unit)
  local bytes = UNIT_BYTES + BYTES_PER_BYTE_OF_CODE * #string.dump(unit.make, true)
    + BYTES_PER_PLACE * #unit.places
  for _, text in ipairs(unit.statics) do
    bytes = bytes + #text
  end
  return bytes
end

local function kept(env, key)
  local unit = cache:get(key)
  unit = unit and is_current(env, unit) and unit or nil
  hits, misses = hits + (unit and 1 or 0), misses + (unit and 0 or 1)
  return unit
end

--- Compiles a unit, or finds it.
---@param env engine.template.Env
---@param file table
---@param kind string
---@param build fun(env, file, kind): engine.template.Unit
---@return engine.template.Unit unit with `make`
function M.get(env, file, kind, build)
  local key = ("%s\0%s\0%s"):format(kind, file.name, file.path or "")
  local unit = env.uses_cache and kept(env, key)
  if unit then
    return unit
  end
  local stored_key = env.uses_disk and ("%s\0%s\0%s"):format(kind, file.name, file.hash)
  unit = stored_key and store().get(stored_key)
  if not unit or not is_current(env, unit) then
    unit = compiled(env, file, kind, build)
    if stored_key then
      store().put(stored_key, unit)
    end
  end
  if env.uses_cache then
    cache:put(key, unit, bytes_of(unit))
  end
  return unit
end

--- Tells the counters of the cache; what was kept and is stale is a miss.
---@return core.lru.Stats
---@nodiscard
function M.stats()
  local stats = cache:stats()
  stats.hits, stats.misses = hits, misses
  return stats
end

--- Says, in a line, where the templates that were needed came from.
---@return string
function M.tell()
  local disk = package.loaded["engine.template.store"] and store().stats() or {}
  return ("templates: %d compiled, %d from disk (%d written, %d refused), %d from memory"):format(
    compiled_count, disk.hits or 0, disk.written or 0, disk.refused or 0, M.stats().hits)
end

--- Forgets all compiled templates.
function M.clear()
  cache:clear()
end

return M
