local text = require("core.text")
local tree = require("engine.graph.tree")

--- A graph of one scenario whose steps have these names, each in a service.
local function graph_of(names)
  local steps = {}
  for i, name in ipairs(names) do
    steps[i] = { id = "p" .. i, step = i, name = name, service = "db" }
  end
  return {
    file = "a.clnrm.toml",
    edges = {},
    cells = { { services = {}, scenarios = { { name = "s", services = {}, steps = steps } } } },
  }
end

--- The columns in which what stands beside the names begins.
local function columns_of(look, names)
  local columns = {}
  for line in tree.render(look, graph_of(names)):gmatch("[^\n]+") do
    local before = line:match("^(.-)in db$")
    columns[#columns + 1] = before and text.width(before)
  end
  return columns
end

describe("engine.graph.tree", function()
  it("sets what is beside names into one column, in UTF-8 and in ASCII", function()
    for _, name in ipairs({ "größe", "日本 🎉 ÉÀ \u{202E} x", ("ß"):rep(38) }) do
      for _, look in ipairs({ { width = 80 }, { width = 80, utf8 = true } }) do
        local columns = columns_of(look, { "a", name })
        assert.equal(2, #columns)
        assert.equal(columns[1], columns[2], name)
      end
    end
  end)

  it("lets a long name stand out, and a screen without room", function()
    local columns = columns_of({ width = 80 }, { "a", ("b"):rep(41) })
    assert.is_true(columns[1] < columns[2])
    columns = columns_of({ width = 100, fits = true }, { "a", ("ß"):rep(8) })
    assert.is_true(columns[1] < columns[2])
  end)
end)
