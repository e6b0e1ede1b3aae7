--- Volumes below one that another service can write to, as far as a file shows them.
local fs = require("core.fs")
local model = require("engine.model")

local FILE = [=[
[meta]
name = "a"
[services.app]
image = "app:1"
command = ["true"]
volumes = [".:/app%s"]
[services.web]
image = "web:1"
command = ["true"]
volumes = ["./vol:/v:ro", "./vol/c:/c:ro"]
[[scenario]]
name = "first"
service = "%s"
run = ["true"]
[[scenario]]
name = "second"
service = "web"
run = ["true"]
]=]

describe("volumes in those of another service", function()
  local dir

  before_each(function()
    dir = assert(fs.realpath(assert(fs.tempdir())))
    assert(fs.mkdir_p(dir .. "/vol/c"))
  end)

  after_each(function()
    assert(fs.remove_tree(dir))
  end)

  local function load(text, backend)
    return model.parse(text, dir .. "/a.clnrm.toml", { backend = backend, project_dir = dir })
  end

  local function told(list)
    local found = {}
    for i, d in ipairs(list) do
      found[i] = d.code .. " " .. d.line
    end
    return found
  end

  local TOGETHER = FILE:gsub('service = "%%s"\n', "")

  for _, backend in ipairs({ "docker", "podman", "auto" }) do
    it("are refused where they stand, by " .. backend, function()
      local suite, list = load(TOGETHER:format(""), backend)
      assert.is_nil(suite)
      assert.same({ "P109 10", "P109 10" }, told(list))
      assert.equal('"vol" lies in the volume "." of the service "app", which can write to it: it '
        .. "could put a link there, and an engine follows links", list[1].message)
      assert.matches('make that of "app" read%-only', list[1].help)
    end)
  end

  it("are refused where nobody has said who makes the rooms, and an image has a name", function()
    assert.same({ "P109 10", "P109 10" }, told(select(2, load(TOGETHER:format("")))))
  end)

  local SHARED = FILE:gsub('service = "web"\n', '%0room = "shared"\n')

  it("are refused in a room that the other scenarios of the file share, which stays", function()
    assert.same({ "P109 10", "P109 10" }, told(select(2, load(SHARED:format("", "app"), "docker"))))
    assert(load(SHARED:format(":ro", "app"), "docker"))
    assert(load(SHARED:format("", "web"), "docker"))
  end)

  it("are refused beside one that they share", function()
    local text = FILE:format("", "app"):gsub('service = "app"\n', '%0room = "shared"\n')
    assert.same({ "P109 10", "P109 10" }, told(select(2, load(text, "docker"))))
  end)

  it("are taken in the sandbox, which follows no links", function()
    local text = TOGETHER:format(""):gsub('image = "%w+:1"\n', "")
    assert(load(text, "sandbox"))
    assert(load(text, "auto"))
    assert(load(text))
  end)

  it("are taken when the other one cannot be written to", function()
    assert(load(TOGETHER:format(":ro"), "docker"))
  end)

  it("are taken when no scenario has both services", function()
    assert(load(FILE:format("", "app"), "docker"))
  end)
end)
