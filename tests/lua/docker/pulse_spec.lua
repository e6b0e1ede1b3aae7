--- Whether an engine answers at all: one that stands still, one that is killed, and one that
--- answers pings alone.  Times are short here; whole runs are in faults/docker_calls_spec.
local client_of = require("engine.docker.client")
local fakes = dofile("tests/lua/docker/fakes.lua")
local pulse_of = require("engine.docker.pulse")
local task = require("core.task")

local SIGCONT, SIGSTOP = 18, 19
local LONG_MS = 60000 -- nobody waits for this
local SHORT = { QUIET_MS = 100, PING_MS = 300, AGAIN_MS = 50, SHORT_MS = 80 }

local PING = {
  match = "^GET /_ping$", body = "OK",
  headers = { ["Api-Version"] = "1.41", Server = "Docker/20.10.24 (linux)" },
}
local NEVER = { match = "/info$", hang = true }
local VERSION = { match = "/version$", body = { Version = "1" } }

describe("an engine", function()
  local usual = {}

  setup(function()
    for name, ms in pairs(SHORT) do
      usual[name], pulse_of[name] = pulse_of[name], ms
    end
  end)

  teardown(function()
    for name, ms in pairs(usual) do
      pulse_of[name] = ms
    end
  end)

  --- Calls `fn` with a client of an engine that answers /version, and pings.
  local function with(fn)
    local fake <close> = fakes.engine({ PING, NEVER, VERSION })
    local client <close> = assert(client_of.connect({ getenv = function(name)
      return name == "DOCKER_HOST" and fake.host or nil
    end }))
    fn(client, fake)
  end

  local function pings(fake)
    local count = 0
    for _, entry in ipairs(fake:log()) do
      count = count + (entry.request == "GET /_ping" and 1 or 0)
    end
    return count
  end

  local function ask(client, opts)
    return client:call("GET", "/version", opts or { timeout_ms = LONG_MS })
  end

  it("that stands still is given up by all who wait for it, with one error", function()
    with(function(client, fake)
      fake.process:signal(SIGSTOP)
      local tasks, first = {}, nil
      for i = 1, 3 do
        tasks[i] = task.spawn(ask, client)
      end
      for _, one in ipairs(tasks) do
        local answer, err = one:join()
        assert.is_nil(answer)
        assert.equal("ENGINE_GONE", err.code)
        first = first or err
        assert.equal(first, err)
      end
      assert.matches("^Docker does not answer any more: it stood still for %d+ s %(unix://",
        first.message)
      assert.matches("docker info.*`clnrm reap`", first.detail.help)
      fake.process:signal(SIGCONT)
    end)
  end)

  it("that stood still is asked nothing until it answers a ping", function()
    with(function(client, fake)
      fake.process:signal(SIGSTOP)
      local _, gone = ask(client)
      for _ = 1, 2 do
        local answer, err = client:call("POST", "/containers/create", { body = {} })
        assert.is_nil(answer)
        assert.equal(gone, err)
      end
      fake.process:signal(SIGCONT)
      local answer
      for _ = 1, 100 do
        answer = ask(client)
        if answer then
          break
        end
        task.sleep(20)
      end
      assert.equal("1", answer.Version)
      for _, entry in ipairs(fake:log()) do
        assert.is_nil(entry.request:find("create", 1, true))
      end
    end)
  end)

  it("that stands still for a moment is waited for", function()
    with(function(client, fake)
      pulse_of.PING_MS = LONG_MS
      finally(function()
        pulse_of.PING_MS = SHORT.PING_MS
      end)
      fake.process:signal(SIGSTOP)
      local waiting = task.spawn(ask, client)
      while not client.pulse:is_asking() do
        task.sleep(5)
      end
      fake.process:signal(SIGCONT)
      assert.equal("1", waiting:join().Version)
      for _ = 1, 6000 do
        if pings(fake) == 2 then
          break
        end
        task.sleep(5)
      end
      assert.equal(2, pings(fake)) -- of connecting, and when nothing had come
    end)
  end)

  it("is waited for less when the run is to end", function()
    with(function(client, fake)
      pulse_of.PING_MS, pulse_of.HURRY.PING_MS = LONG_MS, 200
      finally(function()
        pulse_of.PING_MS, pulse_of.HURRY.PING_MS = SHORT.PING_MS, 4000
      end)
      fake.process:signal(SIGSTOP)
      local waiting = task.spawn(ask, client, { timeout_ms = 10 * LONG_MS })
      while not client.pulse:is_asking() do
        task.sleep(5)
      end
      client.pulse:hurry()
      local answer, err = waiting:join()
      assert.is_nil(answer)
      assert.equal("ENGINE_GONE", err.code)
      fake.process:signal(SIGCONT)
    end)
  end)

  it("is asked by no ping while it answers in time", function()
    with(function(client, fake)
      for _ = 1, 3 do
        assert(ask(client))
      end
      assert.equal(1, pings(fake))
    end)
  end)

  it("that is gone is told as that, whatever call it was", function()
    for _, method in ipairs({ "GET", "POST", "DELETE" }) do
      with(function(client, fake)
        fake:close()
        local answer, err = client:call(method, "/version")
        assert.is_nil(answer)
        assert.equal("ENGINE_GONE", err.code)
        assert.matches("^Docker does not answer any more: [%l/]", err.message)
        assert.is_nil(err.message:find("\n"))
      end)
    end
  end)

  it("takes with it the streams that are read, and lines", function()
    with(function(client, fake)
      local closed = task.event()
      client.pulse:carry({ close = function()
        closed:set()
      end })
      local lines <close> = assert(client:lines("GET", "/version"))
      assert.equal("1", lines:next().Version)
      fake.process:signal(SIGSTOP)
      assert(closed:wait())
      local line, err = client:lines("GET", "/events")
      assert.is_nil(line)
      assert.equal("ENGINE_GONE", err.code)
      fake.process:signal(SIGCONT)
    end)
  end)

  it("that answers pings alone is waited for long only once", function()
    with(function(client)
      local function limit_of(timeout_ms)
        local _, err = client:call("GET", "/info", { timeout_ms = timeout_ms })
        assert.equal("ETIMEDOUT", err.code)
        return err.message:match("no answer within (.+) s$")
      end
      assert.equal("0.25", limit_of(250))
      assert.equal("0.08", limit_of(LONG_MS))
      assert(ask(client))
      assert.equal("0.25", limit_of(250))
    end)
  end)
end)
