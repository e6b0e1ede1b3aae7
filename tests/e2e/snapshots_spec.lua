--- Snapshots as a user meets them: run, look, accept, commit.
local json = require("core.json")
local support = dofile("tests/e2e/support.lua")

local ONE = [==[
[meta]
name = "one"
[[steps]]
name = "say"
command = ["printf", 'TEXT']
expect.stdout.snapshot = "output"
]==]

local SNAP = "tests/snapshots/one.clnrm.toml/one/output.snap"

describe("a snapshot", function()
  local dir

  local function run(...)
    return support.run({ ... }, { cwd = dir })
  end

  local function write(text)
    support.write(dir .. "/tests/one.clnrm.toml", (ONE:gsub("TEXT", (text:gsub("%%", "%%%%")))))
  end

  local function stored(path)
    return support.read(dir .. "/" .. (path or SNAP))
  end

  local function code_of(result)
    return result.out:match("error%[(T%d+)%]")
  end

  before_each(function()
    dir = support.tempdir()
    support.write(dir .. "/clnrm.toml", "")
  end)
  after_each(function()
    support.remove(dir)
  end)

  it("that is not stored fails, is pending, and passes once it is accepted", function()
    write("hello\\n")
    local first = run("run")
    assert.same({ 1, "T802" }, { first.code, code_of(first) })
    assert.is_nil(stored())
    assert.matches("\n%-%-%-\nhello\n$", stored(SNAP .. ".new"))
    assert.equal("T802", code_of(run("run"))) -- and stays so
    local accepted = run("snapshots", "accept")
    assert.equal(0, accepted.code, accepted.err)
    assert.equal("clnrm snapshot 1\nfile: one.clnrm.toml\ntest: one\nname: output\nof: stdout\n"
      .. "---\nhello\n", stored())
    assert.is_nil(stored(SNAP .. ".new"))
    assert.equal(0, run("run").code)
  end)

  it("that differs fails with a diff, and the pending one goes when it is equal again", function()
    write("one\\ntwo words\\n")
    run("run")
    run("snapshots", "accept")
    local before = stored()
    write("one\\ntwo birds\\n")
    local got = run("run")
    assert.same({ 1, "T801" }, { got.code, code_of(got) })
    assert.matches("%- two words", got.out)
    assert.matches("%+ two birds", got.out)
    assert.equal(before, stored())
    assert.matches("two birds\n$", stored(SNAP .. ".new"))
    write("one\\ntwo words\\n")
    assert.equal(0, run("run").code)
    assert.is_nil(stored(SNAP .. ".new"))
  end)

  it("is not written where CI is set", function()
    write("hello\\n")
    local cases = { ["true"] = false, ["1"] = false, ["false"] = true, ["0"] = true }
    for value, writes in pairs(cases) do
      local got = support.run({ "run" }, { cwd = dir, env = { CI = value } })
      assert.same({ 1, "T802" }, { got.code, code_of(got) })
      assert.equal(writes, stored(SNAP .. ".new") ~= nil, value)
      os.remove(dir .. "/" .. SNAP .. ".new")
    end
  end)

  it("of output that was cut is an error, and nothing is pending", function()
    support.write(dir .. "/tests/one.clnrm.toml", (ONE:gsub('%["printf", \'TEXT\'%]',
      '"head -c 20000000 /dev/zero"')))
    local got = run("run")
    assert.same({ 2, "T402" }, { got.code, code_of(got) })
    assert.is_nil(stored(SNAP .. ".new"))
  end)

  it("of more than a snapshot holds is an error", function()
    support.write(dir .. "/tests/one.clnrm.toml", (ONE:gsub('%["printf", \'TEXT\'%]',
      '"head -c 1048577 /dev/zero"')))
    local got = run("run")
    assert.same({ 2, "T803" }, { got.code, code_of(got) })
    assert.is_nil(stored(SNAP .. ".new"))
  end)

  it("of a step that fails otherwise is not kept to be accepted", function()
    support.write(dir .. "/tests/one.clnrm.toml", (ONE:gsub('%["printf", \'TEXT\'%]',
      '"echo broken; exit 3"')))
    local got = run("run")
    assert.equal(1, got.code)
    assert.matches("T001", got.out)
    assert.is_nil(stored(SNAP .. ".new"))
  end)

  it("that is damaged or foreign is an error and stays as it is", function()
    write("hello\\n")
    support.write(dir .. "/" .. SNAP, "hello\n")
    local got = run("run")
    assert.same({ 2, "T803" }, { got.code, code_of(got) })
    assert.equal("hello\n", stored())
    local accepted = run("snapshots", "accept")
    assert.equal(2, accepted.code)
    assert.matches("no snapshot of clnrm", accepted.err)
    assert.equal("hello\n", stored())
  end)

  it("that lies behind a link is an error, and nothing is written through it", function()
    write("hello\\n")
    local outside = support.tempdir()
    support.write(dir .. "/tests/snapshots/keep", "")
    os.execute(("rm %s/tests/snapshots/keep; rmdir %s/tests/snapshots; ln -s %s %s/tests/snapshots")
      :format(dir, dir, outside, dir))
    local got = run("run")
    assert.is_true(got.code ~= 0)
    assert.is_nil(io.popen("ls -A " .. outside):read("a"):match("%S"))
    support.remove(outside)
  end)

  it("comes back exactly, whatever the bytes", function()
    support.write(dir .. "/tests/one.clnrm.toml", (ONE:gsub('%["printf", \'TEXT\'%]',
      [=["printf 'a\\r\\n\\000\\033[1m\\377\\\\x41'"]=])))
    run("run")
    assert.equal(0, run("snapshots", "accept").code)
    assert.matches("a\\r\n\\x00\\e%[1m\\xff\\\\x41\n$", stored())
    assert.equal(0, run("run").code)
    support.write(dir .. "/tests/one.clnrm.toml", (ONE:gsub('%["printf", \'TEXT\'%]',
      [=["printf 'a\\n\\000\\033[1m\\377\\\\x41'"]=])))
    assert.equal("T801", code_of(run("run")))
  end)

  it("is told as an event, with its state", function()
    write("hello\\n")
    local function statuses()
      local list = {}
      for line in run("run", "--format", "events").out:gmatch("[^\n]+") do
        local event = json.decode(line)
        if event.event == "snapshot" then
          list[#list + 1] = event
        end
      end
      return list
    end
    local got = statuses()
    assert.equal(1, #got)
    assert.same({ "missing", "output", SNAP, 1 },
      { got[1].status, got[1].name, got[1].path, got[1].step })
    run("snapshots", "accept")
    assert.equal("match", statuses()[1].status)
    write("other\\n")
    assert.equal("differs", statuses()[1].status)
  end)

  it("is whole when two programs write it at once", function()
    support.write(dir .. "/tests/one.clnrm.toml", (ONE:gsub('%["printf", \'TEXT\'%]',
      '"head -c 300000 /dev/urandom | base64"')))
    support.sh("for i in 1 2 3 4; do clnrm run -q >/dev/null & done; wait", { cwd = dir })
    assert.equal(0, run("snapshots", "accept").code)
    assert.matches("^clnrm snapshot 1\n", stored())
    assert.matches("0 pending", run("snapshots").out)
  end)
end)

describe("a snapshot of a Lua test", function()
  local dir

  local function run(...)
    return support.run({ ... }, { cwd = dir })
  end

  local function write(body)
    support.write(dir .. "/one.clnrm.lua", 'local clnrm = require("clnrm")\n'
      .. 'clnrm.test("one", function(t)\n' .. body .. "\nend)\n")
  end

  before_each(function()
    dir = support.tempdir()
  end)
  after_each(function()
    support.remove(dir)
  end)

  it("stores values in one form, and compares with it", function()
    write('clnrm.expect({ b = { 1, "x" }, a = true }):snapshot("state")')
    assert.matches("T802", run("run").out)
    run("snapshots", "accept")
    assert.matches("of: value\n%-%-%-\n{\n  a = true,\n  b = {\n    1,\n    \"x\",\n  },\n}\n$",
      support.read(dir .. "/snapshots/one.clnrm.lua/one/state.snap"))
    assert.equal(0, run("run").code)
    write('clnrm.expect({ b = { 1, "x" }, a = 1 }):snapshot("state")')
    local got = run("run")
    assert.equal(1, got.code)
    assert.matches("T801", got.out)
    assert.matches("%+   a = 1", got.out)
  end)

  it("is an error when a name is used twice, or the value cannot be stored", function()
    write('clnrm.expect("a"):snapshot("n")')
    run("run")
    run("snapshots", "accept")
    write('clnrm.expect("a"):snapshot("n")\nclnrm.expect("a"):snapshot("n")')
    local got = run("run")
    assert.equal(2, got.code)
    assert.matches("T804", got.out)
    write('clnrm.expect({ print }):snapshot("n")')
    got = run("run")
    assert.equal(2, got.code)
    assert.matches("T803", got.out)
  end)

  it("fails also where its error is caught", function()
    write('pcall(function() clnrm.expect("a"):snapshot("n") end)')
    assert.equal(1, run("run").code)
  end)

  it("is no evidence and an error in a plain program", function()
    support.write(dir .. "/plain.lua",
      'require("clnrm").expect("a"):snapshot("n")\n')
    local got = run("plain.lua")
    assert.is_true(got.code ~= 0)
    assert.matches("only in a test", got.err .. got.out)
  end)
end)

describe("clnrm snapshots", function()
  local dir

  local function run(...)
    return support.run({ ... }, { cwd = dir })
  end

  before_each(function()
    dir = support.tempdir()
    support.write(dir .. "/clnrm.toml", "")
    for _, name in ipairs({ "one", "two" }) do
      support.write(dir .. "/" .. name .. "/t.clnrm.toml", ([==[
[meta]
name = "test of %s"
[[scenario]]
name = "a"
[[scenario.steps]]
name = "s"
command = ["echo", "a"]
expect.stdout.snapshot = "out"
[[scenario]]
name = "b"
[[scenario.steps]]
name = "s"
command = ["echo", "b"]
expect.stdout.snapshot = "other"
]==]):format(name))
    end
    run("run", "-q")
  end)
  after_each(function()
    support.remove(dir)
  end)

  local function pending()
    local list = {}
    for _, one in ipairs(json.decode(run("snapshots", "list", "--json").out).snapshots) do
      if one.state ~= "stored" then
        list[#list + 1] = one.path:match("^(%w+)/") .. ":" .. one.name
      end
    end
    return table.concat(list, " ")
  end

  it("lists", function()
    assert.equal("one:out one:other two:out two:other", pending())
    local got = run("snapshots")
    assert.equal(0, got.code)
    assert.matches("4 snapshots, 4 pending", got.out)
    assert.matches("new one/snapshots/t.clnrm.toml/a/out.snap", got.out)
  end)

  it("accepts and rejects by folder, file, snapshot and glob", function()
    assert.equal(0, run("snapshots", "accept", "one/snapshots/t.clnrm.toml/a/out.snap").code)
    assert.equal("one:other two:out two:other", pending())
    assert.equal(0, run("snapshots", "reject", "one/t.clnrm.toml").code)
    assert.equal("two:out two:other", pending())
    assert.equal(0, run("snapshots", "accept", "--only", "oth*").code)
    assert.equal("two:out", pending())
    assert.equal(0, run("snapshots", "accept", "two/snapshots/t.clnrm.toml/a/out.snap.new").code)
    assert.equal("", pending())
    assert.matches("no pending snapshot", run("snapshots", "accept").out)
  end)

  it("refuses what it does not know", function()
    for _, argv in ipairs({ { "snapshots", "acept" }, { "snapshots", "accept", "gone" },
      { "snapshots", "list", "--only", "[" } }) do
      local got = support.run(argv, { cwd = dir })
      assert.equal(2, got.code, table.concat(argv, " "))
    end
    assert.matches("did you mean accept", run("snapshots", "acept").err)
    assert.equal("one:out one:other two:out two:other", pending())
  end)
end)
