--- Signals as images write them.
local signals = require("engine.run.signals")

describe("a signal of an image", function()
  it("is a name, a number, or one of the real-time ones", function()
    for text, number in pairs({ SIGTERM = 15, term = 15, QUIT = 3, ["9"] = 9, ["64"] = 64,
      SIGRTMIN = 34, ["SIGRTMIN+3"] = 37, ["rtmax-1"] = 63, SIGRTMAX = 64 }) do
      assert.equal(number, signals.of_image(text), text)
    end
  end)

  it("is none of what there is not", function()
    for _, text in ipairs({ "", "SIG", "SIGNONE", "0", "65", "-1", "SIGRTMIN+31", "SIGRTMIN3",
      "RTMID", "99999999999999999999" }) do
      assert.is_nil(signals.of_image(text), text)
    end
  end)
end)
