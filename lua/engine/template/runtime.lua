--- The functions that compiled templates call, bound to one environment.
---
--- Their names are short because every call of them is text that Lua must read.  Whatever is wrong
--- is raised as { template_error, file, at }; `run.z` and `run.at` tell where a filter, test or
--- function was called, so that what it raises gets its place.
local limits = require("engine.template.limits")
local operators = require("engine.template.operators")
local output = require("engine.template.output")
local value = require("engine.template.value")

local M = {}

local FILTER, FUNCTION, TEST = 10, 100, 4 -- what a call costs, whatever it is given
local CACHED_MAX = 4000 -- texts that are known to be texts
local SPARE_MAX = 4

local null, truthy, is_number, to_float = value.null, value.truthy, value.is_number, value.to_float

local quick = require("engine.template.quick")
local raise, made, work = output.raise, output.made, output.work

local function index(v, key)
  if type(v) ~= "table" then
    return nil
  elseif value.is_array(v) then
    if key:find("^%d+$") and (key == "0" or key:byte() ~= 48) then
      local n = math.tointeger(tonumber(key))
      return n and n < #v and v[n + 1] or nil
    end
    return nil
  end
  return v[key]
end

local function lookups(H, env, run)
  H.I = index

  function H.J(v, key)
    if type(key) == "number" then
      return index(v, value.number_text(key))
    elseif type(key) == "string" then
      return index(v, key)
    end
    return nil
  end

  function H.Y(...)
    for i = 1, select("#", ...) do
      local v = select(i, ...)
      if v ~= nil then
        return v
      end
    end
    return nil
  end

  function H.U(file, at)
    error({ undefined = true, file = file, at = at }, 0)
  end

  function H.D(v, file, at)
    if v == nil then
      error({ undefined = true, file = file, at = at }, 0)
    end
    return v
  end

  function H.DL(v, literal)
    if v == nil or v == null then
      return literal
    end
    return v
  end

  function H.DF(v, fallback)
    if v == nil or v == null then
      return fallback()
    end
    return v
  end

  function H.NF(v, filtered)
    return v == nil or not filtered(v)
  end

  local count, text = 0, env.text
  H.K = setmetatable({}, {
    __index = function(known, v)
      if type(v) == "string" then
        if count < CACHED_MAX and #v <= output.SHORT then
          known[v], count = v, count + 1
        elseif #v > output.SHORT then
          output.count_long(run, v)
        end
        return v
      end
      local written = text(v)
      output.count_long(run, written)
      return written
    end,
  })
  H.KI = setmetatable({}, {
    __index = function(known, v)
      local written = ("%d"):format(v)
      if v < CACHED_MAX then
        known[v] = written
      end
      return written
    end,
  })
end

