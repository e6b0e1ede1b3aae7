local clock = require("core.clock")

describe("core.clock", function()
  it("never goes back", function()
    local last = clock.now()
    for _ = 1, 1000 do
      local now = clock.now()
      assert.is_true(now >= last)
      last = now
    end
  end)

  it("tells the wall's time", function()
    assert.is_true(math.abs(clock.wall() // 1000000000 - os.time()) <= 1)
  end)

  it("tells processor time, which rises with work only", function()
    local before, started = clock.cpu(), clock.now()
    os.execute("sleep 0.1")
    local rested = clock.cpu() - before
    assert.is_true(rested >= 0 and rested < clock.now() - started)
    for _ = 1, 100000 do
      math.sin(1)
    end
    assert.is_true(clock.cpu() > before + rested)
  end)

  local S = 1000000000
  local times = {
    { 0, "1970-01-01T00:00:00Z" }, { -1 * S, "1969-12-31T23:59:59Z" },
    { 951782400 * S, "2000-02-29T00:00:00Z" }, { 1709210096 * S, "2024-02-29T12:34:56Z" },
    { 4102444800 * S, "2100-01-01T00:00:00Z" }, { -2208988800 * S, "1900-01-01T00:00:00Z" },
    { 2147483648 * S, "2038-01-19T03:14:08Z" },
  }
  for _, case in ipairs(times) do
    it("writes and reads " .. case[2], function()
      assert.equal(case[2], clock.format(case[1]))
      assert.equal(case[1], clock.parse(case[2]))
    end)
  end

  it("writes fractions, cut off", function()
    assert.equal("1970-01-01T00:00:01.987Z", clock.format(1987654321, 3))
    assert.equal("1970-01-01T00:00:01.987654321Z", clock.format(1987654321, 9))
    assert.equal("1969-12-31T23:59:59.999999999Z", clock.format(-1, 9))
    assert.equal("1677-09-21T00:12:43.145224192Z", clock.format(math.mininteger, 9))
    assert.equal("2262-04-11T23:47:16.854775807Z", clock.format(math.maxinteger, 9))
    assert.has_error(function() return clock.format(0, 10) end)
  end)

  it("reads what RFC 3339 allows", function()
    assert.equal(1500000000, clock.parse("1970-01-01t00:00:01.5z"))
    assert.equal(1123456789, clock.parse("1970-01-01 00:00:01.1234567899Z"))
    assert.equal(clock.parse("2024-01-01T00:00:00Z"), clock.parse("2024-01-01T05:30:00+05:30"))
    assert.equal(clock.parse("2024-01-01T00:00:00Z"), clock.parse("2023-12-31T23:00:00-01:00"))
    assert.equal(clock.parse("2017-01-01T00:00:00Z"), clock.parse("2016-12-31T23:59:60Z"))
  end)

  it("refuses the rest", function()
    local wrong = { "", "2024", "2024-01-01", "2024-01-01T00:00:00", "2024-13-01T00:00:00Z",
      "2024-00-01T00:00:00Z", "2023-02-29T00:00:00Z", "1900-02-29T00:00:00Z",
      "2024-04-31T00:00:00Z", "2024-01-01T24:00:00Z", "2024-01-01T00:60:00Z",
      "2024-01-01T00:00:61Z", "2024-01-01T00:00:00.Z", "2024-01-01T00:00:00Zx",
      "2024-01-01T00:00:00+0100", "2024-01-01T00:00:00+24:00", "+024-01-01T00:00:00Z",
      "2024-01-01T00:00:00\0", " 2024-01-01T00:00:00Z", "2024-1-01T00:00:00Z" }
    for _, text in ipairs(wrong) do
      local ns, err = clock.parse(text)
      assert.is_nil(ns, text)
      assert.equal("ESYNTAX", err.code)
    end
    assert.equal("ERANGE", select(2, clock.parse("2263-01-01T00:00:00Z")).code)
    assert.equal("ERANGE", select(2, clock.parse("1600-01-01T00:00:00Z")).code)
  end)

  it("reads back every second that it writes", function()
    local seed = 1
    for _ = 1, 3000 do
      seed = seed * 6364136223846793005 + 1442695040888963407
      local ns = seed >> 2 -- 1970 to 2116, and some before
      ns = seed & 1 == 0 and ns or -(ns >> 1)
      assert.equal(ns, clock.parse(clock.format(ns, 9)))
    end
  end)
end)
