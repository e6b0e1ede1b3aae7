--- The end of a command that an engine has started, where its container ends as well.
local client_of = require("engine.docker.client")
local ending = require("engine.backend.container.ending")
local exec_process = require("engine.backend.container.rung.exec_process")
local task = require("core.task")
local fakes = dofile((os.getenv("CLNRM_ROOT") or ".") .. "/tests/lua/docker/fakes.lua")

local SAID = "cannot exec in a stopped state: unknown\r\n"
local NO_PID = 0x3fffffff -- which no process has

local function connect(fake)
  return assert(client_of.connect({
    getenv = function(name)
      return name == "DOCKER_HOST" and fake.host or nil
    end,
  }))
end

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
  local client <close> = connect(fake)
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

describe("a command without agent that cannot be killed by itself", function()
  --- How many signals to its container are taken for the run's own, after the engine has answered
  --- that to the one that ends it.
  local function announced(answer)
    local fake <close> = fakes.engine({
      { match = "^GET /_ping", headers = { ["Api-Version"] = "1.41" }, body = "OK" },
      { match = "^POST .*/containers/c/exec", status = 201, body = { Id = "e" } },
      { match = "^POST .*/exec/e/start", upgrade = true, raw = "", close = true },
      { match = "^GET .*/exec/e/json", body = { Running = true, Pid = NO_PID } },
      { match = "^POST .*/containers/c/kill", status = answer, body = { message = "no" } },
    })
    local client <close> = connect(fake)
    local member, count, kills = { session = { client = client }, thing = { id = "c" } }, 0, 0
    function member.announce(_, what)
      assert(what == "kill")
      count = count + 1
    end
    function member.retract(_, err, what)
      assert(what == "kill" and err.detail.status == answer)
      count = count - 1
    end
    local call = client.call
    function client.call(self, method, path, options)
      local told, err = call(self, method, path, options)
      kills = kills + (path:find("kill", 1, true) and 1 or 0)
      return told, err
    end
    local function await_kill(number)
      for _ = 1, 10000 do
        if kills == number then
          return task.sleep(1) -- who has called takes the answer
        end
        task.sleep(1)
      end
      error("its container was not killed")
    end
    local process = assert(exec_process.start(member, { argv = { "/bin/sh" }, env = {}, cwd = "/",
      out_max = 4096 }))
    process:kill()
    await_kill(1)
    local result = count
    process:close()
    await_kill(2)
    return result
  end

  it("has its container killed, by a signal of the run's own", function()
    assert.equal(1, announced(204))
  end)

  it("and the next signal is somebody else's where that was refused", function()
    assert.equal(0, announced(409))
    assert.equal(0, announced(500))
  end)
end)
