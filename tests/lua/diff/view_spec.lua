local json = require("core.json")
local text = require("core.text")
local sample = dofile("tests/lua/diff/sample.lua")

local check_golden = dofile("tests/tools/golden.lua")("tests/fixtures/golden/diff-%s.txt")

local function render(view, look, all)
  return require("engine.diff.view." .. view).render(look, sample.told(all or false))
end

local function plain(s)
  return (s:gsub("\27%[[%d;]*m", ""))
end

for _, view in ipairs({ "tree", "side_by_side" }) do
  describe("engine.diff.view." .. view, function()
    for _, width in ipairs({ 40, 60, 80, 120 }) do
      for _, charset in ipairs({ "ascii", "utf8" }) do
        local look = { width = width, fits = true, utf8 = charset == "utf8" }
        local name = ("%s-%d-%s"):format(view, width, charset)

        it("looks as agreed: " .. name, function()
          check_golden(name, render(view, look))
        end)

        it("keeps to the width: " .. name, function()
          for line in render(view, look, true):gmatch("[^\n]+") do
            assert.is_true(text.width(line) <= width, line)
          end
        end)
      end
    end

    it("says the same in colour", function()
      local look = { width = 80, fits = true, utf8 = true }
      local bare = render(view, look)
      look.color = true
      local painted = render(view, look)
      assert.matches("\27%[3[123]m", painted)
      assert.equal(bare, plain(painted))
      assert.is_nil(painted:find("\27[m", 1, true))
      assert.is_nil(bare:find("\27", 1, true))
    end)

    it("hides what is the same unless all is asked for", function()
      local look = { width = 80, fits = true, utf8 = true }
      assert.is_nil(render(view, look):find("setup", 1, true))
      local all = render(view, look, true)
      assert.matches("setup", all)
      assert.is_nil(all:find("hidden", 1, true))
      assert.is_nil(all:find("more lines", 1, true))
      assert.is_nil(all:find("more rows", 1, true))
    end)
  end)
end

describe("engine.diff.view.md", function()
  it("looks as agreed", function()
    check_golden("md", render("md"))
  end)

  it("shows of what was replaced both sides, of each its beginning", function()
    local got = render("md")
    assert.matches("\n%-line 45\n%-%(15 more lines; %-%-all%)\n%+other 1\n", got)
    assert.is_nil(got:find("other 16", 1, true))
    assert.matches("\n%+other 30\n", render("md", nil, true))
  end)

  it("keeps to what a comment may have, and says how much is left out", function()
    local md = require("engine.diff.view.md")
    local max = md.BYTES_MAX
    finally(function()
      md.BYTES_MAX = max
    end)
    md.BYTES_MAX = 200
    local got = render("md")
    assert.matches("\n%- and %d+ more\n", got)
    assert.is_true(#got < 800)
  end)
end)

describe("engine.diff.view.json", function()
  it("looks as agreed", function()
    check_golden("json", json.encode(json.decode(render("json")), { indent = 2 }) .. "\n")
  end)

  it("tells each change once, and with all also what is the same", function()
    local some, all = json.decode(render("json")), json.decode(render("json", nil, true))
    local counts = some.counts
    local told = counts.changed + counts.added + counts.removed + counts.moved
    local only_timed = 0
    for _, change in ipairs(some.changes) do
      only_timed = only_timed + (change.op == "same" and 1 or 0)
    end
    assert.equal(told + only_timed, #some.changes)
    assert.equal(told + counts.same, #all.changes)
  end)
end)
