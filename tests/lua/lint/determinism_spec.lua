--- Whether a file that cannot be read seems to set a seed.
local lint = require("engine.lint")

local linter = assert(lint.new({ select = { "L104" } }))

--- Says whether L104 is told of a file with a tag, an error of syntax and some lines.
local function is_told(lines)
  local text = '[meta]\nname = "a"\n' .. lines .. 'x = "{{ ulid() }}\n'
  local result = linter:text(text, "/nowhere/a.clnrm.toml",
    { file = "a.clnrm.toml", project_dir = "/nowhere" })
  assert.is_true(result.is_broken)
  for _, d in ipairs(result.list) do
    if d.code == "L104" then
      return true
    end
  end
  return false
end

describe("a file that cannot be read", function()
  it("sets a seed however the table is written", function()
    for _, lines in ipairs({ "[determinism]\nseed = 1\n", '["determinism"]\nseed = 1\n',
      "[ 'determinism' ]\n\"seed\" = 1\n", "determinism.seed = 1\n",
      "determinism = { seed = 1 }\n" }) do
      assert.is_false(is_told(lines), lines)
    end
  end)

  it("sets none by words in a comment or another table", function()
    for _, lines in ipairs({ "", "# determinism = none, seed = none\n", "[determinist]\nseed = 1\n",
      "[determinism]\nseeds = 1\n" }) do
      assert.is_true(is_told(lines), lines)
    end
  end)
end)