local function calls(H, env, run)
  local filters, tests, functions, nearest = env.filters, env.tests, env.functions, env.nearest

  local function unknown(kind, list, name, file, at)
    local names = {}
    for known in pairs(list) do
      names[#names + 1] = known
    end
    raise(("there is no %s `%s`"):format(kind, name), file, at, nearest(name, names, kind))
  end

  local fasts = {}

  function H.F(file, at, name, v, args)
    local fast = fasts[name]
    if fast == nil then
      fast = quick.of(name, filters)
      fasts[name] = fast
    end
    local short = fast and fast(v, args)
    if short then
      return short
    end
    local filter = filters[name]
    if not filter then
      unknown("filter", filters, name, file, at)
    end
    run.z, run.at, run.name = file, at, name
    work(run, FILTER + (type(v) == "table" and 7 * #v or 0), v) -- it may sort or copy them
    local result = filter(run.env.ctx, v, args)
    work(run, 0, result)
    if type(result) == "string" then
      return made(run, result)
    elseif result == nil then
      raise(("the filter `%s` gave nothing"):format(name), file, at)
    end
    return result
  end

  function H.L(file, at, name, args)
    local fn = functions[name]
    if not fn then
      unknown("function", functions, name, file, at)
    end
    run.z, run.at, run.name = file, at, name
    local result = fn(run.env.ctx, args)
    work(run, FUNCTION, result)
    if type(result) == "string" then
      return made(run, result)
    elseif result == nil then
      raise(("the function `%s` gave nothing"):format(name), file, at)
    end
    return result
  end

  function H.LB(v, file, at)
    if type(v) ~= "boolean" then
      raise("a function in a condition must give true or false", file, at)
    end
    return v
  end

  function H.T(file, at, name, v, args)
    local test = tests[name]
    if not test then
      unknown("test", tests, name, file, at)
    end
    run.z, run.at, run.name = file, at, name
    work(run, TEST, v, args[1])
    return test(run.env.ctx, v, args) and true or false
  end
end

local function conditions(H, run)
  H.B = truthy

  function H.SW(fn)
    local depth = run.d
    local ok, result = pcall(fn)
    if ok then
      return result
    elseif type(result) ~= "table" or result.limit
      or not (result.undefined or result.template_error) then
      error(result, 0)
    end
    run.d = depth
    return false
  end

  function H.Q(a, b)
    if a == b then
      return true
    elseif type(a) == "table" then
      work(run, 1, a, b)
    end
    return value.equal(a, b)
  end

  --- `a == b` or `a != b`, negated or not: a number is never equal nor unequal to what is none.
  function H.QN(a, b, is_unequal, negated)
    if is_number(a) ~= is_number(b) then
      return false
    end
    work(run, 1, a, b)
    return (value.equal(a, b) ~= is_unequal) ~= negated
  end

  function H.IN(item, container, file, at)
    run.z, run.at = file, at
    work(run, 1, container)
    return operators.is_in(item, container)
  end
end

local function numbers(H, run)
  function H.N(v, file, at)
    if type(v) == "number" or is_number(v) then
      return v
    elseif v == nil then
      error({ undefined = true, file = file, at = at }, 0)
    end
    raise(("this cannot be reckoned with: it is %s, no number"):format(value.kind_name(v)), file,
      at)
  end

  function H.NC(v, file, at)
    if v ~= v then
      raise("what is not a number cannot be compared", file, at)
    end
    return to_float(v)
  end

  function H.NI(v, file, at)
    if type(v) == "number" then
      return v + 0.0
    end
    return H.NC(H.N(v, file, at), file, at)
  end

  function H.NV(v)
    return v ~= v and "NaN" or v
  end

  function H.NB(v)
    return v == v and to_float(v) ~= 0
  end

  for _, name in ipairs({ "add", "sub", "mul", "div", "mod" }) do
    local reckon = operators[name]
    H[name] = function(a, b, file, at)
      run.z, run.at = file, at
      return reckon(a, b)
    end
  end
end

local spare = {} -- what was given back

--- Whether functions that were made for one environment serve another one.
local function serves(run, env)
  local was = run.of
  return was.filters == env.filters and was.tests == env.tests and was.functions == env.functions
    and was.text == env.text and was.nearest == env.nearest
end

--- Makes what a template's code is bound to, or takes what another environment gave back.
---@param env table filters, tests, functions, ctx, text
---@return table H the functions
---@return table run what one rendering uses up: reset() before each
function M.new(env)
  local last = spare[#spare]
  if last and serves(last.run, env) then
    spare[#spare] = nil
    last.run.env = env
    return last.H, last.run
  end
  local H = { E0 = {}, type = type, setmetatable = setmetatable }
  local run = { env = env, of = { filters = env.filters, tests = env.tests,
    functions = env.functions, text = env.text, nearest = env.nearest } }
  lookups(H, env, run)
  calls(H, env, run)
  conditions(H, run)
  numbers(H, run)
  output.texts(H, run)
  output.loops(H, run)
  output.blocks(H, run)
  return H, run
end

--- Gives it back: nothing that is bound to it is called again.
---@param H table
---@param run table
function M.give_back(H, run)
  run.env, run.G = nil, nil
  if #spare < SPARE_MAX then
    spare[#spare + 1] = { H = H, run = run }
  end
end

--- Begins a rendering.
---@param run table
---@param keeps_pieces? boolean
function M.reset(run, keeps_pieces)
  run.s, run.d, run.bytes, run.made, run.long, run.keeps_pieces =
    limits.STEPS, 0, 0, 0, 0, keeps_pieces or false
  run.work = limits.WORK
  run.z, run.at = nil, nil
end

M.finish = output.finish

return M
