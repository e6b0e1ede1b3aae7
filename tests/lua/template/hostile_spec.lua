--- Templates made at random, many of them wrong, some meant to run for ever: each ends as a text or
--- a problem.  faults/hostile_generated_spec makes 100,000 of them.
local clock = require("core.clock")
local root = os.getenv("CLNRM_ROOT") or "."
local programs = dofile(root .. "/tests/tools/template_programs.lua")
local support = dofile(root .. "/tests/lua/template/support.lua")

local COUNT = 1500
local LONGEST_MS = 10000 -- on a slow, busy machine; a loop without a limit takes hours

describe("a template made at random", function()
  it("ends as a text or a problem, in bounded time and memory", function()
    local rendered = 0
    for seed = 1, COUNT do
      local templates = programs.make(seed)
      local env = support.environment(templates)
      local before = clock.cpu()
      local text, problem = env:render("t", programs.values(), seed % 2 == 0 and "map" or "main")
      assert.is_true((clock.cpu() - before) // 1000000 < LONGEST_MS, templates.t)
      assert.is_true(text ~= nil or problem.line > 0, templates.t)
      rendered = rendered + (text and 1 or 0)
    end
    assert.is_true(rendered > COUNT // 10, rendered)
    assert.is_true(collectgarbage("count") < 256 * 1024)
  end)
end)
