-- A table of cases: one test for each row, named after it.
local clnrm = require("clnrm")
local expect = clnrm.expect

local cases = {
  { name = "no words", input = "", words = 0 },
  { name = "one word", input = "one", words = 1 },
  { name = "blanks at both ends", input = "  two words \n", words = 2 },
  { name = "several lines", input = "a\nb c\n\nd\n", words = 4 },
}

clnrm.test("wc counts words", { cases = cases }, function(t, case)
  local result = t.room:exec({ "wc", "-w" }, { stdin = case.input, check = true })
  expect(tonumber(result.stdout)):equals(case.words)
end)
