--- The macros that come with the program, in files that are run.
local support = dofile("tests/e2e/support.lua")

describe("_macros.toml.tera", function()
  local dir

  before_each(function()
    dir = support.tempdir()
  end)

  after_each(function()
    support.remove(dir)
  end)

  local function run(body)
    support.write(dir .. "/a.clnrm.toml",
      '{% import "_macros.toml.tera" as m %}\n[meta]\nname = "it"\n' .. body)
    local env = { HOME = dir .. "/h", XDG_STATE_HOME = dir }
    return support.run({ "run" }, { cwd = dir, env = env })
  end

  it("writes services and scenarios that run", function()
    local got = run([==[
{{ m::service(id="beside", image="host", env=["WORD=up"]) }}
command = "sleep 60"
{{ m::scenario(name="in a service", service="beside", run='test "$WORD" = up') }}
{% for n in range(end=2) %}
{{ m::scenario(name="number " ~ n, run=["test", "1", "-gt", "0"]) }}
{% endfor %}
]==])
    assert.equal(0, got.code, got.out)
    assert.matches("3 passed", got.out, 1, true)
  end)

  it("never makes a pass of an expectation that is not enforced yet", function()
    local got = run('[[steps]]\nname = "a"\ncommand = "true"\n{{ m::span(name="x") }}\n')
    assert.equal(2, got.code)
    assert.matches("P120", got.out, 1, true)
  end)

  it("tells where a macro was called with too little", function()
    local got = run('{{ m::scenario(run="true") }}\n')
    assert.equal(2, got.code)
    assert.matches("a.clnrm.toml:4", got.out, 1, true)
    assert.matches("name", got.out, 1, true)
  end)
end)
