--- Hostile templates to be formatted: formatted once as twice, or left as they are; in linear time.
local root = os.getenv("CLNRM_ROOT") or "."
local templates = dofile(root .. "/tests/tools/hostile_templates.lua")
local fmt = require("engine.fmt")

local variant = os.getenv("CLNRM_VARIANT") or "release"
local is_plain = variant == "release" or variant == "debug"
local SECONDS_MAX = 1
local COUNT = 2000

--- Each would take minutes if the work were square in the number of its tags.
local LARGE = {
  { "one line", "a = [" .. ("{{ x }}, "):rep(39000) .. "]\n" },
  { "glued tags", "a = " .. ("{{ x }}"):rep(39000) .. "\n" },
  { "glued bytes", "a = " .. ("b"):rep(3000000) .. " c" .. ("{{ x }}"):rep(10) .. "\n" },
  { "a long line before", "a = '" .. ("b "):rep(1500000) .. "' " .. ("{{ x }} y "):rep(9000) },
  { "blocks without end", ("{% if x %}"):rep(39000) .. "\n" },
  { "nested blocks", ("{% if x %}\n"):rep(19000) .. ("{% endif %}\n"):rep(19000) },
  { "nested on a line", "a = " .. ("{% if x %}"):rep(19000) .. "1" .. ("{% endif %}"):rep(19000) },
  { "quotes", ("{{ ' }}\n"):rep(39000) },
  { "in a text", 'a = "' .. ("{{ x }}"):rep(39000) .. '"\n' },
  { "too many", ("{{ x }}\n"):rep(500000) },
  { "comments without end", ("{#"):rep(2000000) },
  { "raw without end", ("{% raw %}"):rep(400000) },
  { "behind comments", ("# c\n{%- if x -%}\n"):rep(19000) .. ("{% endif %}\n"):rep(19000) },
  { "loops behind comments", ("{% for x in y -%}\n"):rep(19000)
    .. ("# c\n{%- endfor -%}\n"):rep(19000) },
  { "blanks behind a comment", "# c\n" .. (" "):rep(3000000) .. ("{{- x -}} "):rep(39000) .. "\n" },
  { "blanks", "a = 1" .. (" "):rep(4000000) .. "{{ x }}\n" },
}

describe("of hostile templates", function()
  for _, one in ipairs(LARGE) do
    it("one has an answer in time: " .. one[1], function()
      local start = os.clock()
      local result = fmt.format(one[2], "x.tera")
      local seconds = os.clock() - start
      assert.is_nil(result.bug and result.bug.message)
      assert.is_true(result.text ~= nil or result.note.code == "F010")
      assert.is_true(not is_plain or seconds < SECONDS_MAX, seconds)
    end)
  end

  it(("%d are formatted once as twice, or left"):format(COUNT), function()
    local formatted = 0
    for seed = 1, COUNT do
      local text = templates.make(seed)
      local result = fmt.format(text, "x.tera", { verify = true })
      assert.is_nil(result.bug and seed .. ": " .. result.bug.message)
      if result.text then
        formatted = formatted + 1
        assert.equal(result.text, fmt.format(result.text, "x.tera").text, seed)
      end
    end
    assert.is_true(formatted > COUNT / 50, formatted)
  end)
end)
