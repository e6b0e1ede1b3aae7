--- Examples of family T: verdicts of tests in Lua.  See engine.codes.examples for the form.

--- Makes a file of one test.
local function test(body)
  body = ("\n" .. body):gsub("\n", "\n  ")
  return 'local clnrm = require("clnrm")\nclnrm.test("t", function(t)' .. body .. "\nend)\n"
end

---@type table<string, engine.codes.Example>
return {
  T701 = {
    lang = "lua",
    bad = test("local sum = 1 + 1\nassert(sum == 3)"),
    good = test("local sum = 1 + 1\nassert(sum == 2)"),
  },
  T702 = {
    lang = "lua",
    bad = test([[
clnrm.expect(1):equals(1)
local list = nil
print(#list)]]),
    good = test([[
clnrm.expect(1):equals(1)
local list = {}
print(#list)]]),
  },
  T703 = {
    lang = "lua",
    bad = test("pcall(function() clnrm.expect(1):equals(2) end)"),
    good = test('clnrm.expect(function() error("no") end):raises("no")'),
  },
  T704 = {
    lang = "lua",
    bad = test('t.room:exec({ "true" })'),
    good = test('clnrm.expect(t.room:exec({ "true" }).ok):is_true()'),
  },
  T705 = {
    lang = "lua",
    bad = test("clnrm.expect(1)"),
    good = test("clnrm.expect(1):equals(1)"),
  },
  T706 = {
    lang = "lua",
    bad = [[
local clnrm = require("clnrm")
clnrm.after_each(function() error("left behind") end)
clnrm.test("t", function()
  clnrm.expect(1):equals(1)
end)
]],
    good = [[
local clnrm = require("clnrm")
clnrm.after_each(function() end)
clnrm.test("t", function()
  clnrm.expect(1):equals(1)
end)
]],
  },
  T707 = {
    lang = "lua",
    bad = [[
local clnrm = require("clnrm")
clnrm.before_each(function() error("no data") end)
clnrm.test("t", function()
  clnrm.expect(1):equals(1)
end)
]],
    good = [[
local clnrm = require("clnrm")
clnrm.before_each(function() end)
clnrm.test("t", function()
  clnrm.expect(1):equals(1)
end)
]],
  },
  T708 = {
    lang = "lua",
    bad = test('t:fail("this must not be reached")'),
    good = test("clnrm.expect(1):equals(1)"),
  },
  T710 = {
    lang = "lua",
    bad = test("clnrm.expect(1):equals(2)"),
    good = test("clnrm.expect(1):equals(1)"),
  },
  T711 = {
    lang = "lua",
    bad = test("clnrm.expect({ 1, 2 }):contains(3)"),
    good = test("clnrm.expect({ 1, 2 }):contains(2)"),
  },
  T712 = {
    lang = "lua",
    bad = test("clnrm.expect(2):lt(1)"),
    good = test("clnrm.expect(1):lt(2)"),
  },
  T713 = {
    lang = "lua",
    bad = test('clnrm.expect({ a = 1 }):has_keys({ "b" })'),
    good = test('clnrm.expect({ a = 1 }):has_keys({ "a" })'),
  },
  T714 = {
    lang = "lua",
    bad = test("clnrm.expect({ 1, 2 }):has_length(3)"),
    good = test("clnrm.expect({ 1, 2 }):has_length(2)"),
  },
  T715 = {
    lang = "lua",
    bad = test('clnrm.expect("1"):is_type("number")'),
    good = test('clnrm.expect(1):is_type("number")'),
  },
  T716 = {
    lang = "lua",
    bad = test("clnrm.expect(function() end):raises()"),
    good = test('clnrm.expect(function() error("no") end):raises("no")'),
  },
  T717 = {
    lang = "lua",
    bad = [[
local clnrm = require("clnrm")
clnrm.matcher("is_even", function(n)
  return n % 2 == 0
end)
clnrm.test("t", function()
  clnrm.expect(3):is_even()
end)
]],
    good = [[
local clnrm = require("clnrm")
clnrm.matcher("is_even", function(n)
  return n % 2 == 0
end)
clnrm.test("t", function()
  clnrm.expect(4):is_even()
end)
]],
  },
  T718 = {
    lang = "lua",
    bad = test("clnrm.expect(1).no:equals(1)"),
    good = test("clnrm.expect(1).no:equals(2)"),
  },
  T719 = {
    lang = "lua",
    bad = test('clnrm.expect(nil).no:contains("error")'),
    good = test('clnrm.expect("fine").no:contains("error")'),
  },
}
