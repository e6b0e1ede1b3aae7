--- Generators of values, as data: "int", { kind = "list", of = "word", max = 5 }, …
---
--- `kinds` is a plain table: kind → { options, make }.  Kinds of fake data are kinds here too.
local fake = require("engine.generate.fake")
local json = require("core.json")
local stream = require("engine.generate.stream")
local suggest = require("engine.suggest")

---@class engine.property.generators
local M = {}

---@class engine.property.Generator
---@field options table<string, any> the options that it knows: default, or false where it has none
---@field make fun(source: engine.property.Source, o: table): any
---@field check? fun(o: table): string? what is wrong with its options

---@type table<string, engine.property.Generator>
M.kinds = {}

M.DEPTH_MAX = 20

local CHOICES_MAX = require("engine.property.source").CHOICES_MAX
local SIZE_MAX = 1000 -- items of a list, letters of a text

--- How far a bound is from the simplest value; farther than an integer tells, it is the farthest.
local function distance(from, to)
  local far = to - from
  return far < 0 and to > from and math.maxinteger or math.max(far, 0)
end

local function integer(source, low, high)
  local simplest = math.max(low, math.min(high, 0))
  local above, below = distance(simplest, high), distance(low, simplest)
  if below == 0 or above > 0 and not source:sign() then
    return simplest + source:magnitude(above)
  elseif above == 0 then
    local far = source:magnitude(below)
    local is_farther = far == math.maxinteger and simplest - low < 0 -- 1 more than an integer tells
    return simplest - far - (is_farther and source:draw(1) or 0)
  end
  return simplest - 1 - source:magnitude(simplest - 1 - low) -- the simplest one is above
end

--- The nearest integer; floats go farther.
local function whole_number(x)
  return math.tointeger(x) or (x < 0 and math.mininteger or math.maxinteger)
end

local function range_problem(o)
  if o.min ~= o.min or o.max ~= o.max then
    return "`min` and `max` must be numbers, and NaN is none"
  elseif o.min > o.max then
    return "`min` is greater than `max`"
  end
end

local function size_problem(o)
  return range_problem(o) or (o.min < 0 or o.max > SIZE_MAX)
    and ("`min` and `max` must be from 0 to %d"):format(SIZE_MAX) or nil
end

M.kinds.int = {
  options = { min = -1000000, max = 1000000 },
  check = range_problem,
  make = function(source, o)
    return integer(source, o.min, o.max)
  end,
}

--- Draws a float where whole numbers tell little: so many parts of the way to a bound.
local function between(source, low, high)
  local simplest = math.max(low, math.min(high, 0.0))
  local is_below = high <= simplest or low < simplest and source:sign()
  local bound, parts = is_below and low or high, 1 << source:draw(10)
  local part = source:magnitude(parts)
  local v = part == parts and bound or simplest + (bound - simplest) * (part / parts)
  return math.max(low, math.min(high, v))
end

local NARROW = 4.0 -- a range that holds only a few whole numbers
local WHOLE = 2.0 ^ 53 -- beyond, every float is one

M.kinds.float = {
  options = { min = -1000000.0, max = 1000000.0 },
  check = range_problem,
  make = function(source, o)
    if o.max - o.min < NARROW or o.min > WHOLE or o.max < -WHOLE then
      return between(source, o.min + 0.0, o.max + 0.0)
    end
    local whole = integer(source, whole_number(math.floor(o.min)), whole_number(math.ceil(o.max)))
    local parts = 1 << source:draw(10) -- halves, quarters, …: short to write
    local v = whole + source:draw(parts - 1) / parts
    if whole == math.maxinteger or whole == math.mininteger then
      v = whole > 0 and o.max or o.min -- as far as an integer goes, a float goes farther
    end
    return math.max(o.min, math.min(o.max, v))
  end,
}

M.kinds.bool = {
  options = {},
  make = function(source)
    return source:draw(1) == 1
  end,
}

