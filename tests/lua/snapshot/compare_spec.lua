local compare = require("engine.snapshot.compare")

local function seen(fields)
  local out = { name = "n", shown = "x/n.snap", of = "stdout", writes = true,
    stored = { of = "stdout", text = "one\ntwo\n" } }
  for key, value in pairs(fields or {}) do
    out[key] = value
  end
  return out
end

describe("the check of a snapshot", function()
  it("holds of the same text alone", function()
    assert.is_true((compare.check("stdout", seen(), "one\ntwo\n")))
    for _, text in ipairs({ "", "one\n", "one\ntwo", "One\ntwo\n", "one\r\ntwo\n" }) do
      local ok, _, detail = compare.check("stdout", seen(), text)
      assert.same({ false, "T801" }, { ok, detail.code })
    end
  end)

  it("does not hold when nothing is stored, not even of nothing", function()
    local one = seen()
    one.stored = nil
    for _, text in ipairs({ "", "one\ntwo\n" }) do
      local ok, _, detail = compare.check("stdout", one, text)
      assert.same({ false, "T802" }, { ok, detail.code })
    end
  end)

  it("cannot be said of what was not seen, is too long or cannot be read", function()
    assert.is_nil((compare.check("stdout", seen(), nil)))
    assert.is_nil((compare.check("stdout", seen(), ("x"):rep((1 << 20) + 1))))
    assert.is_nil((compare.check("stdout", seen({ problem = "damaged" }), "one\ntwo\n")))
  end)

  it("tells a value from a text of the same bytes", function()
    local ok, message = compare.check("the value", seen({ of = "value" }), "one\ntwo\n")
    assert.is_false(ok)
    assert.matches("is a text", message)
  end)

  it("compares what is left when secrets are masked", function()
    local one = seen({ stored = { of = "stdout", text = "key ***\n" }, clean = function(text)
      return (text:gsub("hunter2", "***"))
    end })
    assert.is_true((compare.check("stdout", one, "key hunter2\n")))
    assert.is_false((compare.check("stdout", one, "key hunter3\n")))
  end)

  it("says how it is accepted, and where it cannot be", function()
    local _, _, detail = compare.check("stdout", seen(), "x")
    assert.matches("clnrm snapshots accept x/n.snap", detail.help)
    _, _, detail = compare.check("stdout", seen({ writes = false }), "x")
    assert.matches("CI", detail.help)
  end)
end)
