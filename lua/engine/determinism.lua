--- What makes two runs alike: the seed of everything that is drawn, and a clock that stands still.
---
--- The command line wins over the file.  Pure, but for the clock that nobody froze.
local clock = require("core.clock")

---@class engine.determinism
local M = {}

---@class engine.Determinism
---@field seed? integer
---@field freeze_ms? integer milliseconds since 1970: what every clock of templates shows

--- Reads a time to freeze a clock at.
---@param value any RFC 3339 as a text, or a time of core.toml with an offset
---@return integer? ms
---@return string? problem
---@nodiscard
function M.read_time(value)
  local text = tostring(value)
  local ns, err = clock.parse(text)
  if ns and ns < 0 then
    return nil, "is before 1970, which SOURCE_DATE_EPOCH cannot tell"
  elseif ns then
    return ns // 1000000
  end
  return nil, err.code == "ERANGE" and "is beyond the years that a clock can show"
    or "is not a date and time with an offset"
end

--- Joins what the file says and what the command line says.
---@param file? { seed?: integer, freeze_clock?: any }
---@param given? engine.Determinism
---@return engine.Determinism? # nil: neither says anything
---@nodiscard
function M.join(file, given)
  file, given = file or {}, given or {}
  local frozen = given.freeze_ms
  if frozen == nil and file.freeze_clock ~= nil then
    frozen = M.read_time(file.freeze_clock)
  end
  local seed = given.seed
  if seed == nil then
    seed = file.seed
  end
  return (seed or frozen) and { seed = seed, freeze_ms = frozen } or nil
end

--- Lists the variables that steps and services see.
---@param determinism? engine.Determinism
---@return string[][] pairs
---@nodiscard
function M.variables(determinism)
  local list = {}
  if determinism and determinism.seed then
    list[1] = { "CLNRM_SEED", tostring(determinism.seed) }
  end
  if determinism and determinism.freeze_ms then
    list[#list + 1] = { "SOURCE_DATE_EPOCH", tostring(determinism.freeze_ms // 1000) }
  end
  return list
end

--- Puts the variables before those of a room, which win over them.
---@param determinism? engine.Determinism
---@param env string[][]
---@return string[][] env the same one when there are none
---@nodiscard
function M.add_variables(determinism, env)
  local list = M.variables(determinism)
  return list[1] and table.move(env, 1, #env, #list + 1, list) or env
end

--- Tells what the functions of a template are given: `seed`, `clock`, `is_frozen`, `frozen_ms`.
---@param determinism? engine.Determinism
---@return { seed?: integer, clock: fun(): integer, is_frozen: boolean, frozen_ms?: integer }
---@nodiscard
function M.of_template(determinism)
  local frozen = determinism and determinism.freeze_ms
  return {
    seed = determinism and determinism.seed,
    is_frozen = frozen ~= nil,
    frozen_ms = frozen,
    clock = function()
      return frozen or clock.wall() // 1000000
    end,
  }
end

return M
