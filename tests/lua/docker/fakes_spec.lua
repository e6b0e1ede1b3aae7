local fakes = dofile("tests/lua/docker/fakes.lua")
local support = dofile("tests/e2e/support.lua")

local PING = "GET /_ping HTTP/1.1\r\nHost: d\r\n\r\n"
local OK = "HTTP/1.1 200 X\r\nContent-Length: 2\r\nContent-Type: application/json\r\n\r\nOK"

local function ask(rules, bytes, quiet_s)
  local fake <close> = fakes.engine(rules)
  local answer, how = fakes.exchange(fake.socket, bytes or PING, quiet_s)
  return answer, how, fake:log()
end

describe("the fake engine", function()
  it("plays the first rule that fits, and keeps the connection", function()
    local answer, how, log = ask({
      { match = "POST", status = 500 },
      { match = "^GET /_ping", body = "OK" },
    }, PING .. PING)
    assert.equal(OK .. OK, answer)
    assert.equal("end", how)
    assert.equal(2, #log)
    assert.equal("GET /_ping", log[1].request)
    assert.equal("d", log[1].headers.host)
    assert.equal(#OK, log[2].sent)
  end)

  it("plays rules a number of times", function()
    local answer = ask({ { times = 1, status = 503, body = "" }, { body = "OK" } }, PING .. PING)
    assert.matches("^HTTP/1.1 503 X\r\n.*\r\n\r\nHTTP/1.1 200 X\r\n", answer)
  end)

  it("says 501 to what no rule fits", function()
    local answer = ask({ { match = "POST" } })
    assert.matches("^HTTP/1.1 501 ", answer)
    assert.matches("no rule for GET /_ping", answer, 1, true)
  end)

  it("records bodies of known length and in chunks", function()
    local _, _, log = ask({ { body = "OK" } }, "PUT /a HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc"
      .. "PUT /b HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nde\r\n1;x=y\r\nf\r\n0\r\n\r\n")
    assert.equal("abc", log[1].body)
    assert.equal("def", log[2].body)
  end)

  it("cuts an answer at any byte", function()
    local rules = {}
    for at = 0, #OK do
      rules[at + 1] = { times = 1, body = "OK", cut = at }
    end
    local fake <close> = fakes.engine(rules)
    for i, got in ipairs(fakes.exchanges(fake.socket, PING, { count = #rules })) do
      assert.same({ answer = OK:sub(1, i - 1), how = "end" }, got)
      assert.equal(i - 1, fake:log()[i].sent)
    end
  end)

  it("sends garbage as it is, and ends", function()
    local garbage = "\0\1\255 no status line\r\n"
    local answer, how = ask({ { raw = garbage } })
    assert.equal(garbage, answer)
    assert.equal("end", how)
  end)

  it("sends chunks, and truncates them", function()
    local whole = ask({ { chunks = { "ab", "c" } } })
    assert.matches("\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n$", whole)
    local part, how = ask({ { chunks = { "ab", "c" }, cut = #whole - 7 } })
    assert.equal(whole:sub(1, -8), part)
    assert.equal("end", how)
  end)

  it("upgrades with 101, and with the 200 of old proxies", function()
    local frame = "\1\0\0\0\0\0\0\2hi"
    local new = ask({ { upgrade = true, raw = frame } })
    assert.matches("^HTTP/1.1 101 UPGRADED\r\n", new)
    assert.equal(frame, new:sub(-#frame))
    local old = ask({ { upgrade = "bare", raw = frame } })
    assert.matches("^HTTP/1.1 200 ", old)
    assert.is_nil(old:find("Upgrade", 1, true))
    assert.equal(frame, old:sub(-#frame))
  end)

  it("is late, slow, or says nothing", function()
    local answer, how = ask({ { body = "OK", delay = 60 } }, PING, 0.2)
    assert.equal("", answer)
    assert.equal("open", how)
    answer, how = ask({ { body = "OK", pause = 60 } }, PING, 1)
    assert.equal("H", answer)
    assert.equal("open", how)
    answer = ask({ { body = "OK", pause = 0.001 } })
    assert.equal(OK, answer)
    answer, how = ask({ { hang = true } }, PING, 0.2)
    assert.equal("", answer)
    assert.equal("open", how)
  end)

  it("sends much without holding it", function()
    local answer = ask({ { body = "", ["repeat"] = { 1000000, "abc" } } })
    assert.matches("Content%-Length: 3000000\r\n", answer)
    assert.equal(3000000, #answer:match("\r\n\r\n(.*)$"))
  end)
end)

describe("the proxy", function()
  local function through(faults, bytes, quiet_s)
    local fake <close> = fakes.engine({ { body = "OK" } })
    local proxy <close> = fakes.proxy(fake.host, table.unpack(faults))
    local answer, how = fakes.exchange(proxy.socket, bytes or PING, quiet_s)
    return {
      answer = answer,
      how = how,
      up = proxy:bytes(1, "up"),
      down = proxy:bytes(1, "down"),
      forwarded = proxy:bytes(1, "forwarded"),
      log = fake:log(),
    }
  end

  it("passes and records a session", function()
    local got = through({}, PING .. PING)
    assert.equal(OK .. OK, got.answer)
    assert.equal(PING .. PING, got.up)
    assert.equal(OK .. OK, got.down)
    assert.equal(OK .. OK, got.forwarded)
  end)

  it("cuts answers at any byte, and keeps what the engine said", function()
    for _, at in ipairs({ 0, 1, 17, #OK - 1 }) do
      local got = through({ "cut:" .. at })
      assert.equal(OK:sub(1, at), got.answer)
      assert.equal("end", got.how)
      assert.equal(OK:sub(1, at), got.forwarded)
      assert.is_true(#got.down >= at)
      assert.equal(OK:sub(1, #got.down), got.down)
    end
  end)

  it("cuts requests: the engine sees a part", function()
    local put = "PUT /a HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc"
    local got = through({ "cut-up:" .. (#put - 1) }, put)
    assert.equal("", got.answer)
    assert.equal(put, got.up)
    assert.is_true(#got.log == 0 or got.log[1].body == "ab")
  end)

  it("flips one byte, and trickles", function()
    local got = through({ "flip:" .. (#OK - 1) })
    assert.equal(OK:sub(1, -2) .. string.char(("K"):byte() ~ 0xFF), got.answer)
    assert.equal(OK, through({ "trickle:0.001" }).answer)
  end)

  it("delays answers, and holds requests", function()
    local late = through({ "delay:60" }, PING, 1)
    assert.same({ "", "open" }, { late.answer, late.how })
    local held = through({ "hold:60" }, PING, 1)
    assert.same({ "", "open", 0 }, { held.answer, held.how, #held.log })
    assert.equal(PING, held.up)
  end)

  it("touches only connections of the request that it is told", function()
    assert.equal(OK, through({ "cut:0:^POST /x" }).answer)
    assert.equal("", through({ "cut:0:^GET /_ping" }).answer)
  end)

  it("gives a session that the fake plays, cut at each byte", function()
    local fake <close> = fakes.engine({ { body = "OK", close = true } })
    local proxy <close> = fakes.proxy(fake.host)
    fakes.exchange(proxy.socket, PING)
    local recorded = proxy.dir .. "/1.down"
    local rules = {}
    for at = 1, #OK do
      rules[at] = { times = 1, file = recorded, cut = at }
    end
    local player <close> = fakes.engine(rules)
    for at, got in ipairs(fakes.exchanges(player.socket, PING, { count = #OK })) do
      assert.equal(OK:sub(1, at), got.answer)
    end
    assert.equal(OK, support.read(recorded))
  end)
end)
