local fs = require("core.fs")
local hash = require("core.hash")
local http = require("core.http")
local proc = require("core.proc")
local task = require("core.task")

local root = os.getenv("CLNRM_ROOT") or "."
local variant = os.getenv("CLNRM_VARIANT") or "release"
local CHUNKED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

local UPGRADE = { method = "POST", target = "/upgrade", upgrade = true }

local function start(...)
  local argv = { "python3", root .. "/tests/tools/http_answers.py", ... }
  local process = assert(proc.spawn({ argv = argv }))
  for _ = 1, 2000 do
    local port = process:stdout():match("ready (%S+)")
    if port then
      return process, port
    end
    task.sleep(5)
  end
  error("no server: " .. process:stderr())
end

local function coded(bytes)
  return (hash.base64(bytes):gsub("+", "-"):gsub("/", "_"):gsub("=", ""))
end

local function read_all(call)
  local parts = {}
  while true do
    local text, err = call:read()
    if not text then
      return nil, err, table.concat(parts)
    elseif text == "" then
      return table.concat(parts)
    end
    parts[#parts + 1] = text
  end
end

--- One request, its whole answer.
local function get(client, request)
  request = type(request) == "string" and { target = request } or request
  request.timeout_ms = request.timeout_ms or 20000
  local call <close>, err = client:ask(request)
  if not call then
    return nil, err
  end
  local status, headers = call:head()
  local body
  body, err = read_all(call)
  return body and status, err or headers, body
end

describe("core.http over a unix socket", function()
  local dir, server, client

  setup(function()
    dir = assert(fs.tempdir())
    server = start(dir .. "/s")
  end)
  teardown(function()
    server:close()
    fs.remove_tree(dir)
  end)
  before_each(function()
    client = assert(http.client({ socket = dir .. "/s" }))
  end)
  after_each(function()
    client:close()
  end)

  local function answer(bytes, options)
    local request = { target = "/raw/" .. coded(bytes) }
    for key, value in pairs(options or {}) do
      request[key] = value
    end
    return get(client, request)
  end

  it("gives the status, the headers and the body of an answer", function()
    local status, headers, body = answer("HTTP/1.1 404 No\r\nX-One:  a b \r\nX-Two:\r\n\r\nno")
    assert.equal(404, status)
    assert.same({ ["x-one"] = "a b", ["x-two"] = "" }, headers)
    assert.equal("no", body)
  end)

  it("sends method, headers and body as they were given, and nothing of its own taste", function()
    local _, _, body = get(client, {
      method = "POST", target = "/echo?q=%20/../x",
      headers = { "Content-Type: application/json", "X-Registry-Auth: e30=" }, body = "a\0b",
    })
    assert.equal("POST /echo?q=%20/../x\naccept: */*\ncontent-length: 3\n"
      .. "content-type: application/json\nhost: localhost\nx-registry-auth: e30=\n\na\0b", body)
    _, _, body = get(client, { method = "POST", target = "/echo" })
    assert.equal("POST /echo\naccept: */*\ncontent-length: 0\nhost: localhost\n\n", body)
  end)

  it("never uses a proxy of the environment", function()
    -- libcurl reads these at each request; nothing listens there
    assert(fs.write_atomic(dir .. "/ask.lua", ([[
      local client = require("core.http").client({ socket = %q })
      local call = assert(client:ask({ target = "/connections", timeout_ms = 20000 }))
      print((call:head()))]]):format(dir .. "/s")))
    local process <close> = assert(proc.spawn({
      argv = { os.getenv("CLNRM"), "lua", dir .. "/ask.lua" },
      env = { "http_proxy=http://127.0.0.1:1", "ALL_PROXY=socks5://127.0.0.1:1", "PATH=/usr/bin" },
    }))
    assert(process:wait())
    assert.equal("200\n", process:stdout(), process:stderr())
  end)

  it("sends a body that is fed in parts", function()
    local call <close> = assert(client:ask({ method = "PUT", target = "/echo", feed = true }))
    assert(call:write("one "))
    task.sleep(20)
    assert(call:write(("x"):rep(300000)))
    assert(call:finish())
    assert.equal(200, (call:head()))
    local body = assert(read_all(call))
    assert.matches("transfer%-encoding: chunked", body)
    assert.equal("one " .. ("x"):rep(300000), body:match("\n\n(.*)"))
    assert.equal("EPIPE", select(2, call:write("more")).code)
  end)

  it("passes on a body of any size without keeping it", function()
    local call <close> = assert(client:ask({ target = "/big/" .. (64 << 20) }))
    task.sleep(50) -- nobody reads: the server has to wait
    local bytes = 0
    while true do
      local text = assert(call:read())
      if text == "" then
        break
      end
      bytes = bytes + #text
    end
    assert.equal(64 << 20, bytes)
    if variant == "release" or variant == "debug" then -- sanitizers keep what was freed
      local rss = fs.read("/proc/self/status"):match("VmHWM:%s*(%d+)")
      assert.is_true(tonumber(rss) < 64 * 1024, rss)
    end
  end)

  it("follows no redirect", function()
    local status = answer("HTTP/1.1 302 Found\r\nLocation: /echo\r\nContent-Length: 0\r\n\r\n")
    assert.equal(302, status)
  end)

  it("sends a change over a connection of its own, and reads over a kept one", function()
    local function connections()
      return tonumber((select(3, get(client, "/connections"))))
    end
    local before = connections()
    assert.equal(before, connections())
    assert.equal(200, (get(client, { method = "POST", target = "/connections" })))
    assert.equal(before + 1, connections())
  end)

  describe("when the answer is no whole answer", function()
    local cases = {
      { "nothing at all", "", "ECONNRESET" },
      { "no HTTP", "hello there\r\n\r\n", "EPROTO" },
      { "another HTTP", "HTTP/3.0 200 OK\r\n\r\n", "EPROTO" },
      { "half a status line", "HTTP/1.1 20", "ECONNRESET" },
      { "half a header", "HTTP/1.1 200 OK\r\nConte", "ECONNRESET" },
      { "a header without a colon", "HTTP/1.1 200 OK\r\nnonsense\r\n\r\n", "EPROTO" },
      { "a body that is cut", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", "ECONNRESET" },
      { "a chunk that is cut", CHUNKED .. "5\r\nab", "ECONNRESET" },
      { "chunks without an end", CHUNKED .. "2\r\nab\r\n", "ECONNRESET" },
      { "a chunk without a size", CHUNKED .. "zz\r\nab\r\n", "EPROTO" },
      { "a length that is none", "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nab", "EPROTO" },
      { "a long header", "HTTP/1.1 200 OK\r\nX: " .. ("x"):rep(70000) .. "\r\n\r\n", "ELIMIT" },
      { "many headers", "HTTP/1.1 200 OK\r\n" .. ("X: y\r\n"):rep(14000) .. "\r\n", "ELIMIT" },
      { "heads without end", ("HTTP/1.1 100 Continue\r\n\r\n"):rep(4000), "ELIMIT" },
    }
    for _, case in ipairs(cases) do
      it("says so: " .. case[1], function()
        local status, err = answer(case[2], { timeout_ms = 10000 })
        assert.is_nil(status)
        assert.equal(case[3], err.code, tostring(err))
        assert.is_true(err.detail.is_sent)
      end)
    end
  end)

  it("gives a server that says nothing its time, and no more", function()
    local status, err = get(client, { target = "/keep/", timeout_ms = 100 })
    assert.is_nil(status)
    assert.equal("ETIMEDOUT", err.code)
    assert.matches("did not answer in time", err.message, 1, true)
    assert.is_true(err.detail.is_sent)
  end)

  it("waits on as long as bytes come, and no longer", function()
    local whole = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789"
    local status = get(client, { target = "/slow/5/" .. coded(whole), idle_ms = 3000 })
    assert.equal(200, status)
    local err
    status, err = get(client, { target = "/keep/" .. coded(whole:sub(1, -5)), idle_ms = 100 })
    assert.is_nil(status)
    assert.equal("ETIMEDOUT", err.code)
    assert.matches("fell silent", err.message, 1, true)
  end)

  it("says what is wrong with a socket that leads nowhere, and that nothing was sent", function()
    local function try(path)
      local other <close> = assert(http.client({ socket = path }))
      local status, err = get(other, "/")
      assert.is_nil(status)
      assert.is_false(err.detail.is_sent)
      return err.code, err.message
    end
    local code, message = try(dir .. "/absent")
    assert.equal("ENOENT", code)
    local wanted = "cannot connect to " .. dir .. "/absent: No such file or directory"
    assert.matches(wanted, message, 1, true)
    fs.write_atomic(dir .. "/file", "")
    assert.equal("ECONNREFUSED", (try(dir .. "/file")))
  end)

  it("ends a wait when its task is cancelled", function()
    local ok, err = task.timeout(50, function()
      return client:ask({ target = "/keep/" })
    end)
    assert.is_nil(ok)
    assert.equal("ETIMEDOUT", err.code)
  end)

  it("lets a call end after its client", function()
    local call <close> = assert(client:ask({ target = "/big/2000000" }))
    client:close()
    assert.equal(2000000, #assert(read_all(call)))
  end)

  describe("as a stream", function()
    it("carries bytes both ways until both ends are said", function()
      local call <close> = assert(client:ask(UPGRADE))
      assert.equal(101, (call:head()))
      assert(call:write("hello"))
      assert.equal("HELLO", assert(call:read()))
      local writer = task.spawn(function() -- it comes back while it goes out
        assert(call:write(("y"):rep(5000000)))
        return call:finish()
      end)
      assert.equal(("Y"):rep(5000000), assert(read_all(call)))
      assert.is_true(writer:join())
      assert.equal("EPIPE", select(2, call:write("x")).code)
    end)

    it("keeps what came with the head of the answer", function()
      for _, code in ipairs({ "101 UPGRADED", "200 OK" }) do
        local bytes = "HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 " .. code .. "\r\nA: b\r\n\r\nfirst"
        local status, headers, body = answer(bytes, { upgrade = true })
        assert.equal(tonumber(code:match("%d+")), status)
        assert.same({ a = "b" }, headers)
        assert.equal("first", body)
      end
    end)

    it("gives an answer that is no stream like any other", function()
      local request = { method = "POST", target = "/refuse/409", upgrade = true }
      local status, _, body = get(client, request)
      assert.equal(409, status)
      assert.equal('{"message":"no"}', body)
    end)

    it("is found out at every byte where its head is cut", function()
      local head = "HTTP/1.1 101 UPGRADED\r\nUpgrade: tcp\r\n\r\n"
      for n = 0, #head - 1 do
        local status, err = answer(head:sub(1, n), { upgrade = true })
        assert.is_nil(status, n)
        assert.is_truthy(err.code == "ECONNRESET" or err.code == "EPROTO", err.code)
      end
      assert.equal(101, (answer(head, { upgrade = true })))
    end)

    it("does not take a flood for a head", function()
      local _, err = answer("HTTP/1.1 101 X\r\n" .. ("a: b\r\n"):rep(20000), { upgrade = true })
      assert.equal("ELIMIT", err.code)
      _, err = answer(("HTTP/1.1 100 X\r\n\r\n"):rep(5000), { upgrade = true })
      assert.equal("ELIMIT", err.code)
    end)
  end)
end)

describe("core.http over a command", function()
  it("speaks on its stdin and stdout, and ends it", function()
    local dir = assert(fs.tempdir())
    local _ <close> = start(dir .. "/s")
    local text = "echo $$ >>" .. dir .. "/pids; exec socat - UNIX-CONNECT:" .. dir .. "/s"
    local client = assert(http.client({ command = { "sh", "-c", text } }))
    assert.equal(200, (get(client, "/connections")))
    local call = assert(client:ask(UPGRADE))
    assert(call:write("abc"))
    assert.equal("ABC", assert(call:read()))
    call:close()
    client:close()
    for pid in fs.read(dir .. "/pids"):gmatch("%d+") do
      for _ = 1, 1000 do
        if not fs.exists("/proc/" .. pid) then
          break
        end
        task.sleep(5)
      end
      assert.is_false(fs.exists("/proc/" .. pid))
    end
    fs.remove_tree(dir)
  end)

  it("tells what a command that fails said", function()
    local client <close> = assert(http.client({
      command = { "sh", "-c", "echo hi >&2; echo 'Permission denied (publickey).' >&2; exit 255" },
    }))
    local _, err = get(client, "/")
    assert.matches("Permission denied (publickey).", err.message, 1, true)
    local absent <close> = assert(http.client({ command = { "no-such-program" } }))
    _, err = get(absent, "/")
    assert.matches("no-such-program: No such file or directory", err.message, 1, true)
  end)
end)

describe("core.http over TLS", function()
  local NEW_KEY = "-newkey ec -pkeyopt ec_paramgen_curve:P-256"
  local dir

  local function openssl(line, ...)
    local process <close> = assert(proc.spawn({
      argv = { "sh", "-ec", 'cd "$0"; ' .. line:format(...), dir },
    }))
    assert.equal(0, assert(process:wait()).code, process:stderr())
  end

  --- A certificate for `host`, signed by the authority `by`.
  local function certify(name, host, by, days)
    openssl("openssl req %s -nodes -keyout %s.key -out %s.csr -subj /CN=x", NEW_KEY, name, name)
    openssl("printf 'subjectAltName=%s' >%s.ext", host, name)
    openssl("openssl x509 -req -in %s.csr -CA %s.pem -CAkey %s.key -CAcreateserial -days %d "
      .. "-extfile %s.ext -out %s.pem", name, by, by, days or 2, name, name)
  end

  setup(function()
    dir = assert(fs.tempdir())
    for _, name in ipairs({ "ca", "other" }) do
      openssl("openssl req -x509 %s -nodes -days 2 -keyout %s.key -out %s.pem -subj /CN=%s",
        NEW_KEY, name, name, name)
    end
    certify("good", "IP:127.0.0.1", "ca")
    certify("wrong", "DNS:example.org", "ca")
    certify("old", "IP:127.0.0.1", "ca", -1)
    certify("client", "DNS:client", "ca")
    certify("stranger", "DNS:client", "other")
  end)
  teardown(function()
    fs.remove_tree(dir)
  end)

  local function try(server_name, client_ca, options)
    local _ <close>, port = start("0", dir .. "/" .. server_name .. ".pem",
      dir .. "/" .. server_name .. ".key", client_ca and dir .. "/" .. client_ca .. ".pem")
    options.base = "https://127.0.0.1:" .. port
    local client <close> = assert(http.client(options))
    local status, err = get(client, { target = "/connections", timeout_ms = 10000 })
    return status or err.code
  end
  local function file(name)
    return dir .. "/" .. name
  end

  it("speaks with a server whose certificate is signed for it", function()
    assert.equal(200, (try("good", nil, { ca = file("ca.pem") })))
  end)

  it("shows a certificate of its own", function()
    assert.equal(200, (try("good", "ca", {
      ca = file("ca.pem"), cert = file("client.pem"), key = file("client.key"),
    })))
  end)

  for what, case in pairs({
    ["of another host"] = { "wrong", nil, "ca.pem" },
    ["that has run out"] = { "old", nil, "ca.pem" },
    ["signed by another authority"] = { "good", nil, "other.pem" },
    ["that the system does not know"] = { "good", nil, nil },
  }) do
    it("does not speak with a server with a certificate " .. what, function()
      assert.equal("ETLS", (try(case[1], case[2], { ca = case[3] and file(case[3]) })))
    end)
  end

  it("is refused without a certificate, or with a stranger's", function()
    -- TLS 1.3 tells the client only when it reads
    assert.is_not.equal(200, (try("good", "ca", { ca = file("ca.pem") })))
    assert.is_not.equal(200, (try("good", "ca", {
      ca = file("ca.pem"), cert = file("stranger.pem"), key = file("stranger.key"),
    })))
  end)

  it("does not shut its half of a stream", function()
    local _ <close>, port = start("0", file("good.pem"), file("good.key"))
    local base = "https://127.0.0.1:" .. port
    local client <close> = assert(http.client({ base = base, ca = file("ca.pem") }))
    local call <close> = assert(client:ask(UPGRADE))
    assert(call:write("abc"))
    assert.equal("ABC", assert(call:read()))
    assert.equal("ENOTSUP", select(2, call:finish()).code)
  end)
end)

describe("core.http", function()
  it("takes no request that could be read as two", function()
    local client <close> = assert(http.client({ socket = "/nowhere" }))
    for _, request in ipairs({
      { target = "/a b" }, { target = "/a\r\nX: y" }, { target = "a" }, {},
      { target = "/", headers = { "A: b\r\nC: d" } }, { target = "/", headers = { "A: b\0" } },
      { target = "/", method = "GET /x" }, { targt = "/" },
      { target = "/", feed = true, body = "x" },
    }) do
      assert.is_false((pcall(client.ask, client, request)))
    end
  end)
end)
