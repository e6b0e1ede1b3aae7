-- luacheck: no max line length
--- The client of the Engine API: against a scripted engine that misbehaves, and real ones.
local client_of = require("engine.docker.client")
local engines = dofile("tests/lua/docker/engines.lua")
local fakes = dofile("tests/lua/docker/fakes.lua")
local homes = dofile("tests/lua/docker/support.lua")
local request = require("engine.docker.request")
local mask = require("engine.secrets.mask")
local task = require("core.task")

local PING = { match = "^GET /_ping$", body = "OK", headers = { ["Api-Version"] = "1.41", Server = "Docker/20.10.24 (linux)" } }


local function getenv_of(env)
  return function(name)
    return env[name]
  end
end

local function connect(host, opts)
  opts = opts or {}
  opts.getenv = opts.getenv or getenv_of({ DOCKER_HOST = host })
  return client_of.connect(opts)
end

--- Calls `fn` with a client of a fake engine that plays rules after its ping.
local function with(rules, fn)
  table.insert(rules, 1, PING)
  local fake <close> = fakes.engine(rules)
  local client <close> = assert(connect(fake.host))
  return fn(client, fake)
end

describe("what a client sends", function()
  it("has names of a query in order, lists repeated, tables as JSON", function()
    assert.equal("", request.query(nil))
    assert.equal("?all=1&filters=%7B%22label%22%3A%5B%22a%3Db%22%5D%7D&q=1&q=b%20%26&x=0",
      request.query({ x = false, all = true, q = { 1, "b &" }, filters = { label = { "a=b" } } }))
  end)

  it("has names escaped in its path, and no other", function()
    assert.equal("127.0.0.1:5000/a/b@sha256:0", request.segment("127.0.0.1:5000/a/b@sha256:0"))
    assert.equal("a%3Fb%20%0A%23", request.segment("a?b \n#"))
    for _, path in ipairs({ "/a?b", "/a b", "/a#", "a", "/a/../b", "/..", "/a\r\n" }) do
      assert.has_error(function()
        return request.make("GET", "", path, {})
      end, nil, path)
    end
  end)

  it("has a deadline by its kind", function()
    for path, ms in pairs({
      ["/images/r:5000/a/b/push"] = 0, ["/images/r:5000/a/b/get"] = 0, ["/images/create"] = 0, ["/build"] = 0,
      ["/containers/c/wait"] = 0, ["/containers/c/stop"] = 120000, ["/containers/create"] = 60000, ["/exec/e/start"] = 60000,
    }) do
      assert.equal(ms, request.timeout_ms("POST", path), path)
    end
    assert.equal(30000, request.timeout_ms("GET", "/images/r:5000/a/b/json"))
    assert.equal(0, request.timeout_ms("GET", "/events"))
    assert.equal(0, request.timeout_ms("GET", "/containers/c/logs"))
    assert.equal(10000, request.timeout_ms("GET", "/_ping"))
    assert.equal(60000, request.timeout_ms("DELETE", "/containers/c"))
  end)

  it("is a body of JSON with its type, under the version", function()
    with({ { body = {} } }, function(client, fake)
      assert(client:call("POST", "/containers/create", { body = { Image = "x" }, query = { name = "n" } }))
      assert.equal(2, #fake:log())
      local entry = fake:log()[2]
      assert.same({ "POST /v1.41/containers/create?name=n", '{"Image":"x"}', "application/json" },
        { entry.request, entry.body, entry.headers["content-type"] })
    end)
  end)
end)

describe("the version of the API", function()
  it("is DOCKER_API_VERSION where that is set", function()
    local ping = { body = "OK", headers = { ["Api-Version"] = "1.45" } }
    local fake <close> = fakes.engine({ ping })
    local client <close> = assert(connect(nil, { getenv = getenv_of({ DOCKER_HOST = fake.host, DOCKER_API_VERSION = "1.42" }) }))
    assert.equal("1.42", client.version)
  end)

  for name, headers in pairs({
    docker = { ["Api-Version"] = "1.41", Server = "Docker/20.10.24+dfsg1 (linux)" },
    podman = { ["Api-Version"] = "1.41", ["Libpod-Api-Version"] = "4.3.1", Server = "Libpod/4.3.1 (linux)" },
  }) do
    it("comes with whose engine it is: " .. name, function()
      local fake <close> = fakes.engine({ { body = "OK", headers = headers } })
      local client <close> = assert(connect(fake.host))
      assert.equal(name, client.engine)
    end)
  end
end)

describe("a connection", function()
  it("goes past a socket of the user that was left behind", function()
    local home = homes.home()
    home.socket("run/docker.sock")
    local fake <close> = fakes.engine({ PING })
    local endpoint = require("engine.docker.endpoint")
    local before = endpoint.SYSTEM.docker
    home.env.XDG_RUNTIME_DIR, endpoint.SYSTEM.docker = home.dir .. "/run", fake.socket
    local client, err = client_of.connect({ getenv = home.getenv })
    endpoint.SYSTEM.docker = home.dir .. "/none"
    local nobody, why = client_of.connect({ getenv = home.getenv })
    endpoint.SYSTEM.docker = before
    assert(client, err)
    assert.equal(fake.socket, client.endpoint.socket)
    client:close()
    assert.is_nil(nobody)
    assert.same({ "ECONNREFUSED", true }, { why.code, why.message:find("left behind", 1, true) ~= nil })
  end)

  it("does not go past one that was named", function()
    local home = homes.home()
    local socket = home.socket("s")
    local client, err = connect("unix://" .. socket)
    assert.is_nil(client)
    assert.equal("ECONNREFUSED", err.code)
    assert.matches("left behind", err.message)
  end)

  for name, rule in pairs({
    garbage = { raw = "\0\1\2\255garbage" },
    ["no status line"] = { raw = "OK" },
    ["HTTP/0.9"] = { raw = "<html>" },
    ["1xx for ever"] = { raw = ("HTTP/1.1 100 Continue\r\n\r\n"):rep(20000) },
    ["a header of 1 MB"] = { raw = "HTTP/1.1 200 OK\r\nX: " .. ("x"):rep(1 << 20) .. "\r\n\r\n" },
    ["10000 headers"] = { raw = "HTTP/1.1 200 OK\r\n" .. ("X: y\r\n"):rep(10000) .. "\r\n" },
    ["a body that is too long"] = { body = ("x"):rep(100000), headers = PING.headers },
    ["another server"] = { body = "<html>It works!</html>" },
    ["an empty answer"] = { raw = "" },
    ["a 500"] = { status = 500, body = { message = "on fire" } },
  }) do
    it("is refused: " .. name, function()
      local fake <close> = fakes.engine({ rule })
      local client, err = connect(fake.host)
      assert.is_nil(client)
      assert.is_string(err.code)
      assert.is_nil(err.message:find("\n"))
    end)
  end

  it("is given up when nothing is answered", function()
    local fake <close> = fakes.engine({ { hang = true } })
    local client, err = connect(fake.host, { timeout_ms = 1500 })
    assert.is_nil(client)
    assert.equal("ETIMEDOUT", err.code)
    assert.matches("GET /_ping: no answer within 1.5 s", err.message)
  end)
end)

--- Calls of each kind: method, path.
local CALLS = {
  { "GET", "/info" }, { "GET", "/version" }, { "GET", "/containers/json" }, { "GET", "/containers/c/json" },
  { "POST", "/containers/create" }, { "POST", "/containers/c/start" }, { "POST", "/containers/c/stop" },
  { "POST", "/containers/c/kill" }, { "POST", "/containers/c/wait" }, { "POST", "/containers/c/exec" },
  { "POST", "/containers/c/pause" }, { "POST", "/containers/c/unpause" }, { "POST", "/containers/c/rename" },
  { "POST", "/containers/c/update" }, { "DELETE", "/containers/c" }, { "GET", "/containers/c/archive" },
  { "PUT", "/containers/c/archive" }, { "HEAD", "/containers/c/archive" }, { "GET", "/exec/e/json" },
  { "POST", "/exec/e/resize" }, { "GET", "/images/json" }, { "GET", "/images/i/json" }, { "POST", "/images/i/tag" },
  { "DELETE", "/images/i" }, { "POST", "/networks/create" }, { "POST", "/networks/n/connect" },
  { "GET", "/networks" }, { "DELETE", "/networks/n" }, { "POST", "/volumes/create" }, { "DELETE", "/volumes/v" },
}
local STATUSES = { 400, 401, 403, 404, 409, 416, 418, 429, 500, 502, 503, 504 }

describe("a call", function()
  it("fails by each status, at each path, with the message masked", function()
    local rules = {}
    for _, status in ipairs(STATUSES) do
      -- The fake sends the body of a rule also to a HEAD, and no engine does.
      rules[#rules + 1] = { match = "^HEAD .*s=" .. status, status = status }
      rules[#rules + 1] = { match = "s=" .. status, status = status, body = { message = "no: s3cr3tvalue" } }
    end
    table.insert(rules, 1, PING)
    local fake <close> = fakes.engine(rules)
    local client <close> = assert(connect(fake.host, { mask = mask.new({ "s3cr3tvalue" }) }))
    local count = 0
    for _, call in ipairs(CALLS) do
      for _, status in ipairs(STATUSES) do
        if status < 502 or call[1] == "POST" then -- the others are tried again: below
          local body, err = client:call(call[1], call[2], { query = { s = status } })
          assert.is_nil(body)
          assert.equal(status, err.detail and err.detail.status, tostring(err))
          assert.is_nil(err.message:find("s3cr3t", 1, true))
          assert.equal(call[1] .. " " .. call[2], err.op)
          count = count + 1
        end
      end
    end
    local sent = 0
    for _, entry in ipairs(fake:log()) do -- where an answer takes long, the engine is pinged
      sent = sent + (entry.request == "GET /_ping" and 0 or 1)
    end
    assert.equal(count, sent) -- nothing was sent twice
  end)

  it("is tried again when it only reads or removes, and the engine is away for a moment", function()
    for _, method in ipairs({ "GET", "DELETE" }) do
      with({ { times = 2, status = 503, body = "away" }, { body = "{}" } }, function(client, fake)
        assert.same({}, (client:call(method, "/x")))
        assert.equal(4, #fake:log())
      end)
    end
    with({ { status = 503, body = "away" } }, function(client, fake)
      local _, err = client:call("GET", "/x")
      assert.equal("ENGINE_UNAVAILABLE", err.code)
      assert.equal(5, #fake:log())
      assert.is_nil((client:call("POST", "/x")))
      assert.equal(6, #fake:log())
      repeat -- the time of a call may be over before it is sent
        assert.is_nil((client:call("GET", "/x", { timeout_ms = 40 })))
      until #fake:log() > 6
      assert.equal(7, #fake:log()) -- no time for another
    end)
  end)

  it("takes an answer only when it is what was asked for", function()
    for name, case in pairs({
      empty = { "GET", "/info", { body = "" }, "ENGINE_ANSWER" },
      blank = { "POST", "/containers/create", { status = 201, body = "\n" }, "ENGINE_ANSWER" },
      text = { "GET", "/info", { body = "OK" }, "ENGINE_ANSWER" },
      number = { "GET", "/info", { body = "1" }, "ENGINE_ANSWER" },
      null = { "GET", "/containers/json", { body = "null" }, "ENGINE_ANSWER" },
      deep = { "GET", "/info", { body = ("["):rep(100000) }, "ENGINE_ANSWER" },
      twice = { "GET", "/info", { body = '{"a":1,"a":2}' }, "ENGINE_ANSWER" },
      huge = { "GET", "/info", { body = '{"a":1e400}' }, "ENGINE_ANSWER" },
      surrogate = { "GET", "/info", { body = '{"a":"\\ud800"}' }, "ENGINE_ANSWER" },
      nul = { "GET", "/info", { body = '{"a\0":1}' }, "ENGINE_ANSWER" },
      rest = { "GET", "/info", { body = "{}{}" }, "ENGINE_ANSWER" },
      long = { "GET", "/info", { ["repeat"] = { 1 << 16, (" "):rep(1024) } }, "ELIMIT" },
      ["wrong status"] = { "GET", "/info", { status = 302, headers = { Location = "http://example.org/" } }, "ENGINE_API" },
    }) do
      with({ case[3] }, function(client)
        local body, err = client:call(case[1], case[2])
        assert.is_nil(body, name)
        assert.equal(case[4], err.code, name)
      end)
    end
  end)

  it("has no body where none is needed", function()
    with({
      { match = "start", status = 204 }, { match = "stop", status = 304 }, { match = "connect", status = 200, body = "" },
      { match = "text", body = "plain", headers = { ["Content-Type"] = "text/plain" } }, { match = "tag", status = 201 },
    }, function(client)
      assert.same({ true, 204 }, { client:call("POST", "/containers/c/start") })
      assert.same({ true, 304 }, { client:call("POST", "/containers/c/stop") })
      assert.same({ true, 200 }, { client:call("POST", "/networks/n/connect") })
      assert.same({ true, 201 }, { client:call("POST", "/images/i/tag") })
      assert.same({ "plain", 200 }, { client:call("POST", "/text") })
      assert.same({ "plain", 200 }, { client:call("GET", "/text", { answer = "text" }) })
      local _, err = client:call("POST", "/containers/c/stop", { ok = { 204 } })
      assert.equal(304, err.detail.status)
    end)
  end)

  it("is over at its deadline, and says so", function()
    with({ { match = "hang", hang = true }, { body = "{}", pause = 0.1 } }, function(client)
      for _, path in ipairs({ "/hang", "/slow" }) do
        local _, err = client:call("POST", path, { timeout_ms = 1000 })
        assert.equal("ETIMEDOUT", err.code)
        assert.matches("POST " .. path .. ": no answer within 1 s", err.message, 1, true)
        assert.is_true(err.detail.is_sent)
      end
      local _, err = client:call("POST", "/hang", { timeout_ms = 0, idle_ms = 100 })
      assert.equal("ETIMEDOUT", err.code)
    end)
  end)

  it("ends with its task", function()
    with({ { hang = true } }, function(client)
      local _, err = task.timeout(100, client.call, client, "POST", "/x", { timeout_ms = 0 })
      assert.equal("ETIMEDOUT", err.code)
    end)
  end)

  for name, rule in pairs({
    ["known length"] = { body = '{"a":[1,2]}' },
    chunks = { chunks = { '{"a":', "[1,2]}" } },
  }) do
    it("is nothing when the answer is cut at any byte: " .. name, function()
      local whole = fakes.engine({ rule })
      local size = #fakes.exchange(whole.socket, "GET /x HTTP/1.1\r\n\r\n", 1)
      whole:close()
      -- Of chunks the very last byte says nothing: the empty chunk and its line's CR are the end.
      local last = rule.chunks and size - 2 or size - 1
      local rules = {}
      for at = 0, last do
        local copy = request.copy(rule)
        copy.times, copy.cut = 1, at
        rules[#rules + 1] = copy
      end
      rules[#rules + 1] = rule
      with(rules, function(client)
        for at = 0, last do
          local body, err = client:call("POST", "/x", { answer = "json" })
          assert.is_nil(body, at)
          assert.matches("^Docker: POST /x: ", err.message)
        end
        assert.same({ a = { 1, 2 } }, (client:call("POST", "/x", { answer = "json" })))
      end)
    end)
  end

  for name, raw in pairs({
    ["a chunk size that is none"] = "Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
    ["a chunk that is too short"] = "Transfer-Encoding: chunked\r\n\r\n9\r\n{}\r\n0\r\n\r\n",
    ["a huge chunk"] = "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n{}\r\n0\r\n\r\n",
    ["a length that is too long"] = "Content-Length: 3\r\n\r\n{}",
    ["a length that is none"] = "Content-Length: -1\r\n\r\n{}",
  }) do
    it("is nothing with " .. name, function()
      with({ { raw = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n" .. raw } }, function(client)
        local body, err = client:call("POST", "/x", { answer = "json" })
        assert.is_nil(body)
        assert.is_string(err.code)
      end)
    end)
  end
end)

describe("a stream", function()
  for _, how in ipairs({ true, "bare" }) do
    it("opens by " .. (how == true and "101" or "200"), function()
      with({ { upgrade = how, raw = "\1\0\0\0\0\0\0\2hi" } }, function(client)
        local stream <close>, status = client:stream("POST", "/exec/e/start", { body = { Detach = false } })
        assert(stream, status)
        assert.equal(how == true and 101 or 200, status)
        local bytes = ""
        while #bytes < 10 do
          bytes = bytes .. assert(stream:read())
        end
        assert.equal("\1\0\0\0\0\0\0\2hi", bytes)
      end)
    end)
  end

  it("fails as calls do", function()
    with({ { match = "hang", hang = true }, { status = 409, body = { message = "is not running" } } }, function(client)
      local stream, err = client:stream("POST", "/containers/c/attach")
      assert.is_nil(stream)
      assert.same({ "ENGINE_CONFLICT", "is not running" }, { err.code, err.message })
      stream, err = client:stream("POST", "/hang", { timeout_ms = 100 })
      assert.is_nil(stream)
      assert.equal("ETIMEDOUT", err.code)
    end)
  end)
end)

describe("a real engine", function()
  for name, find in pairs({ docker = engines.engine, podman = engines.podman }) do
    it("is spoken to: " .. name, function()
      local engine, why = find()
      if not engine then
        return pending(why)
      end
      local client <close> = assert(connect(engine.host))
      assert.equal(name, client.engine)
      assert.is_string(assert(client:call("GET", "/version")).Version)
      assert.is_table(assert(client:call("GET", "/containers/json", { query = { all = true } })))
      local _, err = client:call("GET", "/images/clnrm-none:none/json")
      assert.equal("ENGINE_NOT_FOUND", err.code)
      _, err = client:call("POST", "/containers/create", { body = { Image = "clnrm-none:none" } })
      assert.equal("ENGINE_NOT_FOUND", err.code)
    end)
  end
end)
