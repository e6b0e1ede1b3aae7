--- What two things of a service, or of two services, cannot have both: a place, a name.
local fs = require("core.fs")
local model = require("engine.model")

local STEP = '\n[[steps]]\nname = "s"\ncommand = ["true"]\n'

local project

setup(function()
  project = assert(fs.tempdir())
  assert(fs.mkdir_p(project .. "/data"))
end)

teardown(function()
  assert(fs.remove_tree(project))
end)

local function load(text)
  return model.parse('meta.name = "x"\n' .. text .. STEP, project .. "/x.toml", { file = "x.toml" })
end

local function parse(lines)
  return load('room.project = "none"\n[services.web]\ncommand = ["a"]\n' .. lines)
end

describe("a place in a service", function()
  local function refusal(lines)
    local suite, list = parse(lines)
    assert.is_nil(suite, lines)
    return list[1].code .. " " .. list[1].message
  end

  it("has one thing at a place, and nothing at clnrm's own", function()
    local taken = 'P105 a volume is at "/a" already'
    assert.equal(taken, refusal('volumes = "data:/a"\ntmpfs = "//a/"'))
    assert.equal(taken, refusal('volumes = "data:/a"\nfiles = [{ path = "/a", content = "" }]'))
    assert.equal('P105 a tmpfs is at "/a" already', refusal('tmpfs = ["/a", "/a:size=1m"]'))
    for _, line in ipairs({ 'volumes = "data:/run/clnrm/agent"', 'tmpfs = "/run/./clnrm"',
      'files = [{ path = "/run/clnrm/x", content = "" }]', 'volumes = "data:/var/run/clnrm"' }) do
      assert.matches("^P103 `%l+` is clnrm's own place: /run/clnrm$", refusal(line))
    end
  end)

  it("has no volume above clnrm's own place where it is a container", function()
    for _, path in ipairs({ "/run", "/var/run/", "//run:ro" }) do
      local line = ("volumes = %q"):format("data:" .. path)
      assert.equal("P103 `volumes` would lie over clnrm's own place: /run/clnrm",
        refusal('image = "busybox:1"\n' .. line))
      assert.truthy(parse(line))
    end
    for _, line in ipairs({ 'tmpfs = ["/run"]', 'volumes = "data:/run/app"',
      'volumes = "data:/var"', 'volumes = "data:/running"' }) do
      assert.truthy(parse('image = "busybox:1"\n' .. line))
    end
    local _, list = parse('image = "busybox:1"\nvolumes = "data:/"')
    assert.equal(1, #list) -- which says that it is the root
  end)
end)

describe("a service", function()
  it("has no host name that leads to another", function()
    local web = '[services.web]\ncommand = ["a"]\nhostname = "%s"'
    local db = '[services.db]\ncommand = ["serve"]\n%s\n'
    local suite, list = load(web:format("DB") .. "\n" .. db:format(""))
    assert.is_nil(suite)
    assert.same({ "P105", 4, '"DB" is a name of the service "db", too' },
      { list[1].code, list[1].line, list[1].message })
    assert.is_nil(load(web:format("store") .. "\n" .. db:format('aliases = ["store"]')))
    assert.truthy(load(web:format("web") .. "\n" .. db:format('hostname = "box"')))
  end)

  it("shares its host name with no other", function()
    local suite, list = load('[services.web]\ncommand = ["a"]\nhostname = "box"\n'
      .. '[services.db]\ncommand = ["serve"]\nhostname = "BOX"\n')
    assert.is_nil(suite)
    assert.same({ "P105", 7, '"BOX" is a name of the service "web", too' },
      { list[1].code, list[1].line, list[1].message })
  end)
end)
