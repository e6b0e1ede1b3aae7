--- Signals at random moments: a sample; tests/faults/signals_spec.lua has the long form.
local signals = dofile("tests/tools/signals.lua")

local ROUNDS, WINDOW_MS = 6, 300
local can_run = signals.can_run()

describe("a run that is ended by", function()
  for _, name in ipairs({ "INT", "TERM", "HUP", "KILL", "TWICE", "TSTP" }) do
    it(("SIG%s leaves nothing behind"):format(name), function()
      if not can_run then
        pending("no namespaces of our own on this machine")
        return
      end
      local seed = os.time()
      local rows = signals.check(name, ROUNDS, WINDOW_MS, seed)
      if name == "TSTP" then
        local stopped = 0
        for _, row in ipairs(rows) do
          stopped = stopped + (row.stopped and 1 or 0)
        end
        assert.is_true(stopped > 0)
      end
    end)
  end
end)
