-- luacheck: no max line length
--- Answers line by line, fed bodies, and the stream of events.
local client_of = require("engine.docker.client")
local engines = dofile("tests/lua/docker/engines.lua")
local events_of = require("engine.docker.events")
local fakes = dofile("tests/lua/docker/fakes.lua")
local json = require("core.json")
local task = require("core.task")

local DATE = "Sat, 28 Nov 2026 22:59:04 GMT"
local PING = { match = "/_ping$", body = "OK", headers = { ["Api-Version"] = "1.41", Date = DATE } }

local function connect(host)
  return assert(client_of.connect({
    getenv = function(name)
      return name == "DOCKER_HOST" and host or nil
    end,
  }))
end

local function with(rules, fn)
  table.insert(rules, 1, PING)
  local fake <close> = fakes.engine(rules)
  local client <close> = connect(fake.host)
  return fn(client, fake)
end

local function all(lines)
  local list = {}
  while true do
    local object, err = lines:next()
    if not object then
      return list, err
    end
    list[#list + 1] = object
  end
end

describe("lines of an answer", function()
  local function read(rule)
    return with({ rule }, function(client)
      local lines <close> = assert(client:lines("POST", "/images/create"))
      return all(lines)
    end)
  end

  it("are objects, however they come in pieces", function()
    local want = { { status = "a" }, { status = "b", n = 2 }, { status = "c" } }
    for _, rule in ipairs({
      { body = '{"status":"a"}\r\n{"status":"b","n":2}\n\n{"status":"c"}\n' },
      { body = '{"status":"a"}\n{"status":"b","n":2}\n{"status":"c"}' },
      { chunks = { '{"st', 'atus":"a"}\r', '\n{"status":"b","n":2}\r\n{"status":"c"', "}" } },
      { body = '{"status":"a"}\n{"status":"b","n":2}\n{"status":"c"}\n', pause = 0.001 },
    }) do
      local got, err = read(rule)
      assert.is_nil(err)
      assert.same(want, got)
    end
  end)

  it("tell errors with status 200", function()
    for text, code in pairs({
      ["manifest unknown: no"] = "ENGINE_NOT_FOUND", ["toomanyrequests: wait"] = "ENGINE_RATE_LIMIT",
      ["no basic auth credentials"] = "ENGINE_UNAUTHORIZED", ["something else"] = "ENGINE_API",
    }) do
      local got, err = read({ body = '{"status":"a"}\n' .. json.encode({ errorDetail = { message = text }, error = text }) .. '\n{"status":"b"}\n' })
      assert.same({ { status = "a" } }, got)
      assert.same({ code, text }, { err.code, err.message })
    end
  end)

  it("are refused when they are none", function()
    for name, rule in pairs({
      cut = { body = '{"status":"a"}\n{"stat' }, text = { body = "Pulling...\n" }, list = { body = "[]\n" },
      number = { body = "7\n" }, deep = { body = '{"a":' .. ("["):rep(100000) }, nul = { body = '{"a\0":1}\n' },
      long = { ["repeat"] = { 5000, ("x"):rep(1024) } },
    }) do
      local _, err = read(rule)
      assert.equal("ENGINE_ANSWER", err and err.code, name)
    end
  end)

  it("never end whole when the answer is cut at any byte", function()
    local rule = { chunks = { '{"status":"a"}\n', '{"status":"b"}\n' } }
    local whole = fakes.engine({ rule })
    local size = #fakes.exchange(whole.socket, "GET /x HTTP/1.1\r\n\r\n", 1)
    whole:close()
    local rules = {}
    for at = 0, size - 2 do
      rules[at + 1] = { times = 1, chunks = rule.chunks, cut = at }
    end
    with(rules, function(client)
      for at = 0, size - 2 do
        local lines <close>, err = client:lines("POST", "/x")
        if lines then
          err = select(2, all(lines))
        end
        assert.is_string(err and err.code, at)
      end
    end)
  end)
end)

describe("a fed body", function()
  local function source(pieces, result, why)
    return function(write)
      for _, piece in ipairs(pieces) do
        local ok, err = write(piece)
        if not ok then
          return nil, err
        end
      end
      return result, why
    end
  end

  it("is sent piece by piece", function()
    with({ { body = '{"stream":"ok"}\n' } }, function(client, fake)
      local lines <close> = assert(client:lines("POST", "/build", { feed = source({ "ab", "", "c" }, true), type = "application/x-tar" }))
      assert.same({ { stream = "ok" } }, (all(lines)))
      assert.same({ "abc", "application/x-tar" }, { fake:log()[2].body, fake:log()[2].headers["content-type"] })
    end)
  end)

  it("is not ended when its source fails or raises", function()
    local why = require("core.error").new({ code = "EIO", message = "the file is gone" })
    for _, case in ipairs({
      { source({ "ab" }, nil, why), "EIO", "the file is gone" },
      { function(write)
        write("a")
        error("oops")
      end, "EFAILED", "oops" },
    }) do
      with({ { body = "{}" } }, function(client, fake)
        local body, err = client:call("PUT", "/containers/c/archive", { feed = case[1] })
        assert.is_nil(body)
        assert.equal(case[2], err.code)
        assert.matches(case[3], err.message, 1, true)
        task.sleep(20)
        assert.equal(1, #fake:log()) -- no whole request came
      end)
    end
  end)

  it("ends when the engine answers before it is whole", function()
    local endless = function(write)
      while true do
        local ok, err = write(("x"):rep(100000))
        if not ok then
          return nil, err
        end
      end
    end
    -- The fake reads a request whole; a real engine refuses early.
    local engine, why = engines.engine()
    if not engine then
      return pending(why)
    end
    local client <close> = connect(engine.host)
    local body, err = client:call("PUT", "/containers/clnrm-none/archive", { query = { path = "/" }, feed = endless, timeout_ms = 20000 })
    assert.is_nil(body)
    assert.is_not.equal("ETIMEDOUT", err.code)
  end)
end)

local function event(n, at)
  return json.encode({ Type = "container", Action = "die", id = tostring(n), time = at, timeNano = at * 1000000000 + n }) .. "\n"
end

local T = 1795906744 -- of DATE

describe("events", function()
  local function ids(client, opts, count)
    local events <close> = assert(client:events(opts))
    local list = {}
    while #list < count do
      local got = assert(events:next())
      list[#list + 1] = got.id or got.Action
    end
    return table.concat(list, " ")
  end

  it("begin at the second of the opening, by the engine's clock", function()
    with({ { chunks = { event(1, T) } } }, function(client, fake)
      assert.equal("1", ids(client, nil, 1))
      assert.equal(("GET /v1.41/events?since=%d.000000000"):format(T), fake:log()[3].request)
    end)
  end)

  it("go on after a break, with none lost and none twice", function()
    local first = event(1, T) .. event(2, T + 9) .. event(3, T + 9)
    with({
      { times = 1, match = "events", chunks = { first, event(4, T + 9):sub(1, 20) }, cut = 78 + 4 + #first + 2 + 4 + 20 },
      { times = 1, match = "events", status = 503 },
      { times = 1, match = "events", raw = "" },
      { times = 1, match = "events", chunks = { event(3, T + 9) .. event(2, T + 9) .. event(4, T + 9) } }, -- a clean end
      { times = 1, match = "events", chunks = { event(4, T + 9) .. event(5, T + 10) } },
    }, function(client, fake)
      assert.equal("1 2 3 reopened 4 reopened 5", ids(client, { filters = { type = { "container" } } }, 7))
      local requests = {}
      for _, entry in ipairs(fake:log()) do
        requests[#requests + 1] = entry.request:match("/events%?.*since=(.*)$")
      end
      assert.equal(("%d.750000004"):format(T + 8), requests[#requests])
    end)
  end)

  it("end with an error when the engine does not come back", function()
    with({ { times = 1, match = "events", chunks = { event(1, T) } }, { match = "events", status = 503 } }, function(client)
      local events <close> = assert(client:events({ give_up_ms = 200 }))
      assert.equal("1", assert(events:next()).id)
      local got, err = events:next()
      assert.is_nil(got)
      assert.is_string(err.code)
      got, err = events:next()
      assert.same({ nil, "ECLOSED" }, { got, err.code })
    end)
  end)

  it("end with their task", function()
    with({ { match = "events", hang = true } }, function(client)
      local opened, err = task.timeout(100, client.events, client, { since = 0 })
      assert.is_nil(opened)
      assert.equal("ETIMEDOUT", err.code)
    end)
  end)

  it("of a real engine come once each over a connection that is cut again and again", function()
    local engine, why = engines.engine()
    if not engine then
      return pending(why)
    end
    -- an image that nobody else has: an event of `untag` names the image, not the tag
    local image = "clnrm-test-events:base-" .. math.random(1 << 30)
    local tag = "clnrm-test-events:" .. math.random(1 << 30)
    local path = os.tmpname()
    local empty = assert(io.open(path, "wb"))
    assert(empty:write(("\0"):rep(1024))):close()
    local id = assert(engine:docker("import", path, image))
    os.remove(path)
    local direct <close> = connect(engine.host)
    local proxy <close> = fakes.proxy(engine.host, "cut:3500")
    local client <close> = connect(proxy.host)
    local events <close> = assert(client:events({ filters = { type = { "image" }, event = { "tag", "untag" } } }))
    local ROUNDS = 20
    local maker = task.spawn(function()
      for _ = 1, ROUNDS do
        local name, version = tag:match("^(.*):(.*)$")
        assert(direct:call("POST", "/images/" .. image .. "/tag", { query = { repo = name, tag = version } }))
        task.sleep(60)
        assert(direct:call("DELETE", "/images/" .. tag))
        task.sleep(60)
      end
    end)
    local seen, breaks, since = {}, 0, nil
    local ok, err = task.timeout(30000, function()
      while #seen < ROUNDS * 2 do
        local got, bad = events:next()
        if not got then
          return nil, bad
        elseif got.Type == events_of.OWN then
          breaks = breaks + 1
        elseif got.Actor.ID == id and got.Actor.Attributes.name ~= image then -- not its import
          seen[#seen + 1] = got.Action
          since = got.timeNano
        end
      end
      return true
    end)
    maker:join()
    assert(direct:call("DELETE", "/images/" .. image))
    assert(ok, err)
    assert.is_number(since)
    assert.equal(("tag untag "):rep(ROUNDS), table.concat(seen, " ") .. " ")
    assert.is_true(breaks > 2)
  end)
end)
