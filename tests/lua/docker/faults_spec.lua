-- luacheck: no max line length
--- Engines that fail under way: a recorded session of a real one cut at every byte, one that is
--- stopped, killed and started again, and registries that fail half-way.
local client_of = require("engine.docker.client")
local docker = require("core.docker")
local engines = dofile("tests/lua/docker/engines.lua")
local events_of = require("engine.docker.events")
local fakes = dofile("tests/lua/docker/fakes.lua")
local fs = require("core.fs")
local images = require("engine.docker.images")
local proc = require("core.proc")
local task = require("core.task")
local support = dofile("tests/e2e/support.lua")
local tasks = require("clnrm.task")

local CUTS_EACH = 200 -- of one fake
local WAIT_MS = 120000 -- nothing of this takes so long, on the slowest machine: who waits hangs

-- Closed behind it: a request over a kept connection that ends without a byte is sent once more.
local PING = { close = true, match = "/_ping$", body = "OK", headers = { ["Api-Version"] = "1.41", Server = "Docker/20.10.24 (linux)" } }

local function connect(host)
  return assert(client_of.connect({
    timeout_ms = WAIT_MS, -- a score of fakes begin at once
    getenv = function(name)
      return name == "DOCKER_HOST" and host or nil
    end,
  }))
end

local function read_all(lines)
  local count = 0
  while true do
    local object, err = lines:next()
    if not object then
      return not err and count or nil, err
    end
    count = count + 1
  end
end

--- What is asked of an engine: each gives a value of its answer, or nil and an error.
local function asks(image, container, exec)
  return {
    { "GET", "/version", function(client)
      local body, err = client:call("GET", "/version", { timeout_ms = WAIT_MS })
      return body and body.ApiVersion, err
    end },
    { "GET", "/images/.*/json", function(client)
      local found, err = images.inspect(client, image)
      return found and found.id, err
    end },
    { "POST", "/containers/create", function(client)
      local name, value = engines.LABEL:match("^(.-)=(.*)$")
      local body, err = client:call("POST", "/containers/create", { body = { Image = image, Cmd = { "true" }, Labels = { [name] = value } }, timeout_ms = WAIT_MS })
      return body and body.Id, err
    end },
    { "POST", "/containers/.*/exec", function(client)
      local body, err = client:call("POST", "/containers/" .. container .. "/exec", { body = { Cmd = { "echo", "hello" }, AttachStdout = true, AttachStderr = true }, timeout_ms = WAIT_MS })
      return body and body.Id, err
    end },
    { "POST", "/exec/.*/start", function(client)
      local call <close>, err = client:stream("POST", "/exec/" .. exec .. "/start", { body = { Detach = false }, timeout_ms = WAIT_MS })
      if not call then
        return nil, err
      end
      local output <close> = docker.output(call)
      local ended
      ended, err = task.timeout(WAIT_MS, output.wait, output)
      -- An end between two frames is one, so the text is part of what is compared.
      return ended and (output:stdout()), err
    end, may_end = true },
    { "GET", "/exec/.*/json", function(client)
      local body, err = client:call("GET", "/exec/" .. exec .. "/json", { timeout_ms = WAIT_MS })
      return body and body.ExitCode, err
    end },
    { "POST", "/containers/.*/wait", function(client)
      local body, err = client:call("POST", "/containers/" .. container .. "/wait", { query = { condition = "not-running" }, timeout_ms = WAIT_MS })
      return body and body.StatusCode, err
    end },
    { "POST", "/images/create", function(client)
      local lines <close>, err = client:lines("POST", "/images/create", { query = { fromSrc = "-" }, body = ("\0"):rep(10240), type = "application/x-tar", timeout_ms = WAIT_MS })
      if not lines then
        return nil, err
      end
      return read_all(lines)
    end },
  }
end

--- The answer to the last request of a connection.
local function last_answer(bytes)
  local from, at = 1, 1
  while true do
    at = bytes:find("HTTP/1.1 ", at + 1, true)
    if not at then
      return bytes:sub(from)
    end
    from = at
  end
end

--- Says what was waited for, and how far the fake has come with it.
local function hanging(fake, ask, at, size, err)
  local said = support.read(fake.dir .. "/log") or ""
  local is_there = fs.exists("/proc/" .. fake.process:pid())
  return ("%s %s, cut at byte %d of %d, was waited for: %s; the fake, which is %s, said last:\n"
    .. "%s%s"):format(ask[1], ask[2], at, size, tostring(err), is_there and "there" or "gone",
    said:sub(-1000), fake.process:stderr() or "")
