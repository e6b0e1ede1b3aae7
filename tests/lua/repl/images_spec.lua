local fs = require("core.fs")
local images = require("engine.repl.images")
local support = dofile("tests/e2e/support.lua")

describe("engine.repl.images", function()
  local dir

  before_each(function()
    dir = support.tempdir()
  end)

  after_each(function()
    support.remove(dir)
  end)

  --- The names besides those that are no image's.
  local function names(backend, within_ms)
    local list = images.names(dir, backend, within_ms)
    assert.same({ "host", "rootfs:", "archive:" }, table.move(list, 1, 3, 1, {}))
    return table.move(list, 4, #list, 1, {})
  end

  it("lists what the test files of the project name", function()
    assert(fs.mkdir_p(dir .. "/deep/er"))
    support.write(dir .. "/a.clnrm.toml", '[room]\nimage = "docker.io/library/zz-first:1"\n')
    support.write(dir .. "/deep/er/b.clnrm.lua", "t:open({ ['image'] = 'zz-second/x' })\n"
      .. 'x = { image = "archive:x.tar", base_image = "zz-no" }\n')
    support.write(dir .. "/c.lua", 'image = "zz-no"\n')
    local found = {}
    for _, name in ipairs(names("sandbox", 60000)) do
      found[#found + 1] = name:find("^zz") and name or nil
    end
    assert.same({ "zz-first:1", "zz-second/x:latest" }, found)
  end)

  it("waits for no engine longer than it may", function()
    support.write(dir .. "/a.clnrm.toml", '[room]\nimage = "zz"\n')
    assert.same({}, names("docker", 0))
  end)
end)
