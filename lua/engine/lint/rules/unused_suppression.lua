--- Lint rule L901: a suppression that nothing needs.
local suppress = require("engine.lint.suppress")

--- What is left of a suppression without the codes that nothing needed.
local function rewritten(cx, one)
  local kept = {}
  for _, entry in ipairs(one.codes) do
    kept[#kept + 1] = (entry.used or not cx.is_on(entry.code)) and entry.code or nil
  end
  if #kept == 0 then
    return cx:replace(suppress.comment_place(cx.text, one.comment), "")
  end
  return cx:replace(one.list, "[" .. table.concat(kept, ", ") .. "]")
end

local function unused(one, is_on)
  local words = {}
  for _, entry in ipairs(one.codes) do
    if not entry.used and is_on(entry.code) then
      words[#words + 1] = entry.code
    end
  end
  return words
end

return {
  code = "L901",
  name = "unused-suppression",
  severity = "warning",
  fix = "safe",
  needs = { words = { "clnrm:" } },
  docs = {
    summary = "A suppression that nothing needs",
    why = [[
The finding that the comment was written for is not there any more, or its code is none of a rule of
lint. The comment would hide the next finding of that kind. Codes of rules that are not on in this
run are left alone.]],
    bad = [==[
[[steps]]
name = "say"
command = "echo hi" # clnrm: ignore[L004] it was a list
expect.stdout.contains = "hi"
]==],
    good = [==[
[[steps]]
name = "say"
command = "echo hi"
expect.stdout.contains = "hi"
]==],
  },
  tests = {
    bad = {
      {
        code = '[[steps]]\nname = "a"\n# clnrm: ignore[L004, L012] both\ncommand = ["echo hi"]\n'
          .. 'expect.stdout.contains = "hi"\n',
        at = { 4, 1 },
        fixed = '[[steps]]\nname = "a"\n# clnrm: ignore[L004] both\ncommand = ["echo hi"]\n'
          .. 'expect.stdout.contains = "hi"\n',
      },
    },
  },
  visit = {
    file_exit = function(cx)
      for _, one in ipairs(cx.suppressions) do
        local words = unused(one, cx.is_on)
        if words[1] then
          cx:report({
            place = one.comment,
            message = ("nothing here needs ignore[%s]"):format(table.concat(words, ", ")),
            help = "take it out",
            fix = rewritten(cx, one),
          })
        end
      end
    end,
  },
}
