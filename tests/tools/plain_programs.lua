--- Makes templates at random that are plain, or nearly so.
local M = {}

local random = math.random

local NAMES = { "a", "b", "list", "obj", "s", "n", "f", "yes", "no", "deep.er", "deep.er.est",
  "list.0", "list.1.k", "obj.k", "obj.z.1", "x", "x.k", "k", "v", "v.1", "w", "not_there", "null",
  "loop.index", "loop.index0", "loop.first", "loop.last", "loop", "loop.x", "trueish", "nothing",
  "huge", "x.0", "v.k.k", "and" }
local FILTERS = { "upper", "lower", "default(value='d')", 'default(value="")', "default(value=3)",
  "join(sep=',')", "length", "trim", "replace(from='a', to=`b`)", "round(precision=1)", "first",
  "no_such_filter", "truncate(length=2, end='…')", "default", "safe", "reverse", "json_encode",
  "default( value = true )", "default(value=no)", "sort", "upper()", "get(key='k')" }
local CALLS = { "range(end=3)", "range(start=1, end=6, step_by=2)", "range( end = 2 )", "range()",
  "slug(value='A b')", 'seq(start=1, end=3)', "no_such_function(x=1)", "range(end=100)", "range",
  "range(start=3, end=1)", "range(end=n)", "range (end=2)", "get_env(name='no', default='d')",
  "snake(value='a B', end=1)", "range(end='x')", "super(a=1)", "pick(from=true)", "not1(a=1)" }
local RECKONED = { "* 7", "+1", "-2", "/ 2", "% 2", "*0", "/0", "%0", "- -1", "* n", "+ 1 + 1",
  "*2.5", "*999999999999999", "+ 07", "-", "%", "*", "-1x", "+\n3" }
local LITERALS = { '"text"', "'v'", "``", "1", "3", "0", "'100'", "true", "1.5", "-1", "012" }

local function pick(list)
  return list[random(#list)]
end

local function blank()
  return pick({ " ", " ", " ", " ", " ", "", "  ", "\n\t" })
end

local function value()
  local out = { random(8) == 1 and pick(CALLS) or pick(NAMES) }
  if random(6) == 1 then
    out[2] = blank() .. pick(RECKONED)
  end
  for _ = 1, random(0, 5) - 3 do
    out[#out + 1] = blank() .. "|" .. blank() .. pick(FILTERS)
  end
  return table.concat(out)
end

local function condition()
  local kind = random(10)
  if kind <= 3 then
    return pick(NAMES)
  elseif kind <= 8 then
    return pick(NAMES) .. blank() .. pick({ "==", "!=", "<", ">", "<=", ">=" }) .. blank()
      .. pick(LITERALS)
  elseif kind == 9 then
    return "not " .. pick(NAMES)
  end
  return pick(NAMES) .. pick({ " and ", " or " }) .. pick(NAMES)
end

local body

local makers = {
  function()
    return "{{" .. blank() .. value() .. blank() .. "}}"
  end,
  function()
    return pick({ "{# c #}", "{##}", "{# {{ a }} #}", "{#", "{#}" })
  end,
  function()
    return "{% set " .. pick({ "a", "b", "w", "s" }) .. blank() .. "=" .. blank()
      .. (random(3) == 1 and pick(LITERALS) or value()) .. " %}"
  end,
  function(depth)
    local out = { "{% if " .. condition() .. blank() .. "%}" .. body(depth) }
    for _ = 1, random(0, 3) - 1 do
      out[#out + 1] = "{% elif " .. condition() .. " %}" .. body(depth)
    end
    return table.concat(out) .. (random(2) == 1 and "{% else %}" .. body(depth) or "")
      .. "{%" .. blank() .. "endif %}"
  end,
  function(depth)
    return "{% for " .. pick({ "x", "k, v", "k,v", "v", "a" }) .. " in "
      .. pick({ "list", "obj", "s", "list | reverse", "x", "v", "obj.z", "list.1", "no",
        pick(CALLS), pick(CALLS), "n * 2" }) .. " %}"
      .. body(depth) .. "{% endfor %}"
  end,
}

function body(depth)
  local out = {}
  for i = 1, random(0, 4) do
    local kind = random(12)
    out[i] = kind == 1 and pick({ "text ", "\n", "%}", "}}", "ü", "{", "#}", ("w"):rep(300) })
      or makers[depth <= 0 and 1 or kind <= 6 and 1 or random(#makers)](depth - 1)
  end
  return table.concat(out)
end

--- Makes a template, the same for the same seed.
---@param seed integer
---@return string
function M.make(seed)
  math.randomseed(seed)
  local text = body(random(4)) .. body(3)
  if random(8) == 1 then
    local at = random(#text + 1)
    text = text:sub(1, at - 1) .. pick({ "{{", "}}", "{%", "\0", "\xff", "'", '"', "{#", "-" })
      .. text:sub(at)
  end
  return text
end

--- What they are rendered with.
---@return table
function M.values()
  return {
    a = 1, b = "text", list = { 1, "two", { k = "a" } }, obj = { k = "v", z = { 1, "b" } }, n = 3,
    s = "a<b>ü", f = 1.5, yes = true, no_ = false, deep = { er = { est = "e" } },
    null = require("core.json").null, huge = math.maxinteger, v = { [1] = "p", [2] = "q" },
    trueish = 1, nothing = 0,
  }
end

return M
