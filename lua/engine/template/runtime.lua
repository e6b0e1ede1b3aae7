--- The functions that compiled templates call, bound to one environment.
---
--- Their names are short because every call of them is text that Lua must read.  Whatever is wrong
--- is raised as { template_error, file, at }; `run.z`, `run.at` and `run.name` tell where a filter,
--- test or function was called, so that what it raises gets its place and its name.
local calls = require("engine.template.calls")
local limits = require("engine.template.limits")
local operators = require("engine.template.operators")
local output = require("engine.template.output")
local value = require("engine.template.value")
local walk = require("engine.template.walk")

local M = {}

local CACHED_MAX = 4000 -- texts that are known to be texts
local SPARE_MAX = 4

local math_type = math.type
local null, truthy, is_number, to_float = value.null, value.truthy, value.is_number, value.to_float

local raise, work = output.raise, output.work

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

--- The arguments of a filter that was given none: one table for all templates.
local NOTHING = setmetatable({}, {
  __newindex = function()
    value.fail("the arguments of a filter cannot be changed")
  end,
})

--- The functions that are the same for all environments.
local SHARED = { E0 = NOTHING, type = type, setmetatable = setmetatable, I = index, B = truthy }

local function lookups(H)
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

  function H.LB(v, file, at)
    if type(v) ~= "boolean" then
      raise("a function in a condition must give true or false", file, at)
    end
    return v
  end

  function H.NF(v, filtered)
    return v == nil or not filtered(v)
  end

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

local function numbers(H)
  function H.N(v, file, at)
    if type(v) == "number" or is_number(v) then
      return v
    elseif v == nil then
      error({ undefined = true, file = file, at = at }, 0)
    end
    raise(("a number is needed here: this is %s"):format(value.kind_name(v)), file, at)
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
end

lookups(SHARED)
numbers(SHARED)

local RUN = {} -- the key, in the texts that are known, of what a rendering uses up

--- Writes a value that is not known yet.  The text of an integer is a short one.
local WRITTEN = {
  __index = function(known, v)
    if math_type(v) == "integer" then
      return ("%d"):format(v)
    end
    local run = known[RUN]
    if type(v) == "string" then
      if #v > output.SHORT then
        output.count_long(run, v)
      elseif run.known < CACHED_MAX then
        known[v], run.known = v, run.known + 1
      end
      return v
    end
    local written = run.of.text(v)
    work(run, 0)
    output.count_long(run, written)
    return written
  end,
}

local function written(H, _, run)
  H.K = setmetatable({ [RUN] = run }, WRITTEN)
end

local function conditions(H, _, run)
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
    if type(a) == "string" then
      if #a > limits.COMPARED_BYTES then
        work(run, 0, a)
      end
      return a == b
    elseif type(a) == "number" and type(b) == "number" then
      return a * 1.0 == b * 1.0
    elseif a == b then
      return true
    end
    local is_so = value.equal(a, b)
    if type(a) == "table" then
      work(run, 1)
    end
    return is_so
  end

  --- `a == b` or `a != b`, negated or not: a number is never equal nor unequal to what is none.
  function H.QN(a, b, is_unequal, negated)
    if type(a) == "number" and type(b) == "number" then
      return (a * 1.0 == b * 1.0 ~= is_unequal) ~= negated
    elseif is_number(a) ~= is_number(b) then
      return false
    end
    local is_so = value.equal(a, b)
    work(run, 1)
    return (is_so ~= is_unequal) ~= negated
  end

  function H.IN(item, container, file, at)
    run.z, run.at, run.name = file, at, nil
    work(run, 1, container)
    local is_so = operators.is_in(item, container)
    work(run, 0)
    return is_so
  end
end

local function reckoning(H, _, run)
  for _, name in ipairs({ "add", "sub", "mul", "div", "mod" }) do
    local reckon = operators[name]
    H[name] = function(a, b, file, at)
      run.z, run.at, run.name = file, at, nil
      return reckon(a, b)
    end
  end
end

local MADE = { -- what makes the functions of these names, together
  { written, "K" }, { calls.filters, "F" }, { calls.others, "L T" }, { conditions, "SW Q QN IN" },
  { reckoning, "add sub mul div mod" },
  { function(H, _, run)
    output.texts(H, run)
  end, "XP XC CB GA FL FI TM AR AM" },
  { function(H, _, run)
    output.loops(H, run)
  end, "P PK" },
  { function(H, _, run)
    output.blocks(H, run)
  end, "MD MC IC TC X0" },
}

local maker_of = {}
for _, made_together in ipairs(MADE) do
  for name in made_together[2]:gmatch("%w+") do
    maker_of[name] = made_together[1]
  end
end

--- Makes a function when it is asked for first: a template needs few of them.
local FUNCTIONS = {
  __index = function(H, name)
    local maker = maker_of[name]
    if not maker then
      return SHARED[name]
    end
    local run = H.run
    maker(H, run.env, run)
    return rawget(H, name)
  end,
}

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
  local run = { env = env, known = 0, s = 0, d = 0, bytes = 0, made = 0, swept = 0, long = 0,
    work = 0, static_max = 0, keeps_pieces = false, of = { filters = env.filters, tests = env.tests,
      functions = env.functions, text = env.text, nearest = env.nearest },
    G = nil, z = nil, at = nil, name = nil } -- which have their room so
  return setmetatable({ run = run }, FUNCTIONS), run
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
---@param left? engine.template.Left
function M.reset(run, keeps_pieces, left)
  run.s, run.work = left and left.steps or limits.STEPS, left and left.work or limits.WORK
  run.made = left and left.made or 0
  run.swept, run.d, run.bytes, run.long = run.made, 0, 0, 0
  run.keeps_pieces = keeps_pieces or false
  run.z, run.at, run.name = nil, nil, nil
  walk.take() -- what others walked
end

M.finish = output.finish

return M
