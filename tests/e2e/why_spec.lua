--- clnrm why: which tests a path touches, and what a test file hangs on.
local json = require("core.json")
local support = dofile("tests/e2e/support.lua")

describe("clnrm why", function()
  local dir

  before_each(function()
    dir = support.tempdir()
    support.write(dir .. "/m.tera", '{% macro s() %}command = ["true"]{% endmacro s %}')
    support.write(dir .. "/lib/words.lua", 'return require("lib.more")\n')
    support.write(dir .. "/lib/more.lua", 'error("nobody may run this")\n')
    support.write(dir .. "/a.clnrm.toml", '{% import "m.tera" as m %}\n[meta]\nname = "a"\n'
      .. '[room]\nproject = "none"\ninherit_env = ["LANG"]\n'
      .. '[[steps]]\nname = "{{ get_env(name="WHO", default="x") }}"\n{{ m::s() }}\n')
    support.write(dir .. "/b.clnrm.lua", 'local clnrm = require("clnrm")\n'
      .. 'local words = require("lib.words")\nclnrm.test("b", function() end)\n')
  end)

  after_each(function()
    support.remove(dir)
  end)

  local function why(...)
    return support.run({ "why", ... }, { cwd = dir })
  end

  it("names the tests that a file touches, and the closest reason", function()
    local got = why("m.tera")
    assert.equal("", got.err)
    assert.equal("m.tera touches 2 of 2 test files:\n"
      .. "  a.clnrm.toml: it includes, extends or imports it\n"
      .. "  b.clnrm.lua: its room or code can read the project\n", got.out)
    assert.equal(0, got.code)
  end)

  it("finds modules without running them, and those that they require", function()
    assert.matches("b.clnrm.lua: it requires it", why("lib/more.lua").out, 1, true)
  end)

  it("answers for a file that a run needs a permission for", function()
    support.write(dir .. "/h.clnrm.toml", '[meta]\nname = "h"\n[room]\nproject = "none"\n'
      .. '[hooks]\nbefore_all = { command = "true", on = "host" }\n'
      .. '[watch]\npaths = ["in.txt"]\n[[steps]]\nname = "s"\ncommand = ["true"]\n')
    support.write(dir .. "/v.clnrm.toml", '[meta]\nname = "v"\n[room]\nproject = "none"\n'
      .. '[services.db]\nplugin = "generic"\nargs = ["sleep", "1"]\nimage = "x"\n'
      .. 'privileged = true\nvolumes = [{ host_path = "/usr/share", container_path = "/x" }]\n'
      .. '[[steps]]\nname = "s"\ncommand = ["true"]\n')
    local got = why("in.txt", "h.clnrm.toml")
    assert.equal("", got.err)
    assert.matches("in.txt touches 1 of 1 test file:\n", got.out, 1, true)
    assert.equal(0, got.code)
    got = why("/usr/share/x", "v.clnrm.toml")
    assert.equal("", got.err)
    assert.equal(0, got.code)
  end)

  it("answers for a file that is not there, and says no when nothing is touched", function()
    local got = why("gone.txt", "a.clnrm.toml")
    assert.equal("gone.txt touches 0 of 1 test file\n", got.out)
    assert.equal(1, got.code)
  end)

  it("lists what a test file hangs on", function()
    local got = why("a.clnrm.toml", "a.clnrm.toml")
    assert.equal("a.clnrm.toml touches 1 of 1 test file:\n"
      .. "  a.clnrm.toml: the test file itself\n"
      .. "a.clnrm.toml hangs on:\n"
      .. "  template  m.tera\n"
      .. "  env       LANG\n"
      .. "  env       WHO\n"
      .. "  project   clnrm.toml\n", got.out)
  end)

  it("tells machines the same", function()
    local told = json.decode(why("a.clnrm.toml", "a.clnrm.toml", "--json").out)
    assert.same({ "clnrm.why/1", dir .. "/a.clnrm.toml", 1 },
      { told.schema, told.path, told.files })
    assert.equal("itself", told.touches[1].kind)
    assert.same({ kind = "template", path = dir .. "/m.tera" }, told.uses[1])
  end)

  it("answers 2 when a test file cannot be read, and wants something to answer about", function()
    support.write(dir .. "/c.clnrm.toml", "[meta\n")
    assert.equal(2, why("m.tera").code)
    assert.matches("why wants a file", why().err)
  end)
end)
