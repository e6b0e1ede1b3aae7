local model = require("engine.model")

local function steps(count)
  local out = { 'meta = { name = "x" }\n' }
  for i = 1, count do
    out[#out + 1] = ('[[steps]]\nname = "s%d"\ncommand = ["true"]\n'):format(i)
  end
  return table.concat(out)
end

describe("a test file", function()
  it("has at most 50,000 values", function()
    assert.equal(12000, #model.parse(steps(12000), "/x.toml").scenarios[1].steps)
    local suite, list = model.parse(steps(13000), "/x.toml")
    assert.is_nil(suite)
    assert.equal("P006", list[1].code)
  end)

  it("shows its first thousand errors and says that there are more", function()
    local suite, list = model.parse(("[[x]]\n"):rep(2) .. ("[[steps]]\n"):rep(2000), "/x.toml")
    assert.is_nil(suite)
    assert.equal(1001, #list)
    assert.equal("P009", list[#list].code)
  end)
end)
