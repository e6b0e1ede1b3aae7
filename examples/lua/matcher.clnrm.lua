-- A matcher of one's own: it says whether the value is as it should be and, if not, why.
local clnrm = require("clnrm")
local expect = clnrm.expect

clnrm.matcher("is_sorted", function(list)
  for i = 2, #list do
    if list[i - 1] > list[i] then
      return false, ("item %d, %q, comes after %q"):format(i, list[i], list[i - 1])
    end
  end
  return true
end)

local function lines(text)
  local list = {}
  for line in text:gmatch("[^\n]+") do
    list[#list + 1] = line
  end
  return list
end

clnrm.test("sort sorts", function(t)
  local text = "pear\napple\nfig\n"
  expect(lines(text)).no:is_sorted()
  local sorted = t.room:exec({ "sort" }, { stdin = text, check = true }).stdout
  expect(lines(sorted)):is_sorted():has_length(3)
end)
