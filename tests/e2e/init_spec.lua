local support = dofile("tests/e2e/support.lua")

local run = support.run

describe("clnrm init", function()
  local dir

  before_each(function()
    dir = support.tempdir()
  end)

  after_each(function()
    support.remove(dir)
  end)

  local function lines_of(text)
    return select(2, text:gsub("\n", ""))
  end

  it("makes a project whose test passes at once, without a network", function()
    local made = run({ "init" }, { cwd = dir })
    assert.same({ 0, "" }, { made.code, made.err })
    for _, name in ipairs({ "clnrm.toml", "tests/hello.clnrm.toml", ".gitignore" }) do
      assert.matches("created +" .. name:gsub("%p", "%%%0"), made.out)
      assert.is_string(support.read(dir .. "/" .. name), name)
    end
    local ran = support.sh("unshare -rn true 2>/dev/null && offline='unshare -rn'\n"
      .. "$offline $CLNRM run", { cwd = dir })
    assert.equal(0, ran.code, ran.out .. ran.err)
    assert.matches("2 run: 2 passed", ran.out)
    assert.is_true(lines_of(made.out) + lines_of(ran.out) < 25)
  end)

  it("names the next commands, and they work", function()
    local made = run({ "init" }, { cwd = dir })
    local next_commands = made.out:match("Next:\n(.*)$")
    local count = 0
    for command in next_commands:gmatch("\n? +clnrm (%l+)") do
      count = count + 1
      assert.equal(0, run({ command }, { cwd = dir }).code, command)
    end
    assert.is_true(count >= 3)
  end)

  it("never overwrites, and says so", function()
    support.write(dir .. "/clnrm.toml", "# mine\n")
    support.write(dir .. "/.gitignore", "*.o")
    local made = run({ "init" }, { cwd = dir })
    assert.equal(0, made.code)
    assert.matches("kept +clnrm%.toml", made.out)
    assert.equal("# mine\n", support.read(dir .. "/clnrm.toml"))
    assert.equal("*.o\n.clnrm/artifacts/\n*.snap.new\n", support.read(dir .. "/.gitignore"))
    run({ "init" }, { cwd = dir })
    assert.equal("*.o\n.clnrm/artifacts/\n*.snap.new\n", support.read(dir .. "/.gitignore"))
  end)

  it("replaces with --force and keeps the old files", function()
    support.write(dir .. "/clnrm.toml", "# mine\n")
    local made = run({ "init", "--force" }, { cwd = dir })
    assert.matches("replaced +clnrm%.toml +the old one is clnrm%.toml%.orig", made.out)
    assert.equal("# mine\n", support.read(dir .. "/clnrm.toml.orig"))
    assert.matches("%[project%]", support.read(dir .. "/clnrm.toml"))
  end)

  it("keeps what an earlier --force has kept", function()
    support.write(dir .. "/clnrm.toml", "# mine\n")
    run({ "init", "--force" }, { cwd = dir })
    run({ "init", "--force" }, { cwd = dir })
    assert.equal("# mine\n", support.read(dir .. "/clnrm.toml.orig"))
    assert.matches("%[project%]", support.read(dir .. "/clnrm.toml.orig2"))
  end)

  it("writes nothing with --dry-run", function()
    local made = run({ "init", "--dry-run" }, { cwd = dir })
    assert.equal(0, made.code)
    assert.matches("Nothing is written", made.out)
    assert.is_nil(support.read(dir .. "/clnrm.toml"))
    assert.equal("", support.sh("ls -A", { cwd = dir }).out)
  end)

  it("makes a folder, whatever it is called", function()
    for _, name in ipairs({ "demo", "with 'quotes\" and \\", "a\nb", "é", "-x" }) do
      local made = run({ "init", "--", name }, { cwd = dir })
      assert.equal(0, made.code, made.err)
      assert.equal(0, run({ "run" }, { cwd = dir .. "/" .. name }).code, name)
    end
    assert.matches('name = "demo"', support.read(dir .. "/demo/clnrm.toml"))
  end)

  it("says what went wrong in one line, with 6", function()
    support.write(dir .. "/tests", "a file in the way")
    local made = run({ "init" }, { cwd = dir })
    assert.equal(6, made.code)
    assert.equal(1, lines_of(made.err))
    assert.matches("^error: tests: not a directory\n$", made.err)
  end)

  it("refuses templates that this build does not have", function()
    assert.equal(2, run({ "init", "-t", "otel" }, { cwd = dir }).code)
    assert.equal(0, run({ "init", "-t", "hello" }, { cwd = dir }).code)
  end)
end)
