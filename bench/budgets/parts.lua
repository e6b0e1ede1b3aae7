--- Budgets of what happens in the process: templates, TOML, files, and memory.
local clock = require("core.clock")
local compare = require("compare")
local dev_loop = require("dev_loop")
local discover = require("engine.discover")
local fs = require("core.fs")
local model = require("engine.model")
local suites = require("engine.model.cache")
local template_text = require("template_text")
local texts = require("budgets.texts")
local toml = require("core.toml")
local toml_text = require("toml_text")
local units = require("engine.template.units")
local watching = require("core.watch")

local clnrm = assert(os.getenv("CLNRM"))
local COUNT = 100 -- calls that are measured, one by one

--- Times calls of a function; the first, which loads what it needs, is not counted.
local function timed(fn)
  local samples = {}
  for i = 0, COUNT do
    local before = clock.now()
    fn(i)
    samples[i] = clock.now() - before
  end
  samples[0] = nil
  return samples
end

local function median(samples)
  local sorted = table.move(samples, 1, #samples, 1, {})
  table.sort(sorted)
  return sorted[#sorted // 2]
end

local RENDERED = {
  { "simple_template", "simple" },
  { "medium_template_with_loops", "medium" },
  { "complex_template", "complex" },
}

local function rendering(sheet)
  local templates, values = template_text.templates(), template_text.values()
  local gains = {}
  for _, one in ipairs(RENDERED) do
    local name = "template_rendering/" .. one[1]
    local first = timed(function()
      assert(template_text.environment(templates, false):render(one[2], values))
    end)
    units.clear()
    local env = template_text.environment(templates, true)
    local cached = timed(function()
      assert(env:render(one[2], values))
    end)
    sheet:time(name, first, 500)
    sheet:time(name .. ", compiled before", cached, 100)
    gains[#gains + 1] = median(first) / median(cached)
  end
  sheet:add({ name = "render from the cache: so many times as fast", unit = "×", samples = gains,
    published = 2.5, note = "60 to 80 % faster is 2.5 to 5 ×; medians of the three" })
end

local function parsing(sheet, dir)
  for _, one in ipairs({ { "simple_toml", 500 }, { "medium_toml", 4000 }, { "large_toml", 52000 } })
  do
    local text = toml_text.generate(42, one[2])
    sheet:time("toml_parsing/" .. one[1], timed(function()
      assert(toml.decode(text))
    end), 200)
  end
  local path, cached_path = dir .. "/new.clnrm.toml", dir .. "/known.clnrm.toml"
  compare.write(cached_path, texts.plain(50, 1))
  local function load_file(file, opts)
    assert(model.load(file, opts))
  end
  local new = timed(function(i)
    compare.write(path, texts.plain(50, i))
    local before = clock.now()
    load_file(path, {})
    return clock.now() - before
  end)
  local known = timed(function()
    load_file(cached_path, { suites = suites })
  end)
  sheet:time("config_parsing, 50 scenarios of 3 steps: read, parsed and checked", new, 200)
  sheet:time("config_parsing, the same text known", known, 20)
  sheet:add({ name = "a parsed file from the cache: so many times as fast", unit = "×",
    samples = { median(new) / median(known) }, published = 5,
    note = "80 to 90 % faster is 5 to 10 ×" })
end

--- From before a file is saved to its event, in a folder of 100 files.
local function detection(sheet, folder)
  local watch <close> = assert(watching.open())
  assert(watch:add(folder))
  local samples = {}
  for i = 1, COUNT do
    local before = clock.now()
    dev_loop.put(folder .. "/t1.clnrm.toml.tera", texts.template(i))
    local is_told = false
    while not is_told do
      for _, event in ipairs(assert(watch:next())) do
        is_told = is_told or event.kind == "written" and event.path:find("%.tera$") ~= nil
      end
    end
    samples[i] = clock.now() - before
  end
  sheet:time("file_change_detection", samples, 100)
end

local function files(sheet, dir)
  local text = texts.template(1):rep(10)
  local path = dir .. "/read.tera"
  compare.write(path, text)
  sheet:time("file_operations/read_template_file", timed(function()
    assert(fs.read(path))
  end), 10, nil, "a hundredth of 100 files read")
  sheet:time("file_operations/write_rendered_file", timed(function()
    assert(fs.write_atomic(dir .. "/written.toml", text))
  end), 500, nil, "of the budget of render; it waits for the disk")
  local folder = compare.directory("budgets-scan")
  for i = 1, 100 do
    compare.write(("%s/t%d.clnrm.toml.tera"):format(folder, i), texts.template(i))
  end
  sheet:time("file_operations/scan_template_directory, 100 files found and read", timed(function()
    local list = assert(discover.find({ folder }))
    assert(#list == 100)
    for _, one in ipairs(list) do
      assert(fs.read(one.path))
    end
  end), 1000)
  detection(sheet, fs.realpath(folder))
end

--- Runs a script as a process of its own, which prints numbers.
local function of_script(dir, name, text, argument)
  local script = ("%s/%s.lua"):format(dir, name)
  compare.write(script, text)
  local pipe = assert(io.popen(("LUA_PATH='bench/?.lua;;' %s lua %s %s"):format(clnrm, script,
    argument or "")))
  local numbers = {}
  for number in pipe:read("a"):gmatch("[%d.]+") do
    numbers[#numbers + 1] = tonumber(number)
  end
  assert(pipe:close() and numbers[1], name)
  return numbers
end

local RSS = [[
local function rss_kb()
  local f = assert(io.open("/proc/self/status"))
  local kb = f:read("a"):match("VmRSS:%s*(%d+)")
  f:close()
  return tonumber(kb)
end
]]

local SUSTAINED = RSS .. [[
local model, texts = require("engine.model"), require("budgets.texts")
local clock = require("core.clock")
local path = arg[1] .. "/sustained.clnrm.toml.tera"
local function turn(number)
  local f = assert(io.open(path, "w"))
  f:write(texts.template(number))
  f:close()
  assert(model.load(path, { caches = true, suites = require("engine.model.cache") }))
end
turn(0)
local before, began = rss_kb(), clock.now()
for number = 1, 1000 do
  turn(number)
end
print((clock.now() - began) / 1e6, rss_kb() - before, rss_kb())
]]

local WATCHED = RSS .. [[
local watch = assert(require("core.watch").open())
local before = rss_kb()
assert(watch:add(arg[1]))
print(rss_kb() - before)
]]

local function memory(sheet, dir)
  local sustained, grown, whole, watcher = {}, {}, {}, {}
  local tree = compare.directory("budgets-watched")
  assert(os.execute(("cd '%s' && for d in $(seq 100); do mkdir $d; "
    .. "for f in $(seq 100); do : >$d/$f; done; done"):format(tree)))
  for i = 1, 5 do
    local told = of_script(dir, "sustained", SUSTAINED, dir)
    sustained[i], grown[i], whole[i] = told[1], told[2] / 1024, told[3] / 1024
    watcher[i] = of_script(dir, "watched", WATCHED, fs.realpath(tree))[1] / 1024
  end
  sheet:add({ name = "memory_usage/sustained_load: 1,000 templates rendered, parsed, checked",
    unit = "ms", samples = sustained, note = "665 ms in the program called clnrm before" })
  sheet:add({ name = "memory_usage/sustained_load: what they leave in memory", unit = "MB",
    samples = grown, published = 50, note = "the template cache" })
  sheet:add({ name = "memory_usage/sustained_load: the whole process", unit = "MB",
    samples = whole })
  sheet:add({ name = "memory_usage/watcher: 10,000 files in 100 folders", unit = "MB",
    samples = watcher, published = 10 })
end

---@param sheet bench.budgets.Sheet
return function(sheet)
  local dir = fs.realpath(compare.directory("budgets-parts"))
  rendering(sheet)
  parsing(sheet, dir)
  files(sheet, dir)
  memory(sheet, dir)
end
