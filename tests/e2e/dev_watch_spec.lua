--- [watch] of a test file and of the settings: what touches tests in the developer loop.
local loops = dofile("tests/tools/loop.lua")
local support = dofile("tests/e2e/support.lua")
local task = require("core.task")

local APART = '[meta]\nname = "%s"\n[room]\nproject = "none"\n%s[[steps]]\nname = "s"\n'
  .. 'command = ["true"]\n'

describe("[watch]", function()
  local dir, loop, outside

  before_each(function()
    dir, outside = support.tempdir(), support.tempdir()
    support.write(dir .. "/a.clnrm.toml", APART:format("a", ""))
  end)

  after_each(function()
    loop = loops.remove(dir, loop)
    support.remove(outside)
  end)

  local function start(...)
    loop = loops.start(dir, ...)
    loop:cycle()
  end

  --- Saves, and returns what the cycle that comes of it says.
  local function affected_by(name, text)
    loop:save(name, text or "1")
    local begin = loop:cycle()
    local list = {}
    for i, one in ipairs(begin.affected) do
      list[i] = one.file .. " " .. one.kind
    end
    return list, begin
  end

  it("paths of a file touch its tests, wherever they lie", function()
    support.write(outside .. "/schema.sql", "0")
    assert(os.execute("mkdir " .. support.quote(dir .. "/lib")))
    support.write(dir .. "/b.clnrm.toml", APART:format("b",
      ('[watch]\npaths = ["lib", "%s/schema.sql"]\n'):format(outside)))
    start()
    assert.same({ "b.clnrm.toml watched" }, (affected_by("lib/x.txt")))
    support.write(outside .. "/schema.sql", "1")
    local begin = loop:cycle()
    assert.same({ "watched", outside .. "/schema.sql" },
      { begin.affected[1].kind, begin.affected[1].by })
  end)

  it("ignore of a file keeps saves from its tests, and never the file itself", function()
    local text = '[meta]\nname = "c"\n[watch]\nignore = ["*.log", "/out/", "c.clnrm.toml"]\n'
      .. '[[steps]]\nname = "s"\ncommand = ["true"]\n'
    assert(os.execute(("mkdir %s/out %s/sub"):format(dir, dir)))
    support.write(dir .. "/c.clnrm.toml", text)
    start()
    loop:save("sub/x.log", "1")
    assert.same({ dir .. "/sub/x.log" }, loop:await("unaffected").changed)
    loop:save("out/y.txt", "1")
    assert.same({ dir .. "/out/y.txt" }, loop:await("unaffected").changed)
    assert.same({ "c.clnrm.toml seen" }, (affected_by("sub/thing")))
    assert.same({ "c.clnrm.toml itself" }, (affected_by("c.clnrm.toml", text .. "\n")))
  end)

  it("debounce_ms of a file lets its tests wait for the next save", function()
    local text = '# %d\n' .. APART:format("d", "[watch]\ndebounce_ms = 2000\n")
    support.write(dir .. "/d.clnrm.toml", text:format(0))
    start()
    loop:save("d.clnrm.toml", text:format(1))
    task.sleep(300)
    loop:save("a.clnrm.toml", APART:format("a2", ""))
    local begin, ended = loop:cycle()
    assert.is_true(ended.stages.debounce >= 2000) -- asked for, and no work of clnrm
    assert.same({ dir .. "/a.clnrm.toml", dir .. "/d.clnrm.toml" }, begin.changed)
    assert.same({ a2 = "pass", d = "pass" }, loop:verdicts(begin))
  end)

  it("holds for all tests in the settings, which are read again", function()
    support.write(outside .. "/x", "0")
    support.write(dir .. "/clnrm.toml", ('[watch]\npaths = ["%s"]\nignore = "*.md"\n')
      :format(outside))
    support.write(dir .. "/e.clnrm.toml", '[meta]\nname = "e"\n[[steps]]\nname = "s"\n'
      .. 'command = ["true"]\n')
    start()
    loop:save("README.md", "1")
    support.write(outside .. "/x", "1")
    local begin = loop:cycle()
    assert.same({ outside .. "/x" }, begin.changed)
    assert.same({ "watched", "watched" }, { begin.affected[1].kind, begin.affected[2].kind })
    loop:save("clnrm.toml", '[watch]\nignore = ["*.txt"]\n')
    loop:cycle()
    assert.same({ "e.clnrm.toml seen" }, (affected_by("README.md", "2")))
  end)

  it("debounce_ms of the settings is read again", function()
    support.write(dir .. "/clnrm.toml", "[watch]\ndebounce_ms = 60\n")
    start()
    loop:save("clnrm.toml", "[watch]\ndebounce_ms = 1500\n")
    loop:cycle()
    loop:save("a.clnrm.toml", APART:format("a2", ""))
    local _, ended = loop:cycle()
    assert.is_true(ended.stages.debounce >= 1500)
  end)

  it("debounce_ms of the settings holds without the option", function()
    support.write(dir .. "/clnrm.toml", "[watch]\ndebounce_ms = 7\n")
    local function told(...)
      return support.run({ "run", "--watch", "--once", ... }, { cwd = dir }).err
    end
    assert.matches("a debounce of 7 ms: below 50", told(), 1, true)
    assert.matches("a debounce of 9 ms: below 50", told("--debounce-ms", "9"), 1, true)
    support.write(dir .. "/clnrm.toml", "[watch]\nignore = 1\n")
    assert.matches("`watch.ignore` wants a text, or a list of them, not 1", told(), 1, true)
  end)

  it("is told as wrong where it stands", function()
    support.write(dir .. "/w.clnrm.toml", APART:format("w", '[watch]\nignore = ["*.log", "# x"]\n'))
    local got = support.run({ "validate" }, { cwd = dir })
    assert.matches('error%[P103%]: "# x" is no pattern', got.out .. got.err)
    assert.matches("w.clnrm.toml:6:", got.out .. got.err, 1, true)
  end)
end)
