--- 100,000 generated documents: formatted once as twice, equal in values and tokens; and as many
--- hostile templates: formatted once as twice, or left as they are.
local root = os.getenv("CLNRM_ROOT") or "."
local documents = dofile(root .. "/tests/tools/toml_documents.lua")
local fmt = require("engine.fmt")
local templates = dofile(root .. "/tests/tools/hostile_templates.lua")
local toml = require("core.toml")

local COUNT = math.tointeger(tonumber(os.getenv("FMT_DOCUMENTS") or 100000))

describe("formatting", function()
  it(("holds for %d generated documents"):format(COUNT), function()
    for seed = 1000001, 1000000 + COUNT do
      local text = documents.make(seed)
      local layout = {
        width = seed % 3 == 0 and 20 + seed % 50 or 100, indent = seed % 5, align = seed % 2 == 0,
      }
      local once = assert(toml.format(text, layout))
      local same, what = toml.same(text, once)
      assert(same, ("document %d: %s"):format(seed, what))
      assert(once == toml.format(once, layout), ("document %d: not the same twice"):format(seed))
    end
  end)

  it(("holds for %d hostile templates"):format(COUNT), function()
    for seed = 1000001, 1000000 + COUNT do
      local result = fmt.format(templates.make(seed), "x.tera", { verify = true })
      assert(not result.bug, ("template %d: %s"):format(seed, result.bug and result.bug.message))
      local again = not result.text or fmt.format(result.text, "x.tera").text
      assert(not result.text or again == result.text, ("template %d"):format(seed))
    end
  end)
end)
