--- Locks and groups, as a user writes them: what must not overlap does not.
local json = require("core.json")
local support = dofile((os.getenv("CLNRM_ROOT") or ".") .. "/tests/e2e/support.lua")

describe("locks and groups", function()
  local dir

  before_each(function()
    dir = support.tempdir()
    support.write(dir .. "/clnrm.toml", "")
  end)

  after_each(function()
    support.remove(dir)
  end)

  --- Runs; returns how many scenarios overlapped at most, of those whose name matches.
  local function overlap(pattern, ...)
    local got = support.run({ "run", "-j6", "-f", "events", ... }, { cwd = dir })
    local now, most = 0, 0
    for line in got.out:gmatch("[^\n]+") do
      local e = assert(json.decode(line))
      local is_one = e.name and e.id and e.name:find(pattern)
      if e.event == "scenario_begin" and is_one then
        now = now + 1
        most = math.max(most, now)
      elseif e.event == "scenario_end" and is_one then
        now = now - 1
      end
    end
    return most, got
  end

  local function file_of(head, count, own)
    local lines = { head }
    for i = 1, count do
      lines[#lines + 1] = ('[[scenario]]\nname = "s%d"\nrun = ["sleep", "0.1"]\n%s'):format(i,
        own or "")
    end
    return table.concat(lines, "\n") .. "\n"
  end

  it("of a file and of a scenario hold, also between files of both kinds", function()
    support.write(dir .. "/a.clnrm.toml", file_of('[meta]\nname = "a"\nlocks = ["db"]', 3))
    support.write(dir .. "/b.clnrm.toml", file_of('[meta]\nname = "b"', 2, 'locks = "db"'))
    support.write(dir .. "/c.clnrm.lua", [==[
      local clnrm = require("clnrm")
      for i = 1, 2 do
        clnrm.test("s1" .. i, { locks = { "db" } }, function(t)
          t.room:exec({ "sleep", "0.1" }, { check = true })
        end)
      end
    ]==])
    local most, got = overlap("^s")
    assert.same({ 1, 0 }, { most, got.code }, got.out)
    support.write(dir .. "/a.clnrm.toml", file_of('[meta]\nname = "a"', 3))
    assert.is_true(overlap("^s") > 1)
  end)

  it("that are shared let those overlap who share them", function()
    support.write(dir .. "/a.clnrm.toml", file_of('[meta]\nname = "a"', 4,
      'locks = [{ name = "db", shared = true }]'))
    assert.is_true(overlap("^s") > 1)
  end)

  it("of a group let so many run as clnrm.toml says", function()
    support.write(dir .. "/a.clnrm.toml", file_of('[meta]\nname = "a"\ngroup = "web"', 6))
    support.write(dir .. "/clnrm.toml", "[groups.web]\nmax = 2\n")
    assert.equal(2, (overlap("^s")))
    support.write(dir .. "/clnrm.toml", "[groups.wev]\nmax = 2\n")
    local got = support.run({ "run" }, { cwd = dir })
    assert.equal(2, got.code)
    assert.matches("P113.*there is no group 'web' in clnrm.toml", got.err)
    assert.matches("did you mean 'wev'", got.err)
    assert.matches("groups.wev.max +2", support.run({ "config" }, { cwd = dir }).out)
  end)

  it("whose name is misspelt are errors where the project lists its locks", function()
    support.write(dir .. "/a.clnrm.toml", file_of('[meta]\nname = "a"\nlocks = ["bd"]', 1))
    assert.equal(0, support.run({ "run" }, { cwd = dir }).code)
    support.write(dir .. "/clnrm.toml", "[locks.db]\n")
    local got = support.run({ "run" }, { cwd = dir })
    assert.equal(2, got.code)
    assert.matches("a.clnrm.toml:3:10", got.err)
    assert.matches("there is no lock 'bd' in clnrm.toml", got.err)
  end)

  it("that clnrm.toml does not have are told by validate and list as by run", function()
    support.write(dir .. "/a.clnrm.toml", file_of('[meta]\nname = "a"\ngroup = "wbe"', 1))
    support.write(dir .. "/b.clnrm.toml", file_of('[meta]\nname = "b"', 1))
    support.write(dir .. "/clnrm.toml", "[groups.web]\nmax = 2\n")
    for _, command in ipairs({ "run", "validate", "list" }) do
      local got = support.run({ command }, { cwd = dir })
      assert.equal(2, got.code, command)
      assert.matches("P113.*there is no group 'wbe' in clnrm.toml.*a.clnrm.toml:3:9", got.err)
    end
    local function told(command)
      return assert(json.decode(support.run({ command, "--format", "json" }, { cwd = dir }).out))
    end
    local got = told("validate")
    assert.same({ false, "P113" }, { got.valid, got.diagnostics[1].code })
    got = told("list")
    assert.same({ "b.clnrm.toml", "a.clnrm.toml" }, { got.scenarios[1].file, got.files[1].file })
    support.write(dir .. "/clnrm.toml", "[groups.wbe]\nmax = 2\n")
    assert.equal(0, support.run({ "validate" }, { cwd = dir }).code)
  end)

  it("that are wrong are told", function()
    for value, why in pairs({
      ["7"] = "P102", ['[{ shared = true }]'] = "`name` is missing", ['["a", "a"]'] = "named twice",
      ['[{ name = "a", sharde = true }]'] = "did you mean `shared`",
    }) do
      support.write(dir .. "/a.clnrm.toml", file_of('[meta]\nname = "a"\nlocks = ' .. value, 1))
      local got = support.run({ "validate" }, { cwd = dir })
      assert.equal(2, got.code, value)
      assert.is_truthy((got.err .. got.out):find(why, 1, true), got.err .. got.out)
    end
    support.write(dir .. "/a.clnrm.toml", file_of('[meta]\nname = "a"', 1))
    support.write(dir .. "/b.clnrm.lua", [==[
      require("clnrm").test("x", { locks = { { nam = "db" } } }, function() end)
    ]==])
    local got = support.run({ "run" }, { cwd = dir })
    assert.equal(2, got.code)
    assert.matches("locks must be a name, or a list", got.out .. got.err)
  end)

  it("of the machine hold between programs", function()
    -- The task leaves a mark where all rooms see it, and fails where another's is.
    support.write(dir .. "/clnrm.toml", '[locks.db]\nscope = "machine"\n')
    support.write(dir .. "/out/.keep", "")
    support.write(dir .. "/marks/.keep", "")
    local lines = { [==[
      [meta]
      name = "a"
      locks = ["db"]
      [services.mark]
      kind = "task"
      command = "mkdir /marks/held && sleep 0.05 && rmdir /marks/held"
      volumes = ["./marks:/marks"]
    ]==] }
    for i = 1, 4 do
      lines[#lines + 1] = ('[[scenario]]\nname = "s%d"\nservice = "mark"\nrun = ["true"]'):format(i)
    end
    support.write(dir .. "/a.clnrm.toml", table.concat(lines, "\n") .. "\n")
    local got = support.sh([==[
      for n in 1 2 3; do
        clnrm run -j4 > out/$n 2>&1 &
      done
      wait
      cat out/*
    ]==], { cwd = dir, env = { XDG_RUNTIME_DIR = dir } })
    assert.equal(3, select(2, got.out:gsub("4 run: 4 passed", "")), got.out)
    local modes = support.sh("stat -c '%a %F' clnrm/locks clnrm/locks/*", { cwd = dir }).out
    assert.matches("^700 directory\n600 regular", modes)
  end)
end)
