local codes = require("engine.codes")
local toml = require("core.toml")

local root = os.getenv("CLNRM_ROOT") or "."

--- Lists the codes that Lua sources emit, with the file of each.
local function emitted()
  local found = {}
  local files = assert(io.popen(("find '%s/lua' '%s/stdlib' -name '*.lua'"):format(root, root)))
  for path in files:lines() do
    if not path:find("/engine/codes/", 1, true) then
      local file = assert(io.open(path))
      for code in file:read("a"):gmatch("[\"']([EPRTHVSF]%d%d%d)[\"']") do
        found[code] = path
      end
      file:close()
    end
  end
  files:close()
  return found
end

describe("engine.codes", function()
  it("has a page for every code that is emitted", function()
    local count = 0
    for code, path in pairs(emitted()) do
      assert.is_table(codes.get(code), ("%s, emitted by %s"):format(code, path))
      count = count + 1
    end
    assert.is_true(count > 10)
  end)

  it("has a page for every problem of core.toml", function()
    for code in pairs(toml.codes) do
      assert.is_table((codes.get(code)), code)
    end
  end)

  it("has pages with a title and a text", function()
    for _, code in ipairs(codes.list()) do
      local page = codes.get(code)
      assert.is_string(page.title, code)
      assert.is_falsy(page.title:find("%.$"), code)
      assert.is_true(#page.text > 10, code)
    end
  end)

  it("has for each code two examples, or the reason why there are none", function()
    for _, code in ipairs(codes.list()) do
      local example = codes.get(code).example
      assert.is_table(example, code .. " has no entry in engine.codes.examples")
      assert.equal(example.none == nil, example.bad ~= nil and example.good ~= nil, code)
    end
  end)

  it("finds a code however it is written, and nothing for an unknown one", function()
    local page, code = codes.get("p101")
    assert.equal("Unknown key or table", page.title)
    assert.equal("P101", code)
    assert.is_nil((codes.get("P999")))
    assert.is_nil((codes.get("X001")))
    assert.is_nil((codes.get("")))
  end)
end)
