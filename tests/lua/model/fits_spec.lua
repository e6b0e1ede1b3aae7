local docs = dofile(os.getenv("CLNRM_ROOT") .. "/tests/lua/model/fits_documents.lua")
local fits = require("engine.model.fits")
local fs = require("core.fs")
local model = require("engine.model")

local ROOT = os.getenv("CLNRM_ROOT")
local COUNT = 3000
local PATH = "/nowhere/x.clnrm.toml"
local BACKENDS = { false, "auto", "docker", "sandbox" }

--- What the checker tells of a text, in one line; nil: nothing.
local function told(text, path, seed)
  local suite, list = model.parse(text, path or PATH, {
    strict = true, backend = seed and BACKENDS[seed % 4 + 1] or nil,
    as_run = seed ~= nil and seed % 8 > 3,
  })
  local d = list[1]
  return d and d.code .. " " .. d.message or not suite and "no suite" or nil
end

local MINIMAL = '[meta]\nname = "a"\n[[steps]]\nname = "b"\ncommand = ["ls"]\n'

describe("a test file that fits", function()
  it("has no finding, whatever it is made of", function()
    local fit, clean = 0, 0
    for seed = 1, COUNT do
      local text = docs.document(seed)
      local facts, why = fits.text(text), told(text, nil, seed)
      assert(not (facts and why), ("%d: %s\n%s"):format(seed, why, text))
      fit, clean = fit + (facts and 1 or 0), clean + (why and 0 or 1)
    end
    assert(fit > COUNT / 4, fit) -- else nothing was compared
    assert(fit > clean * 0.8, ("%d of %d"):format(fit, clean)) -- and most of what is right fits
  end)

  it("has none of the faults that chance seldom finds", function()
    local list = docs.wrong()
    for i, text in ipairs(list) do
      assert(told(text), text) -- as engine.model says
      assert.is_nil(fits.text(text), ("%d: %s"):format(i, text:sub(1, 300)))
    end
    assert(#list > 100)
  end)

  it("has no finding, in this source tree", function()
    local fit = 0
    local find = "cd '%s' && find examples tests/fixtures -type f -name '*.toml'"
    local pipe = assert(io.popen(find:format(ROOT)))
    for name in pipe:lines() do
      local path = ROOT .. "/" .. name
      local text = assert(fs.read(path))
      local facts = fits.text(text)
      fit = fit + (facts and 1 or 0)
      assert.is_nil(facts and told(text, path), name)
    end
    pipe:close()
    assert(fit >= 30, fit)
  end)

  it("says which keys and what else it has", function()
    assert.same({ ["file.meta"] = true, ["file.steps"] = true, ["meta.name"] = true,
      ["step.name"] = true, ["step.command"] = true }, fits.text(MINIMAL))
    for more, mark in pairs({
      ["retry_on_failure = 1"] = "alias",
      ['command = ["ls -l"]'] = "blank command",
      ["expect.stdout.matches = 'a*'"] = "empty expression",
      ["expect.stdout.matches = 'é?'"] = "empty expression",
      ['env = { A = "\\u0061" }'] = "hidden",
      ['timeout = "5s"'] = "step.timeout",
      ['[services.db]\ncommand = ["x"]'] = "unnamed service",
      ['[[scenario]]\nname = " x"\nrun = "ls"'] = "padded name",
      ['[[scenario]]\nname = "x"\nrun = "ls"\ntags = ["a", "a"]'] = "repeated tag",
    }) do
      local text = MINIMAL .. more .. "\n"
      if more:find("^command") then
        text = MINIMAL:gsub('command = %["ls"%]', more)
      end
      local facts = assert.is_table(fits.text(text), more) and fits.text(text)
      assert.is_true(facts[mark], more)
      assert.is_nil(fits.text(MINIMAL)[mark], mark)
    end
    assert.is_nil(fits.text(MINIMAL .. "expect.stdout.matches = 'aé?'\n")["empty expression"])
    assert.is_nil(fits.text(MINIMAL .. 'service = "db"\n[services.db]\ncommand = "x"\n')
      ["unnamed service"])
  end)

  it("may have tables for tags only when it came out of a template", function()
    local text = MINIMAL .. 'stdin = "{{ x }}"\n[vars]\nx = 2020-01-01\n[matrix]\ny = [1]\n'
    assert.is_nil(fits.text(text))
    assert.is_table(fits.text(text, true))
    assert.is_nil(fits.text(MINIMAL .. "[vars]\nx = 1\n"))
    assert.is_nil(fits.text(MINIMAL .. "[matrix]\nx = []\n", true))
    assert.is_nil(fits.text(MINIMAL .. "[matrix]\nx = 1\n", true))
    assert.is_nil(fits.text(MINIMAL .. "[vars]\n" .. ("x"):rep(1001) .. " = 1\n", true))
  end)

  it("is not known where the checker was replaced", function()
    local loader = require("engine.loader")
    local build = require("engine.model.build")
    local dirs = loader.overrides()
    loader.set_overrides({ { dir = "/nowhere", kind = "project" } })
    local replaced = fits.text(MINIMAL)
    loader.set_overrides({ { dir = "/nowhere", kind = "user" } })
    local of_user = fits.text(MINIMAL)
    loader.set_overrides(dirs)
    assert.is_nil(replaced)
    assert.is_table(of_user) -- which cannot change a verdict
    for _, name in ipairs({ "engine.model", "engine.model.build", "engine.model.references" }) do
      local module = require(name)
      local field = ({ ["engine.model"] = "parse", ["engine.model.build"] = "suite" })[name]
        or "check"
      local own = module[field]
      module[field] = function(...)
        return own(...)
      end
      local facts = fits.text(MINIMAL)
      module[field] = own
      assert.is_nil(facts, name)
    end
    assert.is_table(fits.text(MINIMAL))
    assert.equal(build.suite, build.own_suite)
  end)
end)