--- Draws items, each with a choice of its own whether there is one more: so any can be taken out.
local function several(source, low, high, make)
  local list, wanted = {}, source:length(high - low)
  while #list < high and (#list < low or source:more(wanted and #list - low < wanted)) do
    list[#list + 1] = make(source)
  end
  return list
end

-- Simple letters first, then what programs stumble over.
local LETTERS = {}
for code = 97, 122 do
  LETTERS[#LETTERS + 1] = string.char(code)
end
for _, letter in ipairs({
  "A", "Z", "0", "9", " ", "-", "_", ".", "/", "'", '"', "\\", "%", "$", "<",
  "\n", "\t", "é", "ß", "漢", "😀", "\u{301}", "\u{202e}",
}) do
  LETTERS[#LETTERS + 1] = letter
end

--- Lists the letters of an alphabet: those of a text, or texts of a list; nil: it is none.
local function letters_of(alphabet)
  local letters = {}
  if type(alphabet) == "table" then
    for i, letter in ipairs(alphabet) do
      letters[i] = type(letter) == "string" and letter or nil
    end
    return #letters == #alphabet and letters[1] and letters or nil
  elseif type(alphabet) == "string" and utf8.len(alphabet) then
    for _, code in utf8.codes(alphabet) do
      letters[#letters + 1] = utf8.char(code)
    end
  end
  return letters[1] and letters or nil
end

local function text_problem(o)
  return size_problem(o) or o.alphabet and not letters_of(o.alphabet)
    and "`alphabet` must be a text of letters, or a list of texts" or nil
end

M.kinds.text = {
  options = { min = 0, max = 20, alphabet = false },
  check = text_problem,
  make = function(source, o)
    local letters = o.alphabet and letters_of(o.alphabet) or LETTERS
    return table.concat(several(source, o.min, o.max, function()
      return letters[source:draw(#letters - 1) + 1]
    end))
  end,
}

M.kinds.list = {
  options = { of = false, min = 0, max = 10 },
  check = size_problem,
  make = function(source, o)
    return json.array(several(source, o.min, o.max, function()
      return M.make(o.of, source)
    end)) -- marked: an empty one would be written as a table
  end,
}

M.kinds.one_of = {
  options = { values = false },
  check = function(o, spec)
    local is_list = type(o.values) == "table" and #o.values > 0
    return not is_list and ("`%s` must be a list with items"):format(
      type(spec) == "table" and spec.one_of ~= nil and "one_of" or "values") or nil
  end,
  make = function(source, o)
    return o.values[source:draw(#o.values - 1) + 1]
  end,
}

M.kinds.table = {
  options = { of = false },
  check = function(o)
    return type(o.of) ~= "table" and "`of` must be a table: name → generator" or nil
  end,
  make = function(source, o)
    return M.make_all(o.of, source)
  end,
}

local function of_fake(kind)
  local options = {}
  for name, default in pairs(fake.options[kind] or {}) do
    options[name] = default
  end
  return {
    options = options,
    check = function(o)
      return select(2, fake.read(kind, o))
    end,
    make = function(source, o)
      return fake.make(kind, stream.of(source:draw(0xffffffff), "property." .. kind, 0), o)
    end,
  }
end

local function kind_named(name)
  local known = M.kinds[name]
  if not known and fake.kinds[name] then
    known = of_fake(name)
    M.kinds[name] = known
  end
  return known
end

--- Lists the kinds that there are.
---@return string[] names sorted
---@nodiscard
function M.list()
  local list = fake.list()
  for name in pairs(M.kinds) do
    list[#list + 1] = not fake.kinds[name] and name or nil
  end
  table.sort(list)
  return list
end

local function split(spec)
  if type(spec) == "string" then
    return spec, {}
  elseif type(spec) == "table" and spec.one_of ~= nil then
    return "one_of", { values = spec.one_of }
  elseif type(spec) == "table" then
    return spec.kind, spec
  end
end

local function options_of(kind, known, given)
  local o = {}
  for name, default in pairs(known.options) do
    o[name] = given[name]
    if o[name] == nil and default ~= false then
      o[name] = default
    end
    if type(default) == "number" and type(o[name]) ~= "number"
      or math.type(default) == "integer" and math.type(o[name]) ~= "integer" then
      return nil, ("%s: `%s` must be a%s number"):format(kind, name,
        math.type(default) == "integer" and " whole" or "")
    end
  end
  for name in pairs(given) do
    if known.options[name] == nil and name ~= "kind" and name ~= "one_of" and name ~= "values" then
      return nil, ("%s has no option `%s`"):format(kind, tostring(name))
    end
  end
  return o
end

--- Says what is wrong with a generator that names no kind.
local function kindless(spec)
  if spec == nil then
    return 'a generator is missing: a kind, such as "int"'
  elseif type(spec) ~= "table" then
    return ('%s is no generator: name a kind, such as "int"'):format(
      type(spec) == "function" and "a function" or tostring(spec))
  elseif spec.kind ~= nil then
    return ('`kind` is %s, and not the name of a generator, such as "int"'):format(
      type(spec.kind) == "table" and "a table" or tostring(spec.kind))
  end
  local near = {}
  for name in pairs(spec) do
    near[#near + 1] = type(name) == "string" and kind_named(name) and name or nil
  end
  table.sort(near)
  return ('the generator has no `kind`: { kind = "%s", … }'):format(near[1] or "int")
end

--- How many parts a value has at least: values and letters; each is made, choices left or not.
---@param spec any one that `problem` has nothing against
---@return number parts a float: lists of lists of lists are many
---@nodiscard
function M.least_parts(spec)
  local kind, given = split(spec)
  local least = given.min or kind == "list" and M.kinds.list.options.min or 0
  if kind == "text" then
    return math.max(1.0, least)
  elseif kind == "list" then
    return math.max(1.0, least == 0 and 0 or least * M.least_parts(given.of))
  elseif kind ~= "table" then
    return 1.0
  end
  local sum = 1.0
  for _, of in pairs(given.of) do
    sum = sum + M.least_parts(of)
  end
  return sum
end

--- Says that a value would be too large.
---@param parts number
---@return string? problem
---@nodiscard
function M.size_problem(parts)
  if parts > CHOICES_MAX then
    return ("a value has at least %.0f parts, and %d is the most"):format(parts, CHOICES_MAX)
  end
end

--- Says what is wrong with a generator.
---@param spec any
---@param depth? integer
---@return string? problem
---@nodiscard
function M.problem(spec, depth)
  depth = depth or 1
  local kind, given = split(spec)
  local known = type(kind) == "string" and kind_named(kind)
  if type(kind) ~= "string" then
    return kindless(spec)
  elseif not known then
    local near = suggest.nearest(kind, M.list())
    return ("`%s` is no generator%s"):format(kind, near
      and (": did you mean `%s`?"):format(near) or "")
  elseif depth > M.DEPTH_MAX then
    return "the generators are nested too deeply"
  end
  local o, problem = options_of(kind, known, given)
  problem = problem or known.check and known.check(o, spec)
  if problem then
    return problem
  elseif kind == "list" and o.of == nil then
    problem = 'a list needs a generator of its items: of = "int"'
  elseif kind == "list" then
    problem = M.problem(o.of, depth + 1)
  elseif kind == "table" then
    problem = M.problem_of_all(o.of, depth + 1)
  end
  return problem or M.size_problem(M.least_parts(spec))
end

--- Says what is wrong with generators by name.
---@param specs table<string, any>
---@param depth? integer
---@return string? problem
---@nodiscard
function M.problem_of_all(specs, depth)
  for _, name in ipairs(M.sorted(specs)) do
    local problem = M.problem(specs[name], depth)
    if problem then
      return ("%s: %s"):format(tostring(name), problem)
    end
  end
end

--- Lists names in the order in which their values are drawn.
---@param specs table<string, any>
---@return string[]
function M.sorted(specs)
  local list = {}
  for name in pairs(specs) do
    list[#list + 1] = name
  end
  table.sort(list, function(a, b)
    return tostring(a) < tostring(b)
  end)
  return list
end

--- Makes a value; the generator is one that `problem` has nothing against.
---@param spec any
---@param source engine.property.Source
---@return any
function M.make(spec, source)
  local kind, given = split(spec)
  local known = kind_named(kind)
  return known.make(source, assert(options_of(kind, known, given)))
end

--- Makes values by name.
---@param specs table<string, any>
---@param source engine.property.Source
---@return table<string, any>
function M.make_all(specs, source)
  local values = {}
  for _, name in ipairs(M.sorted(specs)) do
    values[name] = M.make(specs[name], source)
  end
  return values
end

return M
