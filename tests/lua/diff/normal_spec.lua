local normal = require("engine.diff.normal")

local KNOWN = { ids = { ["1d0e5a77"] = true }, from_s = 1795967555, to_s = 1795967556 }

local function check(text, expected, count)
  local got, replaced = normal.new(KNOWN)(text)
  assert.equal(expected, got)
  assert.equal(count or 1, #replaced, text)
end

local function keeps(text)
  check(text, text, 0)
end

describe("engine.diff.normal", function()
  it("replaces times", function()
    check("at 2026-11-29T15:52:35.123Z.", "at <time>.")
    check("2026-11-29 15:52:35+01:00 up", "<time> up")
    check("[15:52:35] up", "[<time>] up")
    check("15:52:35,123 up", "<time> up")
    check("since 1795967555", "since <time>")
    check("ns 1795967555518103122", "ns <time>")
    check("took 12 ms", "took <duration>")
    check("took 0.25s", "took <duration>")
    check("1.5µs and 3us", "<duration> and <duration>", 2)
  end)

  it("replaces ids that are known to be such", function()
    check("run 1d0e5a77 ends", "run <id> ends")
    check("id 6fa459ea-ee8a-4ca4-894e-db77e160355e", "id <id>")
  end)

  it("replaces ports that the system gives out, and pids", function()
    check("127.0.0.1:40123 up", "127.0.0.1:<port> up")
    check("http://db.local:40123/x", "http://db.local:<port>/x")
    check("localhost:40123", "localhost:<port>")
    check("[::1]:40123", "[::1]:<port>")
    check("port 40123", "port <port>")
    check("pid 4, PID=17", "pid <pid>, PID=<pid>", 2)
  end)

  it("keeps what may mean something", function()
    for _, text in ipairs({
      "127.0.0.1:5432", "count:40123", "port 99999", "retry in 5s", "2026-11-29", "v1.2.3",
      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
      "d41d8cd98f00b204e9800998ecf8427e", "deadbeef", "1234567890", "1d0e5a7", "1d0e5a778",
      "6fa459ea-ee8a-3ca4-894e-db77e160355e", "12 msgs", "rapid 7", "airport 1", "",
      "sha256:1795967555ab", "41795967555", "17959675551",
    }) do
      keeps(text)
    end
  end)

  it("takes no longer for long runs of digits, blanks or letters than for other texts", function()
    for _, piece in ipairs({ "1", "1.", " ", "a", "1m", ":", "/", "1:", "-", "f" }) do
      local text = piece:rep(400000)
      assert.equal(text .. " m <duration>", (normal.new(KNOWN)(text .. " m 1 ns")))
    end
  end)

  it("counts the places that differ", function()
    assert.equal(1, normal.differing({ "1", "2" }, { "1", "3" }))
    assert.equal(0, normal.differing({}, { "x" }))
  end)
end)
