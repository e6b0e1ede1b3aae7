--- Of every field of a Suite it is known whether plans read it.
local model = require("engine.model")
local outline = require("engine.outline.suite")
local support = require("tests.e2e.support")

local ROOT = require("core.fs").realpath(os.getenv("CLNRM_ROOT") or ".")

local function read(text)
  local suite, list, suites = model.parse(text, ROOT .. "/a.clnrm.toml", { project_dir = ROOT,
    backend = "auto", as_run = true, allow = { ["added-capabilities"] = true } })
  assert(suite, list[1] and list[1].message)
  return suites or { suite }
end

local HEAD = '[meta]\nname = "a"\n'
local STEP = '[[steps]]\nname = "s"\ncommand = ["ls"]\n'

--- The outlines of suites, or nil.
local function outlines_of(suites)
  local code = outline.write(suites)
  return code and assert(load("return " .. code, "=outlines", "t", {}))()
end

--- Files of the examples and fixtures that have no finding and may be kept.
local function corpus()
  local list, found = {}, support.sh(("find '%s/examples' '%s/tests/fixtures/compat' "):format(ROOT,
    ROOT) .. "-name '*.clnrm.toml' -o -name '*.toml.tera' | sort").out
  for path in found:gmatch("[^\n]+") do
    local suite, diagnostics, _, suites = model.load(path, { as_run = true, backend = "auto" })
    suites = suite and not diagnostics[1] and (suites or { suite })
    list[#list + 1] = suites and outlines_of(suites) and { path = path, suites = suites }
  end
  return list
end

--- Everything that plans compute of some suites.
local function plan_of(suites)
  local plan = assert(require("engine.plan").make(suites, {
    filter = "a or tag:x or not zz", order = "slowest-first", durations =
      require("engine.plan.timings").of({}), shard = { index = 1, count = 1 },
  }))
  local secrets = require("engine.plan.secrets")
  secrets.note_names(suites)
  local masks = secrets.of(plan.scenarios)
  local rooms = require("engine.plan.rooms").assign(plan.scenarios, "auto")
  local resources = require("engine.plan.resources").resolve(suites, {})
  local times = require("engine.plan.timings").of({ [plan.scenarios[1].id] = 5 })
  return require("engine.plan.document").of(plan, {
    rooms = rooms, masks = masks, resources = resources, timings = times, runs = 1,
    estimate = require("engine.plan.estimate").of(plan.scenarios, { timings = times, slots = 2,
      resources = resources }),
  })
end

--- Makes tables tell which fields were asked for that an outline does not have and a Suite has.
local function watch(value, whole, told, seen)
  if type(value) ~= "table" or type(whole) ~= "table" or seen[value] then
    return
  end
  seen[value] = true
  for key, item in pairs(value) do
    watch(item, whole[key], told, seen)
  end
  if getmetatable(value) == nil then
    setmetatable(value, { __index = function(_, key)
      local missed = whole[key]
      if missed ~= nil and (type(missed) ~= "table" or next(missed) ~= nil) then
        told[tostring(key)] = true
      end
    end })
  end
end

describe("engine.outline.suite", function()
  it("gives the same plan, and nothing is read of a Suite that an outline has not", function()
    local files = corpus()
    assert.is_true(#files > 15, #files)
    for _, file in ipairs(files) do
      local expected = plan_of(file.suites)
      local told, kept = {}, outlines_of(file.suites)
      for i, one in ipairs(kept) do
        local whole = file.suites[i]
        kept[i] = outline.restore(one, { file = whole.file, path = whole.path, text = whole.text,
          project_dir = whole.project_dir, given = whole.given })
        watch(kept[i], whole, told, {})
      end
      assert.same(expected, plan_of(kept), file.path)
      assert.same({}, told, file.path)
    end
  end)

  it("does not keep what more than the text has a say in", function()
    assert.is_table(outlines_of(read(HEAD .. STEP)))
    for _, more in ipairs({
      '[hooks]\nbefore_each = "examples/hooks/hooks/inbox.lua"\n',
      '[secrets]\nA = "B"\n',
      '[report]\njunit = "a.xml"\n',
      '[services.a]\nplugin = "redis"\n',
      '[services.a]\ncommand = ["a"]\nfiles = [{ path = "/a", content = "x" }]\n',
      '[services.a]\nimage = "redis:7"\ncap_add = ["SYS_TIME"]\n',
      '[[scenario]]\nname = "b"\nrun = ["ls"]\npolicy = { security_level = "low" }\n',
    }) do
      assert.is_nil(outlines_of(read(HEAD .. STEP .. more)), more)
    end
  end)

  it("does not keep what has a field that nobody has thought about", function()
    for _, path in ipairs({ {}, { "scenarios", 1 }, { "scenarios", 1, "steps", 1 }, { "room" },
      { "services", 1 } }) do
      local suites = read(HEAD .. '[services.a]\ncommand = ["a"]\n' .. STEP)
      assert.is_table(outlines_of(suites))
      local at = suites[1]
      for _, key in ipairs(path) do
        at = at[key]
      end
      at.something_new = true
      assert.is_nil(outlines_of(suites), table.concat(path, "."))
    end
  end)

  it("is told what was looked at and asked for, and whether the time was told", function()
    local function trail_of(text)
      local trail = {}
      local suite, list = model.parse(HEAD .. text .. STEP, ROOT .. "/a.clnrm.toml", {
        project_dir = ROOT, trail = trail, caches = false,
      })
      assert(suite, list[1] and list[1].message)
      return trail
    end
    assert.is_false(trail_of("").looks)
    assert.same({ looks = false, asked = {} }, trail_of("description = '{{ svc }}'\n"))
    assert.is_true(trail_of("[services.a]\ncommand = ['a']\n"
      .. "volumes = ['./docs:/srv/d:ro']\n").looks)
    assert.is_true(trail_of("[services.a]\nplugin = 'redis'\n").looks)
    assert.is_true(trail_of("description = '{{ now_unix() }}'\n").clock)
    assert.is_false(trail_of("description = '{{ now_unix() }}'\n[determinism]\n"
      .. "freeze_clock = '2020-01-01T00:00:00Z'\n").clock)
    local asked = trail_of("{% include 'none.tera' ignore missing %}\n").asked
    assert.same({ { name = "none.tera" } }, asked)
  end)

  it("does not keep warnings, passwords and images of this machine", function()
    local function refused(change)
      local suites = read(HEAD .. '[services.a]\nimage = "redis:7"\n' .. STEP)
      change(suites[1], suites[1].services[1])
      assert.is_nil(outlines_of(suites))
    end
    refused(function(suite) suite.warnings = { {} } end)
    refused(function(_, service) service.secrets = { "hunter22" } end)
    refused(function(_, service) service.image = { kind = "rootfs", path = "/a" } end)
    refused(function(_, service) service.volumes = { {} } end)
    refused(function(suite) suite.drawn_seed = 7 end)
  end)
end)