end

--- Plays an answer cut at each byte of a range, and then whole; returns how often it was cut.
local function play_cut(ask, bytes, want, first, last)
  local path = os.tmpname()
  assert(fs.write_atomic(path, bytes))
  local rules = { PING }
  for at = first, last do
    rules[#rules + 1] = { times = 1, match = ask[1] .. " .*" .. ask[2], file = path, cut = at }
  end
  rules[#rules + 1] = { match = ask[1] .. " .*" .. ask[2], file = path }
  local fake <close> = fakes.engine(rules)
  local client <close> = connect(fake.host)
  for at = first, last do
    local got, err = ask[3](client)
    if got and ask.may_end then
      assert.is_not.equal(want, got, at)
    else
      assert.is_nil(got, ("%s cut at %d"):format(ask[2], at))
      if err.code == "ETIMEDOUT" then
        error(hanging(fake, ask, at, #bytes, err))
      end
      assert.is_nil(tostring(err.message):find("[\r\n]"))
    end
  end
  assert.equal(want, (ask[3](client)))
  os.remove(path)
  return last - first + 1
end

describe("a recorded session of a real engine", function()
  it("is never taken for whole when it is cut, at any byte, and never waited for", function()
    local engine, why = engines.engine()
    if not engine then
      return pending(why)
    end
    local image = assert(engines.image("busybox"))
    local name, value = engines.LABEL:match("^(.-)=(.*)$")
    local direct <close> = connect(engine.host)
    local container = assert(direct:call("POST", "/containers/create", { body = { Image = image, Cmd = { "sleep", "600" }, Labels = { [name] = value }, HostConfig = { NetworkMode = "none" } } })).Id
    local made, import
    finally(function()
      local client <close> = connect(engine.host)
      for _, id in ipairs({ container, made }) do
        client:call("DELETE", "/containers/" .. id, { query = { force = true, v = true } })
      end
      if import then
        images.remove(client, import)
      end
    end)
    assert(direct:call("POST", "/containers/" .. container .. "/start"))
    local exec = assert(direct:call("POST", "/containers/" .. container .. "/exec", { body = { Cmd = { "echo", "hello" }, AttachStdout = true, AttachStderr = true } })).Id

    -- recorded, each call over a connection of its own
    local recorded = {}
    for i, ask in ipairs(asks(image, container, exec)) do
      local proxy <close> = fakes.proxy(engine.host)
      local client = connect(proxy.host)
      if ask[2]:find("wait", 1, true) then
        assert(direct:call("POST", "/containers/" .. container .. "/kill"))
      end
      local got, err = ask[3](client)
      client:close()
      assert(got, err)
      made = ask[2]:find("create", 1, true) and ask[2]:find("containers", 1, true) and got or made
      task.sleep(50) -- the proxy writes its records
      local number, bytes = 1, nil
      while proxy:bytes(number, "up") do
        if proxy:bytes(number, "up"):find(ask[1] .. " /v1.41/", 1, true) then
          bytes = last_answer(proxy:bytes(number, "down"))
        end
        number = number + 1
      end
      assert(bytes and #bytes > 100, ask[2])
      recorded[i] = { bytes = bytes, got = got }
      import = bytes:match('"status":"(sha256:%x+)"') or import
    end

    -- played whole, and cut: the fakes and their clients wait for one another, so all at once
    local cuts = 0
    local group <close> = tasks.group()
    for i, ask in ipairs(asks(image, container, exec)) do
      local bytes, want = recorded[i].bytes, recorded[i].got
      -- of chunks the very last byte says nothing: see client_spec
      local last = bytes:sub(-7) == "\r\n0\r\n\r\n" and #bytes - 2 or #bytes - 1
      for from = 0, last, CUTS_EACH do
        group:spawn(function()
          local count = play_cut(ask, bytes, want, from, math.min(from + CUTS_EACH - 1, last))
          cuts = cuts + count
        end)
      end
    end
    assert(group:wait())
    assert.is_true(cuts > 3000, cuts)
  end)
end)

describe("an engine", function()
  it("that stands still for a moment is waited for; one that is killed is told, and comes back", function()
    local engine <close>, why = engines.private_engine({ bridge = false })
    if not engine then
      return pending(why)
    end
    local client <close> = connect(engine.host)
    engine:signal("STOP")
    local waker = task.spawn(function()
      task.sleep(3000)
      engine:signal("CONT")
    end)
    assert.is_string(assert(client:call("GET", "/version")).Version)
    waker:join()

    engine:signal("STOP")
    local _, err = client:call("GET", "/version", { timeout_ms = 300 })
    assert.equal("ETIMEDOUT", err.code)
    engine:signal("CONT")

    local image = assert(engines.image("busybox", { engine = engine }))
    local container = assert(client:call("POST", "/containers/create", { body = { Image = image, Cmd = { "sleep", "600" }, HostConfig = { NetworkMode = "none" } } })).Id
    assert(client:call("POST", "/containers/" .. container .. "/start"))
    local exec = assert(client:call("POST", "/containers/" .. container .. "/exec", { body = { Cmd = { "sh", "-c", "echo begun; sleep 600" }, AttachStdout = true, AttachStderr = true } })).Id
    local stream = assert(client:stream("POST", "/exec/" .. exec .. "/start", { body = { Detach = false } }))
    local output <close> = docker.output(stream)
    assert.equal("begun\n", output:read("stdout", 0))
    local events <close> = assert(client:events({ filters = { event = { "tag" } } }))
    local waiting = task.spawn(client.call, client, "POST", "/containers/" .. container .. "/wait")
    task.sleep(100) -- so that it waits, most likely; else it is told the same
    engine:signal("KILL")

    local ended = output:wait() -- D3: a clean end, which says nothing
    assert.is_true(ended == nil or ended.stdout.bytes == 6)
    local answer, failed = waiting:join()
    assert.is_nil(answer)
    assert.equal("ENGINE_GONE", failed.code)
    for _, method in ipairs({ "GET", "POST" }) do
      answer, failed = client:call(method, "/exec/" .. exec .. "/json")
      assert.is_nil(answer)
      assert.equal("ENGINE_GONE", failed.code)
      assert.matches("left behind", failed.message)
      assert.matches("clnrm reap", failed.detail.help, 1, true)
    end

    local next_event = task.spawn(events.next, events)
    engine:up()
    local event = assert(next_event:join())
    assert.same({ events_of.OWN, events_of.REOPENED }, { event.Type, event.Action })
    assert(images.tag(client, image, "localhost/clnrm-test/after:1"))
    assert.equal("tag", assert(events:next()).Action)
  end)
end)

describe("a registry that fails", function()
  it("half-way, for its limits, or with another image, gives none: the real engine's words are understood", function()
    local engine, why = engines.engine()
    if not engine then
      return pending(why)
    end
    local registry <close> = assert(proc.spawn({
      argv = engine:argv("python3", "-S", "tests/tools/fake_registry.py"),
    }))
    local port
    for _ = 1, 2000 do
      port = registry:stdout():match("^ready (%d+)\n")
      if port then
        break
      end
      task.sleep(5)
    end
    local client <close> = connect(engine.host)
    local good = ("127.0.0.1:%s/x/none:1"):format(assert(port, registry:stderr()))
    finally(function()
      local again <close> = connect(engine.host)
      images.remove(again, good)
    end)
    for fault, case in pairs({
      denied = { "ENGINE_FORBIDDEN", "denied" }, busy = { "ENGINE_RATE_LIMIT", "rate limit" }, login = { "ENGINE_UNAUTHORIZED", "unauthorized" },
      unknown = { "ENGINE_NOT_FOUND", "manifest unknown" }, lying = { "ENGINE_API", "" },
    }) do
      local layers = 0
      local name = fault == "lying" and "127.0.0.1:" .. port .. "/x/lying@sha256:" .. ("c"):rep(64) or ("127.0.0.1:%s/x/%s:1"):format(port, fault)
      local found, err = images.pull(client, name, { auth = false, on_progress = function(progress)
        layers = layers + (progress.status == "Download complete" and 1 or 0)
      end })
      assert.is_nil(found, fault)
      assert.matches(case[2], err.message, 1, true)
      assert.equal(case[1], err.code, fault .. ": " .. err.message)
      assert.is_nil((images.inspect(client, name)))
    end
    local found, pulled = images.pull(client, good, { auth = false, platform = "linux/amd64" })
    assert(found, pulled)
    assert.is_true(pulled)
    assert.same({ "/one" }, found.config.Cmd)
    assert.matches("^sha256:", found.digest)
  end)
end)
