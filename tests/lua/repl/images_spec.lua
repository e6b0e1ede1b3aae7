local fs = require("core.fs")
local fakes = dofile("tests/lua/docker/fakes.lua")
local images = require("engine.repl.images")
local json = require("core.json")
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
  local function names(backend, within_ms, host)
    local list = images.names(dir, backend, { within_ms = within_ms, getenv = function(name)
      return name == "DOCKER_HOST" and host or nil
    end })
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

  it("lists what the engine has", function()
    local fake <close> = fakes.engine({
      { match = "_ping", headers = { ["Api-Version"] = "1.41" }, body = "OK" },
      { match = "images/json", body = json.encode({
        { Id = "sha256:1", RepoTags = { "docker.io/library/zz:1", "<none>:<none>" } },
        { Id = "sha256:2", RepoTags = json.null }, { Id = "sha256:3" },
      }) },
    })
    assert.same({ "zz:1" }, names("docker", 60000, fake.host))
  end)

  it("waits for no engine that does not answer", function()
    support.write(dir .. "/a.clnrm.toml", '[room]\nimage = "zz"\n')
    local fake <close> = fakes.engine({ { hang = true } })
    assert.same({ "zz:latest" }, names("docker", 2000, fake.host))
  end)
end)
