--- Suites that are found again by what they were read from.
local cache = require("engine.model.cache")
local model = require("engine.model")

local TEXT = '[meta]\nname = "a"\n[[steps]]\nname = "s"\ncommand = ["true"]\n'
local TEMPLATE = '[meta]\nname = "{{ 1 + 1 }}"\n[[steps]]\nname = "s"\ncommand = ["true"]\n'

describe("engine.model.cache", function()
  before_each(cache.clear)

  local function read(text, fields)
    local opts = { suites = cache, caches = false, project_dir = "/p" }
    for name, value in pairs(fields or {}) do
      opts[name] = value
    end
    return assert(model.parse(text, "/p/a.clnrm.toml", opts))
  end

  local function hits(...)
    local before = cache.stats().hits
    read(...)
    return cache.stats().hits - before
  end

  it("finds a suite again by its text, of a template by the rendered one", function()
    assert.equal(read(TEXT), read(TEXT))
    read(TEMPLATE)
    assert.equal(1, hits(TEMPLATE))
  end)

  it("reads again what is other: the text, the source, what else decides", function()
    read(TEXT)
    assert.equal(0, hits(TEXT .. "\n"))
    read(TEMPLATE)
    assert.equal(0, hits("{# moved #}" .. TEMPLATE))
    assert.equal(0, hits(TEXT, { project_dir = "/q" }))
    assert.equal(0, hits(TEXT, { strict = true }))
    assert.equal(0, hits(TEXT, { run_modules = true }))
    assert.equal(0, hits(TEXT, { allow = { privileged = true } }))
    assert.equal(0, hits(TEXT, { determinism = { seed = 7 } }))
  end)

  it("keeps nothing that hangs on more than its text, or has warnings", function()
    for _, more in ipairs({
      '[service.db]\nplugin = "redis"\n', '[secrets]\nA = "B"\n',
      '[hooks]\nbefore_each = ["true"]\n', '[watch]\nunknown = 1\n',
    }) do
      local suite = model.parse(more .. TEXT, "/p/a.clnrm.toml",
        { suites = cache, project_dir = "/p" })
      assert.is_truthy(suite, more)
      assert.equal(0, cache.stats().count, more)
    end
  end)

  it("keeps all suites of a project of hundreds of tests", function()
    local function round()
      local before = cache.stats()
      for i = 1, 300 do
        assert(model.parse(TEXT, ("/p/%d.clnrm.toml"):format(i),
          { suites = cache, caches = false, project_dir = "/p" }))
      end
      local after = cache.stats()
      return { after.hits - before.hits, after.misses - before.misses }
    end
    round()
    assert.same({ 300, 0 }, round())
  end)

  it("keeps one suite of each file, and counts what it takes", function()
    read(TEXT)
    local before = cache.stats()
    for i = 1, 20 do
      read(TEXT .. "# " .. 10 + i .. "\n")
    end
    local after = cache.stats()
    assert.equal(1, after.count)
    assert.same({ 0, 20 }, { after.hits - before.hits, after.misses - before.misses })
    assert.is_true(after.bytes > 20 * #TEXT and after.bytes < before.bytes + 500, after.bytes)
  end)
end)
