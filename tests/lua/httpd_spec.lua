local fs = require("core.fs")
local hash = require("core.hash")
local http = require("core.http")
local httpd = require("core.httpd")
local proc = require("core.proc")
local task = require("core.task")

local root = os.getenv("CLNRM_ROOT") or "."
local RAW = root .. "/tests/tools/raw_http.py"

--- Starts a client that sends what it is told.
local function raw(server, ...)
  return assert(proc.spawn({ argv = { "python3", RAW, tostring(server:port()), ... } }))
end

local function write_file(path, text)
  local file <close> = assert(io.open(path, "w"))
  assert(file:write(text))
end

local function send(text)
  return "send=" .. hash.hex(text)
end

local function output_of(process)
  local client <close> = process
  local result = assert(task.timeout(60000, client.wait, client))
  assert.equal(0, result.code, client:stderr())
  return client:stdout()
end

--- Asks in the same process, and returns what came.
local function ask(server, request)
  local client <close> = assert(http.client({ base = "http://127.0.0.1:" .. server:port() }))
  request.timeout_ms = 30000
  local call <close>, err = client:ask(request)
  if not call then
    return nil, err
  end
  local status, headers = call:head()
  local parts = {}
  repeat
    local part
    part, err = call:read()
    parts[#parts + 1] = part
  until not part or part == ""
  return status, headers, table.concat(parts), err
end

describe("core.httpd", function()
  local server, serving

  --- Opens a server whose requests go to `fn`, one after the other.
  local function serve(options, fn)
    server = assert(httpd.open(options))
    local of = server
    serving = task.spawn(function()
      while server == of do
        local request <close> = of:next()
        if request then
          fn(request)
        end
      end
    end)
  end

  after_each(function()
    local of = server
    server = nil
    if of then
      of:close()
    end
    if serving then
      serving:join()
    end
    serving = nil
  end)

  it("hands out a request with method, path, query, headers and body, and sends the answer",
    function()
      local head
      serve(nil, function(request)
        head = request:head()
        assert(request:answer(201, { ["X-Seen"] = "yes" }, "made\0it"))
      end)
      local status, headers, body = ask(server, {
        method = "POST", target = "/a%20b/c?name=x%26y&empty=&plus=a+b", body = "12345",
        headers = { "X-Word: One" },
      })
      assert.same({ 201, "yes", "made\0it" }, { status, headers["x-seen"], body })
      assert.same({ "POST", "/a b/c", "12345" }, { head.method, head.path, head.body })
      assert.same({ name = "x&y", empty = "", plus = "a b" }, head.query)
      assert.equal("One", head.headers["x-word"])
      assert.equal("127.0.0.1:" .. server:port(), head.headers.host)
    end)

  it("listens on 127.0.0.1 alone", function()
    serve(nil, function() end)
    local hex, found = (":%04X"):format(server:port()), {}
    for _, file in ipairs({ "/proc/net/tcp", "/proc/net/tcp6" }) do
      for line in (fs.read(file) or ""):gmatch("[^\n]+") do
        local at, state = line:match("^%s*%d+: (%S+) %S+ (%x%x)")
        if at and state == "0A" and at:sub(-5) == hex then
          found[#found + 1] = at
        end
      end
    end
    assert.same({ "0100007F" .. hex }, found)
  end)

  it("refuses a port that is taken", function()
    serve(nil, function() end)
    local other, err = httpd.open({ port = server:port() })
    assert.is_nil(other)
    assert.equal("EADDRINUSE", err.code)
    assert.has_error(function()
      httpd.open({ port = 65536 })
    end)
  end)

  it("answers several requests at once, in any order", function()
    local first
    serve(nil, function(request)
      if request:head().path == "/slow" then
        first = request
        task.spawn(function()
          local keep <close> = assert(server:next())
          keep:answer(200, nil, "fast")
          first:answer(200, nil, "slow")
        end):join()
      end
    end)
    local slow = task.spawn(function()
      return select(3, ask(server, { target = "/slow" }))
    end)
    while not first do
      task.sleep(1)
    end
    assert.equal("fast", (select(3, ask(server, { target = "/fast" }))))
    assert.equal("slow", slow:join())
  end)

  it("writes a stream as it comes, and ends it", function()
    serve(nil, function(request)
      assert(request:stream(200, { ["Content-Type"] = "text/event-stream" }))
      for i = 1, 3 do
        assert(request:write(("part %d\n"):format(i)))
      end
      assert(request:write(("x"):rep(300000)))
    end)
    local status, headers, body = ask(server, { target = "/" })
    assert.same({ 200, "text/event-stream" }, { status, headers["content-type"] })
    assert.equal("part 1\npart 2\npart 3\n" .. ("x"):rep(300000), body)
  end)

  it("gives 500 to what was not answered, and answers nothing twice", function()
    local code
    serve(nil, function(request)
      if request:head().path == "/twice" then
        request:answer(200, nil, "one")
        code = select(2, request:answer(200, nil, "two")).code
      end
    end)
    assert.equal(500, (ask(server, { target = "/" })))
    assert.equal("one", (select(3, ask(server, { target = "/twice" }))))
    assert.equal("EALREADY", code)
  end)

  it("refuses headers that would begin another line", function()
    local code
    serve(nil, function(request)
      code = select(2, request:answer(200, { ["X-A"] = "b\r\nX-C: d" }, "")).code
      request:answer(200)
    end)
    local _, headers = ask(server, { target = "/" })
    assert.equal("EINVAL", code)
    assert.is_nil(headers["x-c"])
  end)

  it("refuses bodies, heads and numbers of headers past their limits", function()
    local seen = 0
    serve(nil, function(request)
      seen = seen + 1
      request:answer(200, nil, #request:head().body .. "")
    end)
    assert.equal("65536", (select(3, ask(server, { method = "POST", target = "/",
      body = ("b"):rep(65536) }))))
    assert.equal(413, (ask(server, { method = "POST", target = "/", body = ("b"):rep(65537) })))
    local target = "/?0=0" .. ("&a=b"):rep(99)
    assert.equal(431, (ask(server, { target = target })))
    local out = output_of(raw(server, send("GET /" .. ("a"):rep(40000) .. " HTTP/1.1\r\n"
      .. "Host: x\r\n\r\n"), "read"))
    assert.matches("^HTTP/1%.1 414 ", out)
    assert.equal(1, seen)
  end)

  for name, text in pairs({
    ["two Hosts"] = "GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
    ["a length and chunks"] = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n"
      .. "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ["no HTTP at all"] = "\0\1\2\3\r\n\r\n",
    ["a body with two lengths"] = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n"
      .. "Content-Length: 4\r\n\r\nabcd",
    ["a length that is no number"] = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n",
    ["no Host"] = "GET / HTTP/1.1\r\n\r\n",
    ["a header without a colon"] = "GET / HTTP/1.1\r\nHost: x\r\nbroken\r\n\r\n",
  }) do
    it("hands out nothing of " .. name, function()
      local seen = 0
      serve({ request_ms = 300 }, function(request)
        seen = seen + 1
        request:answer(200, nil, "")
      end)
      local out = output_of(raw(server, send(text), "read"))
      assert.equal(0, seen)
      assert.is_nil(out:match("HTTP/1.1 200"), out)
    end)
  end

  it("cuts a client that does not get done with its head, or with its body", function()
    local seen = 0
    serve({ request_ms = 300 }, function()
      seen = seen + 1
    end)
    local drips = { raw(server, "drip=" .. hash.hex("GET / HTTP/1.1\r\nX: " .. ("a"):rep(2000))),
      raw(server, send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2000\r\n\r\n"),
        "drip=" .. hash.hex(("a"):rep(1999))),
      raw(server, "read") }
    for _, client in ipairs(drips) do
      output_of(client)
    end
    assert.equal(0, seen)
    assert.equal(0, server:connections())
  end)

  it("cuts a client that takes nothing of a stream, and tells who writes it", function()
    local go = os.tmpname()
    os.remove(go)
    local code, client
    serve({ send_ms = 300 }, function(request)
      assert(request:stream(200))
      repeat
        local ok, err = request:write(("x"):rep(1 << 19))
        code = err and err.code
      until not ok
      write_file(go, "")
    end)
    client = raw(server, send("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), "take=1", "wait=" .. go)
    output_of(client)
    os.remove(go)
    assert.equal("ECLOSED", code)
  end)

  it("keeps no more of a stream than it may", function()
    local codes = {}
    serve(nil, function(request)
      codes[1] = select(2, request:write("early")).code
      assert(request:stream(200))
      codes[2] = select(2, request:write(("x"):rep((1 << 20) + 1))).code
    end)
    ask(server, { target = "/" })
    assert.same({ "EINVAL", "ELIMIT" }, codes)
  end)

  it("tells who writes a stream that the client went away", function()
    local code
    serve(nil, function(request)
      assert(request:stream(200))
      repeat
        local ok, err = request:write("tick\n")
        code = err and err.code
        task.sleep(10)
      until not ok
    end)
    output_of(raw(server, send("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), "take=10"))
    while not code do
      task.sleep(5)
    end
    assert.equal("ECLOSED", code)
  end)

  it("keeps nothing of answers to clients that were gone before", function()
    local codes, is_gone, go = {}, task.event(), os.tmpname()
    serve(nil, function(request)
      write_file(go, "")
      is_gone:wait()
      is_gone:clear()
      assert(request:stream(200))
      local code
      for _ = 1, 100 do
        local ok, err = request:write(("x"):rep(100000))
        code = err and err.code
        if not ok then
          break
        end
      end
      codes[#codes + 1] = code or "all was taken"
    end)
    for i, action in ipairs({ "reset", "take=0", "reset" }) do
      os.remove(go)
      output_of(raw(server, send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"),
        "wait=" .. go, action))
      is_gone:set()
      for _ = 1, 6000 do
        if #codes < i then
          task.sleep(5)
        end
      end
    end
    os.remove(go)
    assert.same({ "ECLOSED", "ECLOSED", "ECLOSED" }, codes)
  end)

  it("closes with requests that wait, are streams, or are not taken yet", function()
    local held = {}
    server = assert(httpd.open())
    serving = task.spawn(function()
      for i = 1, 2 do
        held[i] = server:next()
      end
    end)
    local clients = {}
    for i = 1, 3 do
      clients[i] = raw(server, send("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), "read")
    end
    serving:join()
    assert(held[1]:stream(200))
    while server:connections() < 3 do
      task.sleep(5)
    end
    assert(held[2]:stream(200)) -- which libmicrohttpd has no time to see
    server:close()
    for _, client in ipairs(clients) do
      output_of(client)
    end
    assert.equal("ECLOSED", select(2, held[1]:write("x")).code)
    assert.equal("ECLOSED", select(2, held[2]:write("x")).code)
    held[1]:close()
    held[2]:close()
  end)

  it("keeps no program alive", function()
    local file = os.tmpname()
    write_file(file, [[
      local server = assert(require("core.httpd").open())
      print(select(2, server:next()).code)
    ]])
    local child = assert(proc.spawn({ argv = { os.getenv("CLNRM"), "lua", file } }))
    assert.equal("EDEADLOCK\n", output_of(child))
    os.remove(file)
  end)

  it("takes no other status, name or port than there are", function()
    serve(nil, function(request)
      assert.has_error(function()
        request:answer(99)
      end)
      assert.has_error(function()
        request:answer(200, { 1 })
      end)
      request:answer(204)
    end)
    assert.equal(204, (ask(server, { target = "/" })))
    assert.has_error(function()
      httpd.open({ prot = 1 })
    end)
  end)
end)
