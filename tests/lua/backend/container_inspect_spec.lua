--- What is shown and kept of what an engine tells of a container.
local inspect = require("engine.backend.container.inspect")
local json = require("core.json")
local mask = require("engine.service.mask")

local SECRET = "s3cret-of-db"

local function told()
  return {
    Image = "sha256:0123456789abcdef",
    Path = "/start",
    Args = { "--password=" .. SECRET },
    Config = { Env = { "A=one", "B=x=y" }, User = "", WorkingDir = "" },
    State = {
      Status = "running", Running = true, ExitCode = 0, OOMKilled = false, Error = "",
      Health = { Status = "unhealthy", Log = {
        { ExitCode = 0, Output = "earlier\n" },
        { ExitCode = 2, Output = "1\n2\n3\nno " .. SECRET .. "\n" },
      } },
    },
    RestartCount = 2,
    NetworkSettings = { Networks = { back = {}, app = {} } },
    Mounts = { {}, {} },
  }
end

local rt = { spec = { root = { text = "app:1" } }, mask = mask.new({ SECRET }) }

describe("inspect of a container", function()
  it("is summed up, masked, with the end of the last health check", function()
    assert.same({
      "image app:1 (0123456789ab)",
      'runs ["/start","--password=***"], user root, in /',
      "state running, OOMKilled: no, restarts: 2",
      "networks: app, back; mounts: 2",
      "health unhealthy, the last check's exit code 2",
      "  2",
      "  3",
      "  no ***",
    }, inspect.summary(rt, told(), "it is not healthy"))
  end)

  it("tells the engine's error where the message has it not", function()
    local one = told()
    one.State.Error = "no such\ndevice"
    assert.equal("the engine says: no such device", inspect.summary(rt, one, "it is ill")[4])
    assert.equal(8, #inspect.summary(rt, one, "it is ill: no such\ndevice"))
  end)

  it("cuts long lines, after they were masked", function()
    local one = told()
    one.Args = { ("x"):rep(290 - #'runs ["/start","') .. SECRET .. ("y"):rep(400) }
    local line = inspect.summary(rt, one, "")[2]
    assert.equal(300 + #"…", #line)
    assert.truthy(line:find("x***y", 1, true), line)
  end)

  it("is kept without the values of variables and without secrets", function()
    local clean = inspect.clean(told(), rt.mask)
    assert.same({ "A=***", "B=***" }, clean.Config.Env)
    assert.is_nil(json.encode(clean):find(SECRET, 1, true))
    assert.equal("unhealthy", clean.State.Health.Status)
  end)

  it("keeps lists that are empty, and is cut where it is too deep", function()
    assert.equal("[]", json.encode(inspect.clean(json.decode("[]"), rt.mask)))
    local deep = {}
    for _ = 1, 40 do
      deep = { deep }
    end
    assert.truthy(json.encode(inspect.clean(deep, rt.mask)):find("***", 1, true))
  end)
end)
