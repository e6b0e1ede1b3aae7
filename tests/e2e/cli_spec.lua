local json = require("core.json")
local support = dofile("tests/e2e/support.lua")

local run, sh = support.run, support.sh

describe("the command line", function()
  local dir

  before_each(function()
    dir = support.tempdir()
  end)

  after_each(function()
    support.remove(dir)
  end)

  it("prints its version, with --version, -V and version", function()
    local plain = run({ "version" })
    assert.equal(0, plain.code)
    assert.matches("^clnrm %d+%.%d+%.%d+\n$", plain.out)
    assert.same(plain, run({ "--version" }))
    assert.same(plain, run({ "-V" }))
    local about = assert(json.decode(run({ "version", "--format", "json" }).out))
    assert.equal(os.getenv("CLNRM_VARIANT"), about.variant)
    assert.is_string(about.libraries[1].version)
  end)

  it("says where to start outside a project, and what comes next inside", function()
    local outside = run({}, { cwd = dir })
    assert.equal(0, outside.code)
    assert.matches("clnrm init", outside.out)
    assert.is_true(select(2, outside.out:gsub("\n", "")) <= 12)
    support.write(dir .. "/clnrm.toml", '[project]\nname = "shop"\nversion = "3"\n')
    support.write(dir .. "/a/b/c", "")
    local inside = run({}, { cwd = dir .. "/a/b" })
    assert.equal(0, inside.code)
    assert.matches("^Project shop 3", inside.out)
    assert.matches("clnrm run", inside.out)
  end)

  it("explains every command with -h and --help, and its topics", function()
    local data = assert(json.decode(run({ "help", "--format", "json" }).out))
    assert.is_true(#data.commands >= 10)
    for _, command in ipairs(data.commands) do
      local short = run({ command.name, "-h" })
      assert.equal(0, short.code, command.name)
      assert.matches("Usage: clnrm", short.out)
      assert.equal("", short.err)
      local long = run({ "--help", command.name })
      assert.equal(0, long.code, command.name)
      assert.is_true(#long.out > #short.out)
    end
    for _, topic in ipairs({ "environment", "exit-codes", "config", "filters", "formats" }) do
      assert.equal(0, run({ "help", topic }).code, topic)
    end
    assert.equal(2, run({ "help", "exitcodes" }).code)
    assert.matches("did you mean 'exit%-codes'", run({ "help", "exitcodes" }).err)
    for _, word in ipairs({ "timeout", "timeuot", "--timeout" }) do
      local got = run({ "help", "--", word })
      assert.equal(2, got.code)
      assert.matches("did you mean the option %-%-timeout%? `clnrm help run`", got.err)
    end
  end)

  it("refuses two reports in one file, and a report on standard output, before anything runs",
    function()
      support.write(dir .. "/a.clnrm.toml", support.FAILING)
      support.write(dir .. "/old.xml", "old")
      sh(("ln -s old.xml '%s/link.xml'; ln -s . '%s/d'"):format(dir, dir))
      for _, pair in ipairs({ { "r", "r" }, { "r", "./r" }, { "r", dir .. "/r" }, { "r", "d/r" },
        { "old.xml", "link.xml" } }) do
        local got = run({ "run", "--report", "json=" .. pair[1], "--report", "junit=" .. pair[2] },
          { cwd = dir })
        assert.equal(2, got.code)
        assert.equal(("error: two reports go to one file: json=%s and junit=%s\n"):format(
          pair[1], pair[2]), got.err)
        assert.equal("", got.out)
      end
      for _, kind in ipairs({ "json", "junit", "events" }) do
        local got = run({ "run", "--report", kind .. "=-" }, { cwd = dir })
        assert.equal(2, got.code)
        assert.matches("%-%-format " .. kind, got.err)
      end
      assert.equal("old", support.read(dir .. "/old.xml"))
      assert.equal(1, run({ "run", "--report", "json=r", "--report", "junit=s" },
        { cwd = dir }).code)
    end)

  it("never shows an escape sequence where there is no terminal", function()
    for _, argv in ipairs({ { "-h" }, { "help", "run" }, { "rnu" }, { "explain", "P102" } }) do
      local got = run(argv)
      assert.is_nil((got.out .. got.err):find("\27", 1, true))
    end
    assert.matches("\27%[31", run({ "rnu", "--color", "always" }).err .. run({
      "--force-color", "explain", "X999",
    }).err)
  end)

  it("refuses what it does not know with 2, on standard error only", function()
    for _, argv in ipairs({
      { "rnu" }, { "--nope" }, { "run", "--nope" }, { "version", "x" }, { "explain", "X999" },
      { "run", "--pdb" }, { "bench" }, { "list", "-f", "tap" },
      { "list", "-f", "junit" }, { "-C", "/nowhere", "version" }, { "run", "-c", "/nowhere" },
    }) do
      local got = run(argv)
      assert.equal(2, got.code, table.concat(argv, " "))
      assert.equal("", got.out)
      assert.matches("^error: ", got.err)
    end
  end)

  it("works as if started elsewhere with -C", function()
    support.write(dir .. "/clnrm.toml", '[project]\nname = "there"\n')
    assert.matches("^Project there", run({ "-C", dir }).out)
  end)

  it("explains codes", function()
    local all = run({ "explain" })
    assert.equal(0, all.code)
    for code in all.out:gmatch("(%u%d%d%d)  ") do
      assert.is_string(code)
    end
    local one = run({ "explain", "p120" })
    assert.equal(0, one.code)
    assert.matches("^P120: ", one.out)
    assert.equal("P120", assert(json.decode(run({ "explain", "P120", "--json" }).out)).code)
  end)

  it("prints settings with their origin", function()
    support.write(dir .. "/clnrm.toml", "[cli]\njobs = 3\n")
    local got = run({ "config" }, { cwd = dir, env = { CLNRM_TIMEOUT = "5s" } })
    assert.equal(0, got.code)
    assert.matches("cli%.jobs +3 +# clnrm%.toml:2", got.out)
    assert.matches("default_timeout +5s +# CLNRM_TIMEOUT", got.out)
    assert.equal("3\n", run({ "config", "cli.jobs" }, { cwd = dir }).out)
    assert.equal("auto\n", run({ "config", "cli.jobs", "-c", "none" }, { cwd = dir }).out)
    local document = assert(json.decode(run({ "config", "--json" }, { cwd = dir }).out))
    assert.equal(dir .. "/clnrm.toml", document.file)
  end)

  it("tells of folders that cannot be read one by one, and of many together", function()
    local script = [[mkdir -p t/1 t/2 t/3 t/4 t/5 && chmod 0 t/? && chmod 755 . t
if [ "$(id -u)" = 0 ]; then as="setpriv --reuid=65534 --regid=65534 --clear-groups"; fi
HOME=/nonexistent $as "$CLNRM" list %s 2>&1; code=$?; chmod 755 t/?; exit $code]]
    local got = support.sh(script:format("t/1 t/2 t/3"), { cwd = dir })
    local _, count = got.out:gsub("error%[E004%]", "")
    assert.equal(3, count, got.out)
    got = support.sh(script:format("t"), { cwd = dir })
    assert.equal(2, got.code, got.out)
    _, count = got.out:gsub("error%[E004%]", "")
    assert.equal(1, count, got.out)
    assert.matches("5 folders in it cannot be read: t/1 %(permission denied%), t/2 %(permission "
      .. "denied%), t/3 %(permission denied%), and 2 more", (got.out:gsub("%s+", " ")))
    support.sh("rm -r t", { cwd = dir })
  end)

  it("refuses a project file that is wrong, wherever a setting is needed", function()
    support.write(dir .. "/clnrm.toml", "[cli]\njbos = 3\n")
    for _, argv in ipairs({ { "config" }, { "run" }, {} }) do
      local got = run(argv, { cwd = dir })
      assert.equal(2, got.code)
      assert.matches("error%[E201%].-clnrm%.toml:2:1.-did you mean `jobs`", got.err)
    end
  end)

  it("finds the older name of the project file, the nearest, and none above the home", function()
    support.write(dir .. "/cleanroom.toml", '[project]\nname = "old"\n')
    assert.matches("^Project old", run({}, { cwd = dir }).out)
    support.write(dir .. "/x/clnrm.toml", '[project]\nname = "near"\n')
    assert.matches("^Project near", run({}, { cwd = dir .. "/x" }).out)
    support.write(dir .. "/home/me/work/a", "")
    local got = run({}, { cwd = dir .. "/home/me/work", env = { HOME = dir .. "/home/me" } })
    assert.matches("There is no clnrm.toml", got.out)
  end)
end)

describe("clnrm FILE.lua", function()
  local dir

  before_each(function()
    dir = support.tempdir()
  end)

  after_each(function()
    support.remove(dir)
  end)

  local function script(text, ...)
    support.write(dir .. "/s.lua", text)
    return run({ "s.lua", ... }, { cwd = dir })
  end

  it("runs a plain script with its arguments", function()
    local got = script('print(#arg, arg[0], arg[1], arg[2], ...)', "--help", "-x")
    assert.same({ code = 0, out = "2\ts.lua\t--help\t-x\t--help\t-x\n", err = "" }, got)
  end)

  it("takes a first line for the shell", function()
    assert.equal("hi\n", script('#!/usr/bin/env clnrm\nprint("hi")').out)
  end)

  it("gives it core and clnrm modules, and nothing from the working directory", function()
    support.write(dir .. "/other.lua", "return 1")
    local got = script([[
      assert(require("core.text").width("x") == 1)
      assert(require("clnrm.task"))
      assert(package.path == "" and package.cpath == "")
      assert(not pcall(require, "other"))
      assert(require("core.task").sleep(1))
    ]])
    assert.same({ code = 0, out = "", err = "" }, got)
  end)

  it("ends with the code of os.exit", function()
    assert.equal(7, script("io.write('x') os.exit(7)").code)
    assert.equal(0, script("os.exit(true, true)").code)
    assert.equal(1, script("os.exit(false)").code)
    assert.equal("x", script("io.write('x') os.exit(7)").out)
  end)

  it("ends with 1 and the user's own lines after an error", function()
    local got = script("local function f()\n  error('boom')\nend\nf()\n")
    assert.equal(1, got.code)
    assert.matches("^clnrm: s%.lua:2: boom\nstack traceback:\n", got.err)
    assert.matches("s%.lua:4: in main chunk\n.*engine %(%-%-trace shows them%)\n$", got.err)
    assert.is_nil(got.err:find("lua/engine", 1, true))
    support.write(dir .. "/s.lua", "error('boom')")
    assert.matches("lua/engine/", run({ "--trace", "s.lua" }, { cwd = dir }).err)
  end)

  it("answers for what it prints", function()
    support.write(dir .. "/s.lua", "print('x') os.exit(tonumber(arg[1]))")
    support.write(dir .. "/t.lua", "for i = 1, 10000 do io.write(i, ' ') end")
    local got = sh("clnrm s.lua >/dev/full", { cwd = dir })
    assert.equal(6, got.code)
    assert.matches("^clnrm: standard output: No space left on device\n$", got.err)
    assert.equal(6, sh("clnrm t.lua >/dev/full", { cwd = dir }).code)
    assert.equal(6, sh("clnrm s.lua >&-", { cwd = dir }).code)
    assert.equal(9, sh("clnrm s.lua 9 >/dev/full", { cwd = dir }).code)
  end)

  it("ends with 2 when there is no such script, or it is not Lua", function()
    assert.equal(2, run({ "nope.lua" }, { cwd = dir }).code)
    local got = script("local x =")
    assert.equal(2, got.code)
    assert.matches("s%.lua:1:", got.err)
    assert.equal(2, script("\27Lua").code)
  end)

  it("does not let an endless loop hang", function()
    local got = script("require('core.task').limit(1000000) while true do pcall(error) end")
    assert.equal(1, got.code)
    assert.matches("endless loop", got.err)
  end)
end)

describe("a pager", function()
  it("gets long help on a terminal, and leaves it as it was", function()
    local got = sh(([[
      export PAGER='sed s/^/P:/'; script -qec "%s --help" /dev/null </dev/null
    ]]):format(support.clnrm))
    assert.matches("^P:clnrm runs integration tests", got.out)
    local missing = sh(([[
      export PAGER=no-such-pager; script -qec "%s --help" /dev/null </dev/null
    ]]):format(support.clnrm))
    assert.matches("^clnrm runs integration tests", missing.out)
  end)
end)
