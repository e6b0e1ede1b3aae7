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

  it("is no template, and no settings, with the same bytes", function()
    support.write(dir .. "/m.tera", APART:format("m", "true"))
    support.write(dir .. "/m.clnrm.toml", '{% include "m.tera" %}')
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
end)
