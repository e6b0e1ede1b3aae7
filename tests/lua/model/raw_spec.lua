--- Tags in [vars] and [matrix], which are read before the tags: wherever they stand, they are told.
local model = require("engine.model")

--- The places at which tags in [vars] are refused: "line:column …".
local function refused(vars)
  local _, list = model.parse('[meta]\nname = "{{ svc }}"\n' .. vars, "/p/t.clnrm.toml",
    { file = "t.clnrm.toml", project_dir = "/p" })
  local places = {}
  for _, d in ipairs(list) do
    if d.code == "R004" then
      places[#places + 1] = d.line .. ":" .. d.column
    end
  end
  return table.concat(places, " ")
end

describe("a tag in [vars] is refused", function()
  it("in a value and in a key", function()
    assert.equal("4:6", refused('[vars]\na = "{{ x }}"\n'))
    assert.equal("4:2", refused('[vars]\n"{{ x }}" = 1\n'))
    assert.equal("4:6 5:7", refused('[vars]\na = "{{ x }}"\nb = "b{{ y }}"\n'))
  end)

  it("in a list, in a list within it and in a table within it", function()
    assert.equal("4:12", refused('[vars]\na = ["1", "{{ x }}"]\n'))
    assert.equal("4:8", refused('[vars]\na = [["{{ x }}"], []]\n'))
    assert.equal("5:15", refused('[vars]\na = [1,\n  { b = 2, c="{{ x }}" }]\n'))
  end)

  it("in a table with a header, a dotted key, and tables of a list", function()
    assert.equal("4:6", refused('[vars.a]\nb = "{{ x }}"\n'))
    assert.equal("4:8", refused('[vars]\na.b = "{{ x }}"\n'))
    assert.equal("4:6 6:7", refused('[[vars.a]]\nb = "{{ x }}"\n[[vars.a]]\nb = ["{{ x }}"]\n'))
    assert.equal("5:6", refused('[vars]\n[vars.a.b]\nc = "{{ x }}"\n'))
  end)

  it("and nowhere else", function()
    assert.equal("", refused('[vars]\na = "{ x }"\nb = [1, 2]\n# {{ x }}\n'))
    assert.equal("", refused('[vars]\na = 1 # {{ x }}\n[vars.b]\n'
      .. 'c = 1\n[[steps]]\nname = "{{ vars.a }}"\ncommand = ["true"]\n'))
  end)
end)
