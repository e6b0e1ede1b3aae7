--- Keeps compiled templates: in memory for the whole program, and on disk where that is wanted.
---
--- A unit is known by what was compiled: the names and the texts of all templates that its code
--- came from, and of those that it only imports what a caller sees of them.  Their content decides,
--- never their time.  In memory one text of each file is kept: a file that is saved again and again
--- takes the place of its former text.
local direct = require("engine.template.direct")
local hash = require("core.hash")
local lru = require("core.lru")

local M = {}

-- The bytes are the limit: a project goes through all of its templates in each run, so that one
-- template more than a number of them would put out each of them before it is needed again.
local BYTES_MAX = 16 << 20
local COUNT_MAX = 100000
-- What a unit takes beside its text, measured: its tables, and twice what its code is as bytes.
local UNIT_BYTES, BYTES_PER_BYTE_OF_CODE, BYTES_PER_PLACE = 2500, 2, 16
local BYTES_PER_WORD = 40 -- of a program of engine.template.direct, beside its text

local cache = lru.open({ count = COUNT_MAX, bytes = BYTES_MAX })
local hits, misses = 0, 0

local INTERFACES_MAX = 1000
local interfaces = lru.open({ count = INTERFACES_MAX })

--- Says what callers are compiled by: the macros with their arguments, and what it imports and
--- extends in turn.  What macros write is in units of their own.
local function describe(file)
  local lines = {}
  for name, macro in pairs(file.macros) do
    local params = {}
    for i, param in ipairs(macro.params) do
      local default = param.default and param.default.v
      params[i] = ("%q=%q %s"):format(param.name, default, param.default and "given" or "")
    end
    lines[#lines + 1] = ("macro %q %s"):format(name, table.concat(params, ","))
  end
  table.sort(lines)
  for _, node in ipairs(file.imports) do -- a later one takes the place of one of the same name
    lines[#lines + 1] = ("import %q %q"):format(node.name, node.alias)
  end
  lines[#lines + 1] = file.parent and ("extends %q"):format(file.parent.name)
  return hash.xxh128(table.concat(lines, "\n"))
end

--- Tells templates apart by what callers see of them.
---@return string? digest nil: it cannot be parsed
local function interface_of(env, file)
  local known = interfaces:get(file.hash)
  if not known and pcall(env.parsed, env, file) then
    known = describe(file)
    interfaces:put(file.hash, known)
  end
  return known
end

---@class engine.template.Need a template that a unit came from
---@field [1] string its name
---@field [2] string the hash of its text
---@field [3] string what callers see of it, where no more was needed; "": its whole text was

--- Lists the templates that a unit came from: the one itself and what it extends, whose texts are
--- in it, and what these import.  What it includes are units of their own.  A file that was only
--- read, to see whether other units are current, is parsed here.
---@return engine.template.Need[]
local function dependencies(env, file)
  local list, seen = {}, {}
  local function add(one)
    if not one or seen[one.name] then
      return
    end
    seen[one.name] = true
    list[#list + 1] = { one.name, one.hash, interface_of(env, one) }
    for _, node in ipairs(env:parsed(one).imports) do
      add(env.files[node.name])
    end
    add(one.parent and env.files[one.parent.name])
  end
  local whole = file
  while whole and not seen[whole.name] do -- first, for they may be imported, too
    seen[whole.name] = true
    list[#list + 1] = { whole.name, whole.hash, "" }
    whole = env:parsed(whole).parent and env.files[whole.parent.name]
  end
  for i = 1, #list do
    for _, node in ipairs(env.files[list[i][1]].imports) do
      add(env.files[node.name])
    end
  end
  return list
end

local function is_current(env, unit)
  for _, one in ipairs(unit.needs) do
    local file = env:file(one[1])
    if not file or file.hash ~= one[2] and interface_of(env, file) ~= one[3] then
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
  if unit.words then
    return UNIT_BYTES + BYTES_PER_WORD * unit.words + unit.bytes
  end
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
---@param is_compiled? boolean also one that engine.template.direct could run
---@return engine.template.Unit unit with `make`
function M.get(env, file, kind, build, is_compiled)
  local key = env.uses_cache and ("%s\0%s\0%s"):format(kind, file.name, file.path or "")
  local unit = key and not is_compiled and kept(env, key)
  if unit then
    return unit
  end
  unit = not is_compiled and direct.unit(file, kind)
  if unit then
    if key then
      cache:put(key, unit, bytes_of(unit))
    end
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
  if key then
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
  return ("templates: %d compiled, %d from disk (%d written, %d refused), %d from memory, "
    .. "%d plain"):format(compiled_count, disk.hits or 0, disk.written or 0, disk.refused or 0,
    M.stats().hits, direct.count())
end

--- Forgets all compiled templates.
function M.clear()
  cache:clear()
  interfaces:clear()
end

return M
