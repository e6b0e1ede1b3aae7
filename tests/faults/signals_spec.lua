--- A hundred signals of each kind at random moments of a run.
local signals = dofile("tests/tools/signals.lua")

local ROUNDS, WINDOW_MS = 100, 400

describe("of a hundred runs that are ended by", function()
  for seed, name in ipairs({ "INT", "TERM", "HUP", "QUIT", "KILL", "TWICE", "TSTP" }) do
    it(("SIG%s, none leaves anything behind"):format(name), function()
      assert.is_true(signals.can_run(), "this needs namespaces of our own")
      signals.check(name, ROUNDS, WINDOW_MS, seed)
    end)
  end
end)
