--- [determinism], --seed and --freeze: what steps, services and Lua tests see of them.
local support = dofile("tests/e2e/support.lua")

local FILE = [==[
[meta]
name = "seen"
[determinism]
seed = 42
freeze_clock = 2025-01-01T01:00:00+01:00
[services.beside]
command = 'echo "service $CLNRM_SEED $SOURCE_DATE_EPOCH."; sleep 60'
wait = { log = "service 42 1735689600\\.", timeout = "10s" }
[[steps]]
name = "a step"
service = "beside"
command = 'echo "$CLNRM_SEED $SOURCE_DATE_EPOCH"'
expect.stdout.equals = "42 1735689600\n"
[[scenario]]
name = "a room"
run = 'test "$CLNRM_SEED $SOURCE_DATE_EPOCH" = "42 1735689600"'
]==]

describe("[determinism]", function()
  local dir

  before_each(function()
    dir = support.tempdir()
  end)

  after_each(function()
    support.remove(dir)
  end)

  local function run(...)
    local env = { HOME = dir .. "/home", XDG_STATE_HOME = dir }
    return support.run({ ... }, { cwd = dir, env = env })
  end

  it("is seen by steps and services", function()
    support.write(dir .. "/a.clnrm.toml", FILE)
    local got = run("run")
    assert.equal(0, got.code, got.out)
  end)

  it("is not seen where nobody asked for it", function()
    support.write(dir .. "/a.clnrm.toml", [==[
[meta]
name = "plain"
[[steps]]
name = "a step"
command = 'echo "${CLNRM_SEED-none} ${SOURCE_DATE_EPOCH-none}"'
expect.stdout.equals = "none none\n"
]==])
    assert.equal(0, run("run").code)
  end)

  it("seeds and freezes the functions of templates, and gives way to the command line", function()
    support.write(dir .. "/a.clnrm.toml", [==[
[meta]
name = "drawn"
[determinism]
seed = 42
freeze_clock = "2025-01-01T00:00:00Z"
[[steps]]
name = "says"
command = ["echo", "{{ rand_hex(n=8) }} {{ now_rfc3339() }}"]
expect.stdout.equals = "never\n"
]==])
    local function drawn(...)
      return (run("run", ...).out:match("(%x%x%x%x%x%x%x%x 20%S+Z)"))
    end
    local first = drawn()
    assert.equal("c570ba1e 2025-01-01T00:00:00Z", first)
    assert.equal(first, drawn("--seed", "42"))
    assert.matches("2026-06-01T12:00:00Z", drawn("--freeze", "2026-06-01T14:00:00+02:00"), 1, true)
    assert.not_equal(first, drawn("--seed", "43"))
  end)

  it("tells the seed that a template has drawn, which repeats what it drew", function()
    support.write(dir .. "/a.clnrm.toml", [==[
[meta]
name = "drawn"
[[steps]]
name = "says"
command = ["echo", "{{ rand_hex(n=8) }}"]
expect.stdout.equals = "never\n"
]==])
    local function drawn(...)
      local out = run("run", ...).out
      return out:match("%+ (%x%x%x%x%x%x%x%x)\n"),
        out:match("rerun: clnrm run a.clnrm.toml (%-%-seed %d+)")
    end
    local first, option = drawn()
    assert.is_string(option)
    assert.equal(first, (drawn("--seed", option:match("%d+"))))
    assert.not_equal(first, (drawn()))
  end)

  it("gives way to the room's own variables, and to the command line", function()
    support.write(dir .. "/a.clnrm.toml", [==[
[meta]
name = "both"
[determinism]
seed = 1
freeze_clock = "2025-01-01T00:00:00Z"
[room]
env = { SOURCE_DATE_EPOCH = "5" }
[[steps]]
name = "a step"
command = 'echo "$CLNRM_SEED $SOURCE_DATE_EPOCH"'
expect.stdout.equals = "7 5\n"
]==])
    assert.equal(1, run("run").code)
    local got = run("run", "--seed", "7", "--freeze", "2026-01-01T00:00:00Z")
    assert.equal(0, got.code, got.out)
  end)

  it("refuses a time that is none, at its place", function()
    for value, why in pairs({
      ['"soon"'] = "is not a date and time with an offset",
      ["2025-01-01"] = "is not a date and time with an offset",
      ['"1969-12-31T23:59:59Z"'] = "is before 1970",
      ["true"] = "must be a date and time",
    }) do
      support.write(dir .. "/a.clnrm.toml", support.HELLO .. "[determinism]\nfreeze_clock = "
        .. value .. "\n")
      local got = run("run")
      assert.equal(2, got.code)
      assert.matches(why, got.err .. got.out, 1, true)
      assert.matches("a.clnrm.toml:8", got.err .. got.out, 1, true)
    end
    assert.matches("since 1970 with an offset", run("run", "--freeze", "soon").err)
  end)

  it("gives Lua tests their seed, and their rooms the variables", function()
    support.write(dir .. "/a.clnrm.lua", [==[
local clnrm = require("clnrm")
clnrm.test("seed", function(t)
  local seen = t.room:exec("echo $CLNRM_SEED $SOURCE_DATE_EPOCH").stdout
  error(("seed %d, %s"):format(t.seed, seen))
end)
]==])
    local function told(...)
      return run("run", ...).out:match("seed (%d+), ([%d ]*)")
    end
    local plain, nothing = told()
    local first, seen = told("--seed", "7", "--freeze", "2025-01-01T00:00:00Z")
    assert.equal("", nothing)
    assert.equal("7 1735689600", seen)
    assert.equal(first, (told("--seed", "7")))
    assert.not_equal(first, plain)
    assert.not_equal(first, (told("--seed", "8")))
  end)
end)
