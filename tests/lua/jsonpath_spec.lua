local json = require("core.json")
local jsonpath = require("engine.jsonpath")

local doc = assert(json.decode([[
  {"a": {"b": [10, {"c": false}, null]}, "x y": 1, "q\"'\\": 2, "": 3, "é-1": 4, "1": 5, "e": []}
]]))

describe("engine.jsonpath", function()
  local found = {
    ["$.a.b[0]"] = 10, ["$.a.b[1].c"] = false, ["$.a.b[2]"] = json.null, ["$.a.b[-3]"] = 10,
    ["$[\"x y\"]"] = 1, ["$['x y']"] = 1, ["$[\"q\\\"\\'\\\\\"]"] = 2, ["$[\"\"]"] = 3,
    ["$.é-1"] = 4, ["$.1"] = 5, ["$['a'].b[-2]['c']"] = false,
  }
  for path, value in pairs(found) do
    it("finds " .. path, function()
      assert.equal(value, (jsonpath.get(doc, path)))
    end)
  end

  it("finds the whole value by $", function()
    assert.equal(doc, (jsonpath.get(doc, "$")))
    assert.equal(7, (jsonpath.get(7, "$")))
  end)

  it("finds nothing where nothing is", function()
    local absent = { "$.b", "$.a.b[3]", "$.a.b[-4]", "$.a.b.c", "$.a[0]", "$.a.b[0].x",
      "$.a.b[2].x", "$.e[0]", "$.e[-1]", "$.a.b[999999999999999999]" }
    for _, path in ipairs(absent) do
      local value, err = jsonpath.get(doc, path)
      assert.is_nil(value, path)
      assert.is_nil(err, path)
    end
  end)

  it("tells how far a path led", function()
    assert.same({ nil, 2 }, { jsonpath.follow(doc, assert(jsonpath.parse("$.a.b[9].c"))) })
  end)

  it("parses into keys and positions", function()
    assert.same({ "a", 0, "b c", -1 }, (jsonpath.parse("$.a[0]['b c'][-1]")))
    assert.same({}, (jsonpath.parse("$")))
  end)

  it("says what is wrong with a path, and where", function()
    local wrong = {
      [""] = 1, ["a"] = 1, ["$a"] = 2, ["$."] = 2, ["$.a["] = 5, ["$[x]"] = 3, ["$[1.5]"] = 3,
      ["$['a]"] = 3, ["$['a'"] = 6, ["$['\\n']"] = 4, ["$.a b"] = 4, ["$[]"] = 3, ["$..a"] = 2,
      ["$[*]"] = 3, [" $"] = 1, ["$[99999999999999999999]"] = 3,
    }
    for path, column in pairs(wrong) do
      local value, err = jsonpath.get(doc, path)
      assert.is_nil(value)
      assert.equal("ESYNTAX", err and err.code, path)
      assert.equal(column, err.pos.column, path)
    end
  end)

  it("bounds the number of steps", function()
    assert.equal("ESYNTAX", select(2, jsonpath.parse("$" .. (".a"):rep(65))).code)
  end)
end)
