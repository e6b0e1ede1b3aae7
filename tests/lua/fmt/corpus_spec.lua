--- Every valid text of the corpora, every example, every fixture and generated documents: formatted
--- once as twice, and equal in values and tokens.
local root = os.getenv("CLNRM_ROOT") or "."
local corpus = (os.getenv("CLNRM_CORPORA") or "../shared/corpora") .. "/toml-test/tests/valid"
local documents = dofile(root .. "/tests/tools/toml_documents.lua")
local fmt = require("engine.fmt")
local toml = require("core.toml")

local LAYOUTS = {
  {}, { width = 20, indent = 4 }, { width = 60, align = true }, { keep_lines = true },
}
local GENERATED = 2000

local function read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("a")
  file:close()
  return text
end

local function paths(command)
  local list, pipe = {}, assert(io.popen(command .. " | LC_ALL=C sort"))
  for path in pipe:lines() do
    list[#list + 1] = path
  end
  pipe:close()
  return list
end

--- Checks a text; returns whether it is TOML.
local function check(text, name, layouts)
  if not toml.decode(text) then
    return false
  end
  for _, layout in ipairs(layouts) do
    local once = assert(toml.format(text, layout))
    local same, what = toml.same(text, once)
    assert.is_true(same, ("%s: %s"):format(name, what))
    assert.equal(once, toml.format(once, layout), name)
  end
  return true
end

describe("formatting", function()
  it("holds for toml-test", function()
    local list = paths(("find '%s' -type f -name '*.toml' 2>/dev/null"):format(corpus))
    if #list == 0 then
      pending("skipped: no corpus at " .. corpus)
      return
    end
    local valid = 0
    for _, path in ipairs(list) do
      valid = valid + (check(read(path), path, LAYOUTS) and 1 or 0)
    end
    assert.is_true(valid >= 210, valid)
  end)

  it("holds for the examples and the fixtures of this tree", function()
    local list = paths(("cd '%s' && find examples tests lua stdlib -type f -name '*.toml'")
      :format(root))
    local valid = 0
    for _, path in ipairs(list) do
      local text = read(root .. "/" .. path)
      valid = valid + (check(text, path, LAYOUTS) and 1 or 0)
      local result = fmt.format(text, path, { verify = true })
      assert.is_nil(result.bug and path .. result.bug.message)
    end
    assert.is_true(valid > 60, valid)
  end)

  it(("holds for %d generated documents"):format(GENERATED), function()
    for seed = 1, GENERATED do
      local text = documents.make(seed)
      local name = "document " .. seed
      assert.is_true(check(text, name, { LAYOUTS[seed % #LAYOUTS + 1] }), name)
    end
  end)
end)
