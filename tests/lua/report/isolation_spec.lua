local human = require("engine.report.human")

--- Tells one scenario whose room is isolated by `of_room` in a run that promised `of_run`.
local function told(of_run, of_room, verbose)
  local out = {}
  local report = human.new({
    write = function(bytes)
      out[#out + 1] = bytes
    end,
    width = 100,
    verbose = verbose,
  })
  for _, e in ipairs({
    { event = "run_begin", run_id = "r", version = "0", total = 1, files = 1, jobs = 1,
      backend = "b", isolation = of_run },
    { event = "scenario_begin", id = "x", file = "f", name = "n" },
    { event = "room_begin", id = "x", isolation = of_room },
    { event = "scenario_end", id = "x", file = "f", name = "n", verdict = "pass", duration_ms = 1 },
  }) do
    report:on_event(e)
  end
  return table.concat(out)
end

describe("the isolation of a room", function()
  local late = setmetatable({}, { __tostring = function() return "none" end })

  it("is told where it differs from what the run has told, for -v", function()
    local text = told({ net = "own", limits = late }, { net = "host", limits = "pids 5" }, 1)
    assert.matches("PASS.*\n +limits pids 5\n +net host\n", text)
  end)

  it("is not told again where it is the same, nor without -v", function()
    local same = told({ net = "own", limits = late }, { net = "own", limits = "none" }, 1)
    assert.equal(1, select(2, same:gsub("net own", "")))
    assert.equal(1, select(2, same:gsub("limits none", "")))
    assert.is_nil(told({ net = "own" }, { net = "host" }, nil):find("net host", 1, true))
  end)
end)
