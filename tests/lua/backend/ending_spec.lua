local dying = require("engine.backend.dying")
local ending = require("engine.backend.container.ending")
local seen = require("engine.backend.container.seen")

local ID = "c0ffee"

--- A container as its engine and this machine's /proc tell of it, one look after another.
local function member(states, is_running)
  local looks = 0
  local files = {}
  dying.read = function(path)
    local what = path:match("^/proc/12/(%a+)$")
    if what == "cgroup" then
      looks = looks + 1
      local state = states[math.min(looks, #states)] or {}
      files = {
        cgroup = state.letter and "0::/docker/" .. ID or nil,
        status = ("Name:\tx\nState:\t%s (x)\nSigPnd:\t0\nShdPnd:\t%x\nSigBlk:\t%x\n"):format(
          state.letter, state.pending or 0, state.blocked or 0),
        stat = ("12 (x) %s 1 1 1 0 -1 %d"):format(state.letter, state.flags or 0),
      }
    end
    return files[what]
  end
  return {
    thing = { id = ID },
    inspect = function()
      return { State = { Running = is_running ~= false, Pid = 12 } }
    end,
  }
end

describe("engine.backend.container.ending", function()
  local read, late_ms, busy_ms

  before_each(function()
    read, late_ms, busy_ms = dying.read, ending.LATE_MS, ending.BUSY_MS
    ending.LATE_MS = 0
  end)

  after_each(function()
    dying.read, ending.LATE_MS, ending.BUSY_MS = read, late_ms, busy_ms
  end)

  it("believes an engine that says it has ended", function()
    assert.is_true((ending.is_dying(member({ { letter = "S" } }, false))))
    assert.is_true(ending.has_ended(member({ { letter = "S" } }, false)))
  end)

  it("sees what exits before the engine does, and what sleeps", function()
    assert.same({ true, true }, { ending.is_dying(member({ { letter = "S", flags = 4 } })) })
    assert.same({ false, true }, { ending.is_dying(member({ { letter = "S" } })) })
    assert.is_false(ending.has_ended(member({ { letter = "S" } })))
  end)

  it("looks again while it runs or has a signal to take", function()
    ending.BUSY_MS = 60000
    local TERM = 1 << 14
    for _, first in ipairs({ { letter = "R" }, { letter = "S", pending = TERM } }) do
      assert.is_true((ending.is_dying(member({ first, first, { letter = "Z" } }))))
      assert.is_true((ending.is_dying(member({ first, {} }))))
      assert.is_false((ending.is_dying(member({ first, { letter = "S" } }))))
    end
    assert.is_false((ending.is_dying(member({
      { letter = "S", pending = TERM, blocked = TERM }, { letter = "Z" },
    }))))
  end)

  it("knows one of this machine that is gone from one that was never seen here", function()
    local gone = member({ {} })
    assert.same({ false, false }, { ending.is_dying(gone) })
    gone.is_here = true
    assert.same({ true, true }, { ending.is_dying(gone) })
  end)

  it("reads moments as engines write them", function()
    assert.equal(1709208000123456789, ending.moment("2024-02-29T12:00:00.123456789Z"))
    assert.equal(1709208000500000000, ending.moment("2024-02-29T13:30:00.5+01:30"))
    assert.equal(1735689599000000000, ending.moment("2024-12-31T23:59:59Z"))
    assert.is_nil(ending.moment("0001-01-01T00:00:00Z"))
    assert.is_nil(ending.moment(nil))
  end)

  it("counts no signal that was sent after the end", function()
    local sent = { 1709208000000000000, 1709208002000000000 }
    assert.equal(1, ending.count_taken(sent, "2024-02-29T12:00:01Z", 0, 0))
    assert.equal(2, ending.count_taken(sent, "2024-02-29T12:00:01Z", 0, 1000000000))
    assert.equal(2, ending.count_taken(sent, "2024-02-29T12:00:02Z", 0, 0))
    assert.equal(2, ending.count_taken(sent, "2024-02-29T12:00:01Z", nil, 0))
    assert.equal(1, ending.count_taken(sent, "2024-02-29T13:00:01Z", 3600000000000, 0))
    assert.equal(0, ending.count_taken(sent, "2024-02-29T12:00:01Z", 3600000000000, 0))
  end)

  it("asks an engine elsewhere for its clock", function()
    local clock = require("core.clock")
    local answers, asked = {}, {}
    local function in_an_hour()
      return os.date("!%Y-%m-%dT%H:%M:%SZ", clock.wall() // 1000000000 + 3600)
    end
    local function shift(stats, info)
      answers = { ["/containers/c0ffee/stats"] = stats, ["/info"] = info }
      asked = { thing = { id = ID }, session = { client = { call = function(_, _, path)
        return answers[path]
      end } } }
      return ending.shift(asked)
    end
    assert.is_nil(shift(nil, nil))
    assert.is_nil(shift({ read = "0001-01-01T00:00:00Z" }, {}))
    for _, got_ns in ipairs({ shift({ read = in_an_hour() }, nil),
      shift({ read = "0001-01-01T00:00:00Z" }, { SystemTime = in_an_hour() }) }) do
      assert.is_true(got_ns > 3500e9 and got_ns <= 3600e9, got_ns)
    end
    answers = {}
    assert.is_true(ending.shift(asked) > 3500e9) -- known for some time
  end)

  it("finds a process by the number that an engine in a space of its own has for it", function()
    local status = "Name:\tx\nNSpid:\t812\t12\t1\nNSsid:\t812\t12\t1\n"
    dying.read = function(path)
      return path == "/proc/1/status" and status or path == "/proc/1/cgroup" and "0::/" .. ID or nil
    end
    assert.equal(1, seen.find(12, ID)) -- /proc has a 1, whatever it is
    assert.is_nil(seen.find(812, ID))
    assert.is_nil(seen.find(12, "b0d1e5"))
    assert.equal(12, seen.of_engine("\nNSpid:\t12\t1\n", "NSpid"))
    assert.equal(12, seen.of_engine("\nNSpid:\t12\n", "NSpid"))
  end)

  it("knows which signals a first process takes: what it catches, blocks, or waits for", function()
    local HUP, TERM, USR1 = 1, 15, 10
    local SLEEPS, WAITS, RUNS = "35 0x7f 0x0\n", "128 0x7f 0x0\n", "running\n"
    local status = "Name:\tx\nSigBlk:\t%x\nSigIgn:\t0\nSigCgt:\t%x\n"
    local both = status:format(1 << TERM - 1, 1 << HUP - 1)
    assert.is_true(ending.takes(both, TERM, SLEEPS))
    assert.is_true(ending.takes(both, HUP, SLEEPS))
    assert.is_false(ending.takes(both, USR1, SLEEPS))
    assert.is_false(ending.takes(both, USR1, RUNS))
    assert.is_true(ending.takes(both, USR1, WAITS))
    assert.is_true(ending.takes(both, USR1)) -- it is not told what it does,
    assert.is_true(ending.takes(both, USR1, ""))
    assert.is_true(ending.takes("Name:\tx\nSigBlk:\t0\n", TERM, SLEEPS)) -- or what it catches
  end)
end)
