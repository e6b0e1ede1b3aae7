--- What a developer loop takes for a save, and what it does not.
local loops = dofile("tests/tools/loop.lua")
local support = dofile("tests/e2e/support.lua")

local APART = '[meta]\nname = "%s"\n[room]\nproject = "none"\n[[steps]]\nname = "s"\n'
  .. 'command = ["%s"]\n'
local SEES = '[meta]\nname = "%s"\n[[steps]]\nname = "s"\ncommand = ["%s"]\n'

describe("a save in the developer loop", function()
  local dir, outside, loop

  before_each(function()
    dir, outside = support.tempdir(), support.tempdir()
    support.write(dir .. "/clnrm.toml", "")
    support.write(dir .. "/a.clnrm.toml", APART:format("a", "true"))
  end)

  after_each(function()
    if loop then
      loop:close()
      loop = nil
    end
    support.remove(dir)
    support.remove(outside)
    os.execute("rm -rf " .. support.quote(dir .. "-home"))
  end)

  local function start(...)
    loop = loops.start(dir, ...)
    return loop:cycle()
  end

  --- Runs a command in the project.
  local function sh(command, ...)
    assert(os.execute(("cd %s && %s"):format(support.quote(dir), command:format(...))))
  end

  --- Expects that nothing saved so far begins a cycle: the next one is of a test that is saved now.
  local function expect_none()
    support.write(dir .. "/z.clnrm.toml", APART:format("z" .. #loop.events, "true"))
    assert.same({ dir .. "/z.clnrm.toml" }, loop:cycle().changed)
  end

  it("is a folder of tests that comes back as it was, or as a copy", function()
    support.write(dir .. "/t.x/b.clnrm.toml", APART:format("b", "false"))
    support.write(dir .. "/t.x/c.clnrm.toml", APART:format("c", "true"))
    start()
    for _, back in ipairs({ "mv", "cp -r" }) do
      sh("rm -rf %s/t.x; mv t.x %s/", outside, outside)
      loop:await("file_gone")
      loop:await("file_gone")
      sh("%s %s/t.x .", back, outside)
      loop:await("scenario_end", { name = "b", verdict = "fail" })
      loop:await("reload_end")
    end
    assert.equal(1, loop:stop())
  end)

  it("is that of a test behind a link, and through the link", function()
    support.write(outside .. "/real.clnrm.toml", APART:format("l", "true"))
    sh("ln -s %s/real.clnrm.toml l.clnrm.toml", outside)
    start()
    support.write(outside .. "/other", "1")
    support.write(outside .. "/real.clnrm.toml", APART:format("l", "false"))
    local begin = loop:cycle()
    assert.same({ dir .. "/l.clnrm.toml" }, begin.changed)
    assert.same({ "l.clnrm.toml itself" },
      { begin.affected[1].file .. " " .. begin.affected[1].kind })
    assert.equal("fail", loop:verdicts(begin).l)
    support.write(dir .. "/l.clnrm.toml", APART:format("l", "true"))
    assert.equal("pass", loop:verdicts((loop:cycle())).l)
  end)

  it("is that of a test in a folder behind a link, and of a new one there", function()
    support.write(outside .. "/d/t.clnrm.toml", APART:format("t", "true"))
    sh("ln -s %s/d linked", outside)
    start()
    support.write(outside .. "/d/t.clnrm.toml", APART:format("t", "false"))
    local begin = loop:cycle()
    assert.same({ dir .. "/linked/t.clnrm.toml" }, begin.changed)
    assert.equal("fail", loop:verdicts(begin).t)
    support.write(outside .. "/d/sub/new.clnrm.toml", APART:format("n", "true"))
    begin = loop:cycle()
    assert.same({ "linked/sub/new.clnrm.toml new" },
      { begin.affected[1].file .. " " .. begin.affected[1].kind })
  end)

  it("is that of data behind a link, one that comes later as well", function()
    support.write(dir .. "/b.clnrm.toml", SEES:format("b", "true"))
    support.write(outside .. "/data", "0")
    support.write(outside .. "/e/later", "0")
    sh("mkdir sub && ln -s %s/data sub/data", outside)
    start()
    support.write(outside .. "/data", "1")
    local begin = loop:cycle()
    assert.same({ dir .. "/sub/data" }, begin.changed)
    assert.same({ "b.clnrm.toml seen" },
      { begin.affected[1].file .. " " .. begin.affected[1].kind })
    sh("ln -s %s/e dir", outside)
    assert.same({ dir .. "/dir" }, loop:cycle().changed)
    support.write(dir .. "/dir/later", "1")
    assert.same({ dir .. "/dir/later" }, loop:cycle().changed)
  end)

  it("is none of a device that a link leads to", function()
    support.write(dir .. "/b.clnrm.toml", SEES:format("b", "true"))
    sh("ln -s /dev/null masked")
    start()
    sh(": > /dev/null")
    expect_none()
  end)

  it("is none behind a link in a folder that lies behind one", function()
    support.write(dir .. "/b.clnrm.toml", SEES:format("b", "true"))
    support.write(outside .. "/ext/own", "0")
    support.write(outside .. "/data/f", "0")
    sh("ln -s %s/ext ext && ln -s ../data/f %s/ext/in", outside, outside)
    start()
    support.write(outside .. "/data/f", "1")
    support.write(outside .. "/ext/own", "1")
    assert.same({ dir .. "/ext/own" }, loop:cycle().changed)
  end)

  it("is none behind links that [watch] ignores, or of what it ignores behind others", function()
    support.write(dir .. "/clnrm.toml", '[watch]\nignore = ["*.log", "/skipped"]\n')
    support.write(dir .. "/b.clnrm.toml", SEES:format("b", "true"))
    support.write(outside .. "/d/x.log", "0")
    support.write(outside .. "/d/y", "0")
    support.write(outside .. "/e/y", "0")
    sh("ln -s %s/d linked && ln -s %s/e skipped", outside, outside)
    start()
    support.write(outside .. "/d/y", "1")
    assert.same({ dir .. "/linked/y" }, loop:cycle().changed)
    support.write(outside .. "/d/x.log", "1")
    support.write(outside .. "/e/y", "1")
    expect_none()
    support.write(dir .. "/clnrm.toml", "")
    loop:cycle()
    support.write(outside .. "/e/y", "2")
    assert.same({ dir .. "/skipped/y" }, loop:cycle().changed)
  end)

  it("is a link in the middle of the way to a test, or to what it uses", function()
    support.write(dir .. "/v1.toml", APART:format("v", "true"))
    support.write(dir .. "/v2.toml", APART:format("v", "false"))
    sh("ln -s v1.toml cur.toml && ln -s cur.toml v.clnrm.toml")
    support.write(outside .. "/1/data", "0")
    support.write(outside .. "/2/data", "0")
    assert(os.execute(("cd %s && ln -s 1 ..data && ln -s ..data/data data"):format(outside)))
    support.write(dir .. "/d.clnrm.toml", APART:format("d", "true")
      .. ('[watch]\npaths = ["%s/data"]\n'):format(outside))
    start()
    sh("ln -sfn v2.toml cur.toml")
    local begin = loop:cycle()
    assert.same({ "v.clnrm.toml itself" },
      { begin.affected[1].file .. " " .. begin.affected[1].kind })
    assert.equal("fail", loop:verdicts(begin).v)
    assert(os.execute(("cd %s && ln -s 2 tmp && mv -T tmp ..data"):format(outside)))
    begin = loop:cycle()
    assert.same({ "d.clnrm.toml watched" },
      { begin.affected[1].file .. " " .. begin.affected[1].kind })
  end)

  it("is a link in the middle of the way to the settings, or to a file of variables", function()
    support.write(outside .. "/1/clnrm.toml", "")
    support.write(outside .. "/2/clnrm.toml", "[watch]\npaths = ['x']\n")
    support.write(outside .. "/1/env", "A=1")
    support.write(outside .. "/2/env", "A=2")
    assert(os.execute(("cd %s && ln -s 1 cur && ln -s 1 vars"):format(outside)))
    sh("ln -sf %s/cur/clnrm.toml clnrm.toml", outside)
    start("--env-file", outside .. "/vars/env")
    for _, name in ipairs({ "cur", "vars" }) do
      assert(os.execute(("cd %s && ln -s 2 tmp && mv -T tmp %s"):format(outside, name)))
      local begin = loop:cycle()
      assert.same({ "a.clnrm.toml project", outside .. "/" .. name },
        { begin.affected[1].file .. " " .. begin.affected[1].kind, begin.affected[1].by })
    end
    support.write(outside .. "/2/env", "A=3")
    assert.equal("project", loop:cycle().affected[1].kind)
  end)

  it("is one behind a link that leads to thousands of folders, where so many can be watched",
    function()
      local f = assert(io.open("/proc/sys/fs/inotify/max_user_watches"))
      local watches = f:read("n")
      f:close()
      if watches < 10000 then
        pending("this machine gives " .. watches .. " watches")
      end
      sh("mkdir %s/many && cd %s/many && seq 2100 | xargs mkdir", outside, outside)
      sh("ln -s %s/many many", outside)
      start()
      support.write(outside .. "/many/2100/data", "1")
      assert.same({ dir .. "/many/2100/data" }, loop:await("unaffected").changed)
    end)

  it("is none behind a link that is not followed: told", function()
    sh("mkdir sub && echo >sub/clnrm.toml && ln -s .. sub/up && cp a.clnrm.toml sub")
    loop = loops.start(dir .. "/sub")
    loop:await("unwatched")
    local told = {}
    for _, e in ipairs(loop.events) do
      told[#told + 1] = e.event == "unwatched" and ("%s: %s"):format(e.path, e.why) or nil
    end
    assert.same({ dir .. "/sub/up: it leads to a folder around the project" }, told)
  end)

  it("is not half of a file whose mode is changed while it is written", function()
    start()
    local file = assert(io.open(dir .. "/a.clnrm.toml", "w"))
    file:write("# half\n" .. APART:format("a", "true")):flush()
    assert(require("core.fs").chmod(dir .. "/a.clnrm.toml", 420))
    require("core.task").sleep(200)
    file:write('[[steps]]\nname = "more"\ncommand = ["false"]\n'):close()
    assert.equal("fail", loop:verdicts((loop:cycle())).a)
  end)

  it("is no change of the mode of what a test is made of, or of settings", function()
    support.write(dir .. "/m.tera", APART:format("m", "true"))
    support.write(dir .. "/m.clnrm.toml", '{% include "m.tera" %}')
    support.write(dir .. "/data", "")
    support.write(dir .. "/b.clnrm.toml", SEES:format("b", "true"))
    start()
    sh("chmod 600 clnrm.toml m.tera data")
    expect_none()
  end)

  it("is a mode that makes a file executable while tests run", function()
    support.write(dir .. "/run.sh", "#!/bin/sh\n")
    support.write(dir .. "/b.clnrm.toml", '[meta]\nname = "b"\n[[steps]]\nname = "s"\n'
      .. 'command = "test -x /project/run.sh || sleep 300"\ntimeout = "10m"\n')
    loop = loops.start(dir)
    loop:await("step_begin", { file = nil })
    sh("chmod 755 run.sh")
    loop:await("scenario_end", { name = "b", verdict = "pass" })
  end)

  it("is no template, and no settings, with the same bytes", function()
    support.write(dir .. "/m.tera", APART:format("m", "true"))
    support.write(dir .. "/m.clnrm.toml", '{% include "m.tera" %}')
    require("core.task").sleep(100) -- what is written as it is read is not known
    start()
    sh("cp m.tera m.tmp && mv m.tmp m.tera && cp clnrm.toml c.tmp && mv c.tmp clnrm.toml")
    expect_none()
  end)

  it("takes no time with a large file, and is one when that changes", function()
    support.write(dir .. "/b.clnrm.toml", SEES:format("b", "true"))
    start()
    sh("truncate -s 900G big.bin")
    assert.same({ dir .. "/big.bin" }, loop:cycle().changed)
    sh("truncate -s 901G big.bin")
    assert.same({ dir .. "/big.bin" }, loop:cycle().changed)
    assert.equal(0, loop:stop())
  end)

  it("counts where the path is named, whatever it looks like", function()
    local watched = '[watch]\npaths = ["data.tmp", "node_modules/x"]\n'
    support.write(dir .. "/node_modules/x/y", "0")
    support.write(dir .. "/a.clnrm.toml", APART:format("a", "true") .. watched)
    support.write(dir .. "/b.clnrm.toml",
      SEES:format("b", "true") .. '[[steps]]\nname = "t"\ncommand = ["test", "-e", "conf.orig"]\n')
    start()
    for _, name in ipairs({ "data.tmp", "node_modules/x/y", "conf.orig" }) do
      support.write(dir .. "/" .. name, "1")
      assert.same({ dir .. "/" .. name }, loop:cycle().changed)
      assert.equal(0, support.run({ "why", name }, { cwd = dir }).code)
    end
    support.write(dir .. "/node_modules/z", "1")
    support.write(dir .. "/other.orig", "1")
    expect_none()
    for _, name in ipairs({ "node_modules/z", "other.orig" }) do
      local got = support.run({ "why", name }, { cwd = dir })
      assert.equal(1, got.code)
      assert.matches("no save of it is one", got.out, 1, true)
    end
  end)

  it("is nothing any more where the project is gone: the loop ends", function()
    for _, away in ipairs({
      "rm -rf DIR", "mv DIR OUT/away", "mv DIR OUT/old; cp -r OUT/old DIR",
    }) do
      start()
      assert(os.execute((away:gsub("%u+", { DIR = dir, OUT = outside }))))
      assert.equal(6, loop:wait())
      assert.matches("the folder of the project is gone", loop.process:stderr(), 1, true)
      loop:close()
      support.write(dir .. "/a.clnrm.toml", APART:format("a", "true"))
    end
  end)
end)
