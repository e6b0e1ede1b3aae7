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

  it("is not checked further after ten thousand errors", function()
    local suite, list = model.parse(("[[steps]]\n"):rep(12000), "/x.toml")
    assert.is_nil(suite)
    assert.equal("and at least 9900 more", list[#list].message)
  end)

  it("shows its first hundred errors and says how many more there are", function()
    local suite, list = model.parse(("[[x]]\n"):rep(2) .. ("[[steps]]\n"):rep(2000), "/x.toml")
    assert.is_nil(suite)
    assert.equal(101, #list)
    assert.equal("P009", list[#list].code)
    assert.matches("^and %d+ more$", list[#list].message)
    assert.is_true(list[#list].more > 3800, list[#list].message) -- name and command of each
  end)

  it("counts warnings by themselves: none of them hides an error, or is one", function()
    local notes = {}
    for i = 1, 150 do
      notes[i] = ("zz%d = 1\n"):format(i)
    end
    local text = "[meta]\nname = 'x'\n" .. table.concat(notes)
      .. "[[steps]]\nname = 's'\ncommand = ['true']\n"
    local suite, list = model.parse(text, "/x.toml")
    assert.is_table(suite)
    assert.same({ 101, "warning", "and 50 more" },
      { #list, list[#list].severity, list[#list].message })
    suite, list = model.parse(text .. "comand = 1\n", "/x.toml")
    assert.is_nil(suite)
    assert.equal(102, #list)
    assert.equal("comand", list[101].message:match("`(%w+)`"))
  end)
end)
