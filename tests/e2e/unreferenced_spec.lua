--- Snapshots that no check refers to any more: told, deleted, or a failure.
local support = dofile("tests/e2e/support.lua")

describe("unreferenced snapshots", function()
  local dir

  local function run(...)
    return support.run({ ... }, { cwd = dir })
  end

  local function scenario(name)
    return ('[[scenario]]\nname = "%s"\n[[scenario.steps]]\nname = "s"\n'
      .. 'command = ["echo", "a"]\nexpect.stdout.snapshot = "out"\n'):format(name)
  end

  local function write(...)
    local text = '[meta]\nname = "t"\n'
    for _, name in ipairs({ ... }) do
      text = text .. scenario(name)
    end
    support.write(dir .. "/sub/t.clnrm.toml", text)
  end

  local function stored(name)
    return support.read(("%s/sub/snapshots/t.clnrm.toml/%s/out.snap"):format(dir, name)) ~= nil
  end

  local LUA = 'local clnrm = require("clnrm")\nclnrm.test("l", function(t)\n'
    .. '  clnrm.expect("x"):snapshot("%s")\n  clnrm.expect(1):equals(%d)\nend)\n'

  local GONE = "snapshots/t.clnrm.toml/gone/out.snap"

  before_each(function()
    dir = support.tempdir()
    support.write(dir .. "/clnrm.toml", "")
    write("kept", "gone")
    support.write(dir .. "/l.clnrm.lua", LUA:format("n", 1))
    run("run", "-q")
    run("snapshots", "accept")
    write("kept")
  end)
  after_each(function()
    support.remove(dir)
  end)

  it("are told, deleted, or fail the run, and no others", function()
    local got = run("run", "--unreferenced=warn")
    assert.equal(0, got.code, got.err)
    local warning = "warning: no check refers to the snapshot: sub/" .. GONE
    assert.is_truthy(got.err:find(warning, 1, true))
    assert.equal(1, select(2, got.err:gsub("%.snap", "")))
    got = run("run", "--unreferenced", "fail")
    assert.equal(1, got.code)
    assert.is_true(stored("gone"))
    got = run("run", "--unreferenced", "delete")
    assert.equal(0, got.code)
    assert.same({ false, true }, { stored("gone"), stored("kept") })
    assert.is_truthy(support.read(dir .. "/snapshots/l.clnrm.lua/l/n.snap"))
    assert.equal("", run("run", "--unreferenced=fail").err)
  end)

  it("are not deleted where CI is set, unless that is off, and nothing runs then", function()
    for _, command in ipairs({ "run", "snapshots list" }) do
      local got = support.sh("CI=true clnrm " .. command .. " --unreferenced=delete", { cwd = dir })
      assert.equal(2, got.code, command)
      assert.matches("is not done where CI is set", got.err)
      assert.equal("", got.out)
      assert.is_true(stored("gone"))
    end
    assert.equal(1, support.sh("CI=1 clnrm run --unreferenced=fail", { cwd = dir }).code)
    assert.equal(0, support.sh("CI=0 clnrm run --unreferenced=delete", { cwd = dir }).code)
    assert.is_false(stored("gone"))
  end)

  it("are not known of a part of the project, and nothing is deleted then", function()
    for _, argv in ipairs({ { "sub" }, { "-k", "kept" }, { "--only", "k*" },
      { "sub/t.clnrm.toml" } }) do
      local got = run("run", "--unreferenced=delete", table.unpack(argv))
      assert.matches("is not known: not", got.err, nil, nil, argv[1])
      assert.is_true(stored("gone"), argv[1])
      assert.equal(1, run("run", "--unreferenced=fail", table.unpack(argv)).code)
    end
    support.write(dir .. "/broken.clnrm.toml", "x")
    assert.matches("could not be read", run("run", "--unreferenced=delete").err)
    assert.is_true(stored("gone"))
  end)

  it("are not known when a Lua test did not pass", function()
    support.write(dir .. "/l.clnrm.lua", LUA:format("n", 2))
    local got = run("run", "--unreferenced=delete")
    assert.matches("is not known: the Lua test l.clnrm.lua", got.err)
    assert.is_true(stored("gone"))
  end)

  it("of Lua tests are those that no test has asked for", function()
    support.write(dir .. "/l.clnrm.lua", LUA:format("other", 1))
    run("run", "-q")
    run("snapshots", "accept")
    local got = run("run", "--unreferenced=delete")
    assert.equal(0, got.code, got.out .. got.err)
    assert.is_nil(support.read(dir .. "/snapshots/l.clnrm.lua/l/n.snap"))
    assert.is_truthy(support.read(dir .. "/snapshots/l.clnrm.lua/l/other.snap"))
  end)

  it("are listed without a run, those of Lua tests left alone", function()
    local got = run("snapshots", "list", "--unreferenced=warn")
    assert.equal(0, got.code)
    assert.equal(1, select(2, got.err:gsub("%.snap", "")), got.err)
    assert.equal(1, run("snapshots", "list", "--unreferenced=fail").code)
    assert.equal(2, run("snapshots", "accept", "--unreferenced=fail").code)
  end)

  it("are never files that are no snapshots", function()
    support.write(dir .. "/sub/snapshots/t.clnrm.toml/gone/mine.snap", "mine\n")
    run("run", "--unreferenced=delete")
    assert.equal("mine\n", support.read(dir .. "/sub/snapshots/t.clnrm.toml/gone/mine.snap"))
    assert.is_false(stored("gone"))
  end)
end)
