--- The end of a command that an engine has started, where its container ends as well.
local client_of = require("engine.docker.client")
local ending = require("engine.backend.container.ending")
local exec_process = require("engine.backend.container.rung.exec_process")
local fakes = dofile((os.getenv("CLNRM_ROOT") or ".") .. "/tests/lua/docker/fakes.lua")

local SAID = "cannot exec in a stopped state: unknown\r\n"
local NO_PID = 0x3fffffff -- which no process has

--- What comes of a command that had a number for a moment, and printed `said`, in a container that
--- has ended, or runs on.
local function run(said, runs)
  local frame = "\1\0\0\0" .. (">I4"):pack(#said) .. said
  local fake <close> = fakes.engine({
    { match = "^GET /_ping", headers = { ["Api-Version"] = "1.41" }, body = "OK" },
    { match = "^POST .*/containers/c/exec", status = 201, body = { Id = "e" } },
    { match = "^POST .*/exec/e/start", upgrade = true, raw = frame, close = true },
    { match = "^GET .*/exec/e/json", times = 1, body = { Running = true, Pid = NO_PID } },
    { match = "^GET .*/exec/e/json", body = { Running = false, Pid = 0, ExitCode = 126 } },
    { match = "^GET .*/containers/c/json",
      body = { Id = "c", State = { Running = runs, Pid = 0 } } },
  })
  local client <close> = assert(client_of.connect({
    getenv = function(name)
      return name == "DOCKER_HOST" and fake.host or nil
    end,
  }))
  local member = { session = { client = client }, thing = { id = "c" }, image = {} }
  function member.inspect()
    return client:call("GET", "/containers/c/json")
  end
  local process = assert(exec_process.start(member, { argv = { "/bin/sh" }, env = {}, cwd = "/",
    out_max = 4096 }))
  local result, err = process:wait()
  process:close()
  return result, err
end

describe("a command without agent that had a number and never began", function()
  local late_ms = ending.LATE_MS

  before_each(function()
    ending.LATE_MS = 0
  end)
  after_each(function()
    ending.LATE_MS = late_ms
  end)

  it("ended with its container, and has no exit code of its own", function()
    local result, err = run(SAID, false)
    assert.is_nil(result)
    assert.same({ "EAGENT", "it ended when its container did" }, { err.code, err.message })
  end)

  it("has one when the container runs on, or when it printed something else", function()
    assert.equal(126, assert(run(SAID, true)).code)
    assert.equal(126, assert(run("sh: x: Permission denied\n", false)).code)
  end)
end)
