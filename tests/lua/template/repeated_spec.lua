--- Texts of one piece of a tag, many times: the tags of each are found in linear time.
local root = os.getenv("CLNRM_ROOT") or "."
local outline = require("engine.lsp.outline")
local scan = require("engine.template.scan")
local tags = require("engine.lsp.tags")
local templates = dofile(root .. "/tests/tools/hostile_templates.lua")

local variant = os.getenv("CLNRM_VARIANT") or "release"
local is_plain = variant == "release" or variant == "debug"
local SECONDS_MAX = 1
local COUNT = 20000 -- in square time each would take half a minute

local function assert_quick(name, work, ...)
  local start = os.clock()
  work(...)
  local seconds = os.clock() - start
  assert.is_true(not is_plain or seconds < SECONDS_MAX, ("%q: %.1f s"):format(name, seconds))
end

describe("of a text of one piece, again and again,", function()
  for name, text in templates.repeated(COUNT) do
    it(("the tags are found in time: %q"):format(name), function()
      assert_quick(name, scan.tags, text)
    end)

    it(("the outline is made in time: %q"):format(name), function()
      assert_quick(name, outline.of, text)
    end)

    it(("the tag at its end is found in time: %q"):format(name), function()
      assert_quick(name, tags.at, text, #text)
    end)
  end
end)

describe("of a tag without end", function()
  it("those that its quotes hid are found", function()
    local found, controls = scan.tags('{% "a {% b %} {# c #}" {% "d" {% e\n{% f {{ g }}')
    assert.same(41, found[1].first)
    assert.same({ { first = 7, last = 13 }, { first = 15, last = 21 } }, controls)
  end)
end)
