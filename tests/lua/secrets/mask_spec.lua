--- Masks of cut texts: what stands of a value at the cut.
local mask = require("engine.secrets.mask")

describe("engine.secrets.mask", function()
  local VALUE = "correct-horse-battery"

  local function output(of, head, tail)
    local got = of:output({ text = head .. tail, seam = #head, bytes = 100, cut = 50 })
    return got.text:sub(1, got.seam), got.text:sub(got.seam + 1)
  end

  it("masks every beginning before a cut and every end behind it, from four bytes", function()
    local one = mask.new({ VALUE })
    for n = 1, #VALUE do
      local head, tail = VALUE:sub(1, n), VALUE:sub(-n)
      local want_head, want_tail = n < 4 and head or "***", n < 4 and tail or "***"
      assert.equal("a " .. want_head .. "…" .. want_tail .. " b",
        one:text("a " .. head .. "…" .. tail .. " b"))
      assert.same({ "a " .. want_head, want_tail .. " b" },
        { output(one, "a " .. head, tail .. " b") })
    end
  end)

  it("masks what stands between two cuts, of several values", function()
    local two = mask.new({ VALUE, "another-word" })
    assert.equal("***…***…*** x …***",
      two:text("corr…battery…word x …-word"))
    assert.equal("***…*** and ***…", two:text("correct…tery and anoth…"))
  end)

  it("masks the longest part that stands there, whatever form is the longest", function()
    local value = "abcd/abcd/wxyz/wxyz" -- abcd%2Fabcd%2F… is longer, and begins with abcd too
    local one = mask.new({ value })
    assert.equal("***…***", one:text("abcd/abcd…wxyz/wxyz"))
    assert.same({ "***", "***" }, { output(one, "abcd/abcd", "wxyz/wxyz") })
  end)

  it("masks long values in a number of steps that does not grow with their square", function()
    local words = {}
    for i = 1, 12000 do
      words[i] = ("%08x"):format(i * 2654435761 & 0xffffffff)
    end
    local value = table.concat(words) -- 96 kB; it took minutes by trying every length
    local one = mask.new({ value })
    local steps = 0
    debug.sethook(function()
      steps = steps + 1
      assert(steps < 2000, "too many steps")
    end, "", 1000)
    local head, tail = output(one, "a " .. value:sub(1, -2), value:sub(2) .. " b")
    debug.sethook()
    assert.same({ "a ***", "*** b" }, { head, tail })
    local half = #value // 2
    assert.equal("a ***…*** b",
      one:text("a " .. value:sub(1, half) .. "…" .. value:sub(half) .. " b"))
  end)
end)
