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

describe("a path of many steps", function()
  local FORMS = {
    "{{ %s }}", "{{%s | upper}}", "{{ 1 + %s }}", '{{ %s ~ "x" }}', "{%% if %s %%}{%% endif %%}",
    "{%% if %s is defined %%}{%% endif %%}", '{%% if %s == "a" %%}{%% endif %%}',
    "{%% if not %s and %s %%}{%% endif %%}", "{%% for i in %s %%}{%% endfor %%}",
    "{%% set x = %s %%}", '{{ %s | default(value="x") }}', "{{ a[%s] }}", "{{ upper(x=%s) }}",
  }

  --- Renders a tag with a path; the problem.
  local function problem(form, steps)
    local path = "vars" .. (".a"):rep(steps - 1)
    local text = "one\n" .. form:format(path, path)
    local env = support.environment({ t = text })
    local _, found = env:render("t", { vars = {}, a = {} })
    return found or { message = "" }
  end

  it("is read up to the limit", function()
    for _, form in ipairs(FORMS) do
      local found = problem(form, 100)
      assert.is_nil(found.message:find("steps", 1, true), form)
      assert.is_nil(found.message:find("nested", 1, true), form .. found.message)
    end
  end)

  it("is refused beyond at its place, in a moment", function()
    for _, form in ipairs(FORMS) do
      for _, steps in ipairs({ 101, 4000, 50000 }) do
        local before = clock.cpu()
        local found = problem(form, steps)
        assert.matches("more than 100 steps", found.message)
        assert.equal(2, found.line)
        assert.is_true((clock.cpu() - before) // 1000000 < LONGEST_MS)
      end
    end
  end)
end)
