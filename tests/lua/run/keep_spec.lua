package.path = package.path .. ";" .. (os.getenv("CLNRM_ROOT") or ".") .. "/tests/lua/?.lua"
local fake = require("run.fake")

describe("a run whose rooms are to be kept, and cannot be", function()
  --- Runs one scenario whose command ends with `code`.
  local function run(code)
    local backend = fake.backend({
      exec = function()
        return fake.result({ exit_code = code })
      end,
    })
    local open = backend.open
    backend.open = function(spec)
      local room = open(spec)
      room.identity = function()
        return { pid = 0x7ffffffe } -- no process has this number: the room is gone
      end
      return room
    end
    local summary, events = fake.run(fake.plan({ { name = "a", steps = { "true" } } }), nil,
      { backend = backend, keep = "on-failure" })
    return summary, events[#events], backend.stats
  end

  it("ends with 2, and says the same in its last event, which reports are made of", function()
    local summary, last, stats = run(1)
    assert.equal("run_end", last.event)
    assert.equal(2, last.exit_code)
    assert.equal(2, summary.exit_code)
    assert.is_string(summary.not_kept)
    assert.equal(1, stats.closed)
  end)

  it("is as any other when none was to be kept", function()
    local summary, last = run(0)
    assert.equal(0, last.exit_code)
    assert.is_nil(summary.not_kept)
  end)
end)
