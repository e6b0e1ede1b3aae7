--- Our own part: clnrm lua ours.lua first|stored|cached|text DIR NAME N renders DIR/tera1/NAME
--- N times with DIR/values.json and prints the CPU seconds of each; `text` prints what comes out.
--- `first` reads or compiles the text; `stored` takes the bytecode that a rendering before has left
--- on disk, where there is one: plain templates are read.
local clock = require("core.clock")
local environment = require("engine.template.environment")
local filters = require("engine.template.filters")
local functions = require("engine.template.functions")
local json = require("core.json")
local tests = require("engine.template.tests")

local way, dir, name, count = arg[1], arg[2], arg[3], math.tointeger(tonumber(arg[4]))

local function read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("a")
  file:close()
  return text
end

local values = assert(json.decode(read(dir .. "/values.json")))
local templates = {}
for _, one in ipairs({ "_macros", "simple", "medium", "complex", "large", "mixed" }) do
  templates[one] = read(dir .. "/tera1/" .. one)
end

local function new(uses_cache, uses_disk)
  return environment.new({
    load = function(one)
      return templates[one]
    end,
    filters = filters, tests = tests, functions = functions, uses_cache = uses_cache,
    uses_disk = uses_disk,
    ctx = { counters = {} },
  })
end

local kept = new(true)
local text = assert(kept:render(name, values))
if way == "text" then
  io.write(text)
  return
end

local WAYS = {
  first = function()
    assert(new(false):render(name, values))
  end,
  stored = function()
    assert(new(false, true):render(name, values))
  end,
  cached = function()
    assert(kept:render(name, values))
  end,
}

WAYS[way]()
for _ = 1, count do
  local start = clock.cpu()
  WAYS[way]()
  print(("%.9f"):format((clock.cpu() - start) / 1e9))
end
