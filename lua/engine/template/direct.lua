--- Runs plain templates as they are read: compiling takes longer than rendering a few times.
---
--- `core.tags.plain` reads a template to a program, which `core.tags.run` runs.  What is done with
--- values, counted and raised is what compiled code does, counts and raises, by the same functions
--- of engine.template.runtime.  A template that is used again and again, or whose loops walk much,
--- is compiled all the same; one that is not plain is compiled at once.
local core_tags = require("core.tags")
local fs = require("core.fs")
local loader = require("engine.loader")

local M = {}

local USES_MAX = 16 -- one that is used more often is compiled
local WALKED_MAX = 64 -- turns of a loop that are worth compiling it

local run, walks_more = core_tags.run, core_tags.walks_more

local is_replaced
local looks, count = 0, 0

--- Whether templates are compiled by what is built in.
local function is_our_own()
  if is_replaced == nil then
    local before = fs.calls()
    is_replaced = loader.is_overridden("engine.template")
    looks = looks + fs.calls() - before
  end
  local parser = package.loaded["engine.template.parser"]
  local compile = package.loaded["engine.template.compile"]
  return not is_replaced and (not parser or parser.parse == parser.own_parse)
    and (not compile or compile.template == compile.own_template)
end

--- Counts the calls of core.fs, which have no say in what is rendered.
---@return integer
---@nodiscard
function M.looks()
  return looks
end

--- Counts the templates that were read, since the program began.
---@return integer
---@nodiscard
function M.count()
  return count
end

--- Tells which names a unit uses.
---@param unit table
---@param source string its text
---@return table<string, true>
---@nodiscard
function M.used(unit, source)
  unit.used = unit.used or core_tags.plain_names(source)
  return unit.used
end

--- Makes the function of a program.
---@param file table
---@param H table functions of engine.template.runtime
local function bind(unit, kind, program, file, env, H)
  local is_mapped = kind == "map"
  local compiled
  return function(o, n, G, a)
    unit.uses = unit.uses + 1
    if not compiled
      and (unit.uses > USES_MAX or walks_more(program, H, file, G, WALKED_MAX)) then
      compiled = env:recompiled(file, kind)
    end
    if compiled then
      return compiled(o, n, G, a)
    end
    local pieces, longest = run(program, H, file, G, o, n, is_mapped and a or nil)
    local state = env.run
    state.static_max = math.max(state.static_max, longest)
    return pieces
  end
end

local NONE = {}
local KINDS = { main = true, map = true, include = true }

--- Reads a template that is plain.
---@param file table
---@param kind string
---@return table? unit as engine.template.compile gives it, but with `make` in the place of `code`,
---   and without `used`
---@nodiscard
function M.unit(file, kind)
  if not KINDS[kind] or not is_our_own() then
    return nil
  end
  local program, longest, words = core_tags.plain(file.source)
  if not program then
    return nil
  end
  count = count + 1
  local unit = {
    uses = 0, statics = NONE, files = { file.name }, callees = NONE, includes = NONE,
    places = NONE, static_max = longest, needs = { { file.name, file.hash, "" } },
    words = words, bytes = #file.source,
  }
  function unit.make(_, Z, _, R, H)
    return bind(unit, kind, program, Z[1], R.env, H)
  end
  return unit
end

return M
