--- Where -o FILE of render and graph writes: what is read is never replaced, and what is no regular
--- file is written to.
local support = require("tests.e2e.support")

local FILE = '{% import "_m.toml.tera" as m %}meta.name = "{{ n }}"\n[vars]\nn = "x"\n'
  .. '[[steps]]\nname = "s"\ncommand = ["true"]\n'
local TEXT = 'meta.name = "x"\n[vars]\nn = "x"\n[[steps]]\nname = "s"\ncommand = ["true"]\n'

describe("the file of -o", function()
  local dir

  before_each(function()
    dir = support.tempdir()
    support.write(dir .. "/a.clnrm.toml", FILE)
    support.write(dir .. "/b.clnrm.toml", FILE)
    support.write(dir .. "/_m.toml.tera", "{% macro a() %}{% endmacro %}")
    support.write(dir .. "/v.toml", "n = 'x'\n")
    support.write(dir .. "/clnrm.toml", "")
  end)

  after_each(function()
    support.remove(dir)
  end)

  local function sh(command)
    return support.sh(command, { cwd = dir, env = { XDG_STATE_HOME = dir .. "/state",
      XDG_CACHE_HOME = dir .. "/cache" } })
  end

  it("is none that the command reads", function()
    sh("ln -s a.clnrm.toml link; ln a.clnrm.toml hard; mkdir d")
    for _ = 1, 2 do -- the second time templates come from the cache
      for _, target in ipairs({ "a.clnrm.toml", "./d/../a.clnrm.toml", "link", "hard", "v.toml",
        "_m.toml.tera", "clnrm.toml" }) do
        for _, command in ipairs({ "render", "graph -f dot" }) do
          local before = support.read(dir .. "/" .. target)
          local got = sh(("clnrm %s a.clnrm.toml --vars v.toml -o %s"):format(command, target))
          assert.same({ 2, "" }, { got.code, got.out }, command .. target)
          assert.matches(("error: -o %s would replace what "):format(target), got.err, 1, true)
          assert.equal(before, support.read(dir .. "/" .. target))
        end
      end
    end
    assert.equal(2, sh("clnrm graph a.clnrm.toml -f dot -o b.clnrm.toml").code)
    assert.equal(FILE, support.read(dir .. "/b.clnrm.toml"))
    assert.equal(0, sh("clnrm render a.clnrm.toml -o b.clnrm.toml").code)
    assert.equal(TEXT, support.read(dir .. "/b.clnrm.toml"))
  end)

  it("is the standard output without an end to what else goes there", function()
    for _, command in ipairs({ "render", "graph -f dot" }) do
      local text = sh(("clnrm %s a.clnrm.toml"):format(command)).out
      for _, name in ipairs({ "/dev/stdout", "all" }) do
        sh(("(echo before; clnrm %s a.clnrm.toml -o %s; echo after) > all"):format(command, name))
        assert.equal("before\n" .. text .. "after\n", support.read(dir .. "/all"))
      end
      sh(("(echo before; clnrm %s a.clnrm.toml -o /dev/stderr; echo after >&2) 2>all >&2"):format(
        command))
      assert.equal("before\n" .. text .. "after\n", support.read(dir .. "/all"))
      local got = sh(("clnrm %s a.clnrm.toml -o /dev/stdout | cat"):format(command))
      assert.same({ text, "" }, { got.out, got.err })
    end
  end)

  it("may be a pipe or a device, and stays one", function()
    assert.equal("error: . cannot be written: it is a folder\n",
      sh("clnrm render a.clnrm.toml -o .").err)
    assert.matches("^error: no/x cannot be written: [^/]+$",
      sh("clnrm graph a.clnrm.toml -o no/x").err)
    for _, command in ipairs({ "render", "graph -f dot" }) do
      local text = sh(("clnrm %s a.clnrm.toml"):format(command)).out
      sh(("rm -f p; mkfifo p; cat p > got & clnrm %s a.clnrm.toml -o p; wait"):format(command))
      assert.equal(text, support.read(dir .. "/got"))
      assert.equal(0, sh("test -p p").code)
      assert.equal(0, sh(("clnrm %s a.clnrm.toml -o /dev/null"):format(command)).code)
      assert.equal(0, sh("test -c /dev/null").code)
      local got = sh(("clnrm %s a.clnrm.toml -o /dev/full"):format(command))
      assert.equal(6, got.code)
      assert.matches("error: /dev/full cannot be written: [Nn]o space left on device", got.err)
    end
  end)
end)
