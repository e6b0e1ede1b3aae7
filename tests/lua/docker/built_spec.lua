--- Images that are built: once for the same inputs, and what an earlier build has left.
local built = require("engine.backend.container.built")
local client_of = require("engine.docker.client")
local fakes = dofile("tests/lua/docker/fakes.lua")
local image_of = require("engine.backend.container.image")
local images_of = require("engine.backend.container.images")
local json = require("core.json")
local support = dofile("tests/e2e/support.lua")
local task = require("core.task")

local NEW, OLD, YOUNG = "sha256:" .. ("ab"):rep(32), "sha256:" .. ("cd"):rep(32),
  "sha256:" .. ("ef"):rep(32)
local MASKS = { add_value = function() end }

describe("images that are built", function()
  it("are built once for the same inputs, and those they replace go when they are old", function()
    local dir = support.tempdir()
    support.write(dir .. "/Dockerfile", "FROM scratch\n")
    finally(function()
      support.remove(dir)
    end)
    local fake <close> = fakes.engine({
      { match = "/_ping$", body = "OK",
        headers = { ["Api-Version"] = "1.41", Server = "Docker/20.10.24 (linux)" } },
      { match = "POST .*/build", body = json.encode({ aux = { ID = NEW } }) .. "\r\n" },
      { match = "GET .*/images/json", body = json.array({
        { Id = NEW, Created = 1 }, { Id = OLD, Created = 1 },
        { Id = YOUNG, Created = os.time() } }) },
      { match = "GET .*/images/.*/json$", body = { Id = NEW, Os = "linux", Architecture = "amd64",
        Config = {} } },
      { match = "DELETE .*/images/", body = json.array() },
    })
    local client <close> = assert(client_of.connect({
      getenv = function(name)
        return name == "DOCKER_HOST" and fake.host or nil
      end,
    }))
    local images, got = images_of.new("docker"), {}
    local function get(args, target)
      local image, err = images:get(client, { kind = "build", text = "the build of .", build = {
        context = dir, dockerfile = "Dockerfile", args = args, target = target,
      } }, MASKS)
      got[#got + 1] = image and image.id or err
    end
    local a, b = task.spawn(get, { A = "1" }), task.spawn(get, { A = "1" })
    a:join()
    b:join()
    get({ A = "1" })
    get({ A = "2" })
    get({ A = "1" }, "stage")
    assert.same({ NEW, NEW, NEW, NEW, NEW }, got)
    local builds, removed = 0, {}
    for _, entry in ipairs(fake:log()) do
      builds = builds + (entry.request:find("POST .*/build") and 1 or 0)
      removed[#removed + 1] = entry.request:match("DELETE .*/images/(.*)$")
    end
    assert.equal(3, builds)
    assert.same({ OLD, OLD, OLD }, removed)
  end)

  it("are built for the next who asks when the first is cancelled", function()
    local key, make, find, builds = built.key, built.make, image_of.find, 0
    finally(function()
      built.key, built.make, image_of.find = key, make, find
    end)
    function built.key()
      return "the same"
    end
    function built.make()
      builds = builds + 1
      local ok, err = task.sleep(20)
      return ok and NEW or nil, err
    end
    function image_of.find(_, id)
      return { id = id }
    end
    local images = images_of.new("docker")
    local image = { kind = "build", text = "the build of .", build = {} }
    local function get()
      local found, err = images:get({}, image, MASKS)
      return found and found.id or err.code
    end
    local first, second, third = task.spawn(get), task.spawn(get), task.spawn(get)
    task.sleep(5)
    first:cancel()
    assert.equal("ECANCELED", first:join())
    assert.same({ NEW, NEW, NEW }, { second:join(), third:join(), images:id(image) })
    assert.equal(2, builds)
  end)
end)
