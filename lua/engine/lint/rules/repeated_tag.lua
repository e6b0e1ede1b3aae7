--- Lint rule L401: a tag that is given twice.
--- Tells tags that stand in the list before, and takes them out with their comma.
local function judge(cx, tags)
  local seen = {}
  for i, tag in ipairs(type(tags) == "table" and tags or {}) do
    if seen[tag] then
      local before, own = cx:item(tags, i - 1), cx:item(tags, i)
      local between = cx.text:sub(before.stop + 1, own.offset)
      local is_plain = between:find("^%s*,%s*$") ~= nil
      cx:report({
        place = own,
        message = ("the tag %q is there already"):format(tag),
        help = "take it out",
        fix = is_plain and { offset = before.stop, stop = own.stop, text = "" } or nil,
      })
    end
    seen[tag] = true
  end
end

return {
  code = "L401",
  name = "repeated-tag",
  severity = "warning",
  fix = "safe",
  needs = { words = { "tags" }, facts = { "repeated tag" } },
  docs = {
    summary = "A tag is given twice",
    why = [[
The second one says nothing.]],
    bad = [==[
[meta]
name = "tags"
tags = ["db", "slow", "db"]
[[steps]]
name = "list"
command = ["ls"]
]==],
    good = [==[
[meta]
name = "tags"
tags = ["db", "slow"]
[[steps]]
name = "list"
command = ["ls"]
]==],
  },
  tests = {
    bad = {
      {
        code = '[[scenario]]\nname = "a"\ntags = ["x", "x", "y", "x"]\nrun = ["ls"]\n',
        at = { 4, 14 },
        count = 2,
        fixed = '[[scenario]]\nname = "a"\ntags = ["x", "y"]\nrun = ["ls"]\n',
      },
    },
  },
  visit = {
    file = function(cx, file)
      for _, name in ipairs({ "meta", "test" }) do
        local raw = file[name]
        if type(raw) == "table" then
          judge(cx, raw.tags)
          judge(cx, type(raw.metadata) == "table" and raw.metadata.tags)
        end
      end
    end,
    scenario = function(cx, scenario)
      judge(cx, scenario.tags)
    end,
  },
}
