--- The kind `lua` of `clnrm template`: tests as a program: cases, rooms, checks.
---@type engine.templates.Kind
return {
  about = "tests as a program: cases, rooms, checks",
  extension = "lua",
  text = [==[
-- Tests as programs: a table of cases, a fixture, rooms that are opened by hand.
local clnrm = require("clnrm")
local expect = clnrm.expect

local cases = {
  { name = "no words", input = "", words = 0 },
  { name = "blanks at both ends", input = "  two words \n", words = 2 },
  { name = "several lines", input = "a\nb c\n\nd\n", words = 4 },
}

clnrm.test(%NAME%, { cases = cases }, function(t, case)
  local result = t.room:exec({ "wc", "-w" }, { stdin = case.input, check = true })
  expect(tonumber(result.stdout)):equals(case.words)
end)

clnrm.test("a room keeps what is put into it", function(t)
  t.room:put("/room/note.txt", "kept\n")
  assert(t.room:exec({ "cat", "note.txt" }).stdout == "kept\n")
  expect(t.room:exists("/room/other.txt")).no:is_true()
end)
]==],
}
