--- The functions fake(kind), fake_kinds() and one fake_KIND() for each kind of fake data.
local arguments = require("engine.template.arguments")
local draw = require("engine.template.draw")
local fake = require("engine.generate.fake")
local suggest = require("engine.suggest")
local value = require("engine.template.value")

---@class engine.template.functions.fake
local M = {}

local VALUES_MAX = 100000 -- of one call
local PARTS_MAX = 500000 -- words and letters of one call

local function options_of(name, kind, args)
  local known = name == "fake" and { kind = true, n = true, seed = true } or { seed = true }
  for option in pairs(fake.options[kind] or {}) do
    known[option] = true
  end
  arguments.check_known(name, args, known)
  local options, problem = fake.read(kind, args)
  return options or value.fail("Function `%s`: %s", name, problem)
end

local function make(ctx, name, kind, args)
  local options = options_of(name, kind, args)
  return fake.make(kind, draw.stream(ctx, "fake." .. kind, args), options)
end

local function kind_of(given)
  local kind = fake.aliases[given] or given
  if fake.kinds[kind] then
    return kind
  end
  local near = suggest.nearest(given, fake.list())
  value.fail("there is no fake data of the kind `%s`%s", given,
    near and (": did you mean `%s`?"):format(near) or "; fake_kinds() lists them")
end

--- How many words or letters a value may have; of most kinds a few.
local function parts_of(kind, o)
  if kind == "paragraph" then
    return o.max * fake.options.sentence.max
  elseif kind == "sentence" or kind == "password" then
    return o.max
  end
  return o.len or o.count or 1
end

function M.fake(ctx, args)
  local kind = kind_of(arguments.of_function("fake", args, "kind", "String"))
  local count = arguments.optional("fake", args, "n", "usize")
  if not count then
    return make(ctx, "fake", kind, args)
  elseif count > VALUES_MAX then
    value.fail("Function `fake` makes at most %d values", VALUES_MAX)
  end
  local options = options_of("fake", kind, args)
  if count * parts_of(kind, options) > PARTS_MAX then
    value.fail("Function `fake` makes at most %d words or letters", PARTS_MAX)
  end
  local list, stream = value.array({}), draw.stream(ctx, "fake." .. kind, args)
  for i = 1, count do
    list[i] = fake.make(kind, stream, options)
  end
  return list
end

function M.fake_kinds()
  return fake.list()
end

for _, kind in ipairs(fake.list()) do
  local name = "fake_" .. kind
  M[name] = function(ctx, args)
    return make(ctx, name, kind, args)
  end
end

return M
