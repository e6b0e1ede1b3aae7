--- Cases of the matchers on Lua values: of which values each holds, and of which not.
---
--- `problems` runs them and lists every answer that is not what the case says.  A spec asks for
--- none; another breaks each matcher in each way and asks for some.
local json = require("core.json")
local host = require("engine.expect.host")

local M = {}

local NIL = {} -- stands for nil in a list of values
M.NIL = NIL

local loop = {}
loop.self = loop
local other_loop = {}
other_loop.self = { self = other_loop }

local function raises(value)
  return function()
    error(value, 0)
  end
end

local function returns()
  return 1
end

--- Each: the arguments, values of which it holds, values of which it does not, and values that it
--- cannot look at: those fail negated or not.
M.cases = {
  { "equals", { 3 }, holds = { 3, 3.0 }, fails = { 4, "3", NIL, 3.1, true, {} } },
  { "equals", { "hi\n" }, holds = { "hi\n" }, fails = { "hi", "hi\n\n", "Hi\n", "", NIL, 1, {} } },
  { "equals", { 0 / 0 }, holds = { 0 / 0 }, fails = { 0, "nan", NIL } },
  { "equals", { 0.0 }, holds = { -0.0, 0 }, fails = { 1e-300, false, NIL } },
  { "equals", { nil }, holds = { NIL }, fails = { false, 0, "", {} } },
  { "equals", { {} }, holds = { {} }, fails = { { 1 }, { a = 1 }, NIL, "", 0, false } },
  { "equals", { { 1, { a = "x", b = { true } } } }, holds = { { 1, { a = "x", b = { true } } } },
    fails = { { 1 }, { 1, { a = "x", b = { false } } }, { 1, { a = "x" } }, { 1, {} },
      { 1, { a = "x", b = { true }, c = 1 } }, { 1, { a = "x", b = { true } }, 2 },
      { [0] = 0, 1, { a = "x", b = { true } } } } },
  { "equals", { loop }, holds = { loop, other_loop }, fails = { { self = 1 }, {}, { self = {} } } },
  { "matches", { "^a.c$" }, holds = { "abc", "axc" }, fails = { "abcd", "ABC", "", "ab\nc" },
    unfit = { NIL, 3, {}, true, print } },
  { "matches", { { "a", "b" } }, holds = { "ab", "ba" }, fails = {}, mixed = { "a", "b" },
    never = { "x" }, unfit = { NIL } },
  { "contains", { "b" }, holds = { "abc", "b" }, fails = { "ac", "", "B" },
    unfit = { NIL, 1, true, print } },
  { "contains", { { "a", "b" } }, holds = { "ab" }, fails = {}, mixed = { "a" }, never = { "x" },
    unfit = { NIL, 1 } },
  { "contains", { { id = 1 } }, holds = { { { id = 2 }, { id = 1 } }, { x = { id = 1 } } },
    fails = { {}, { { id = 2 } }, { id = 1 }, { { id = 1, n = 2 } } }, unfit = { "id", NIL } },
  { "contains", { "" }, holds = { { "" } }, fails = { {}, { "a" } }, unfit = { "abc", "" } },
  { "starts_with", { "ab" }, holds = { "ab", "abc" }, fails = { "a", "", "bab", "Ab" },
    unfit = { NIL, {}, 12 } },
  { "ends_with", { "bc" }, holds = { "bc", "abc" }, fails = { "c", "", "bca", "bc\n" },
    unfit = { NIL, {}, 12 } },
  { "lines", { 2 }, holds = { "a\nb", "a\nb\n" }, fails = { "", "a\n", "a\nb\nc" },
    unfit = { NIL, {}, 2 } },
  { "lines", { { "a", "b" } }, holds = { "a\nb\n" }, fails = { "a\n", "b\na\n", "a\nb\nc" },
    unfit = { NIL, { "a", "b" } } },
  { "has_keys", { { "a", 1 } }, holds = { { a = false, [1] = 0 }, { "x", a = 1, b = 2 } },
    fails = {}, mixed = { { a = 1 }, { 1 } }, never = { {}, { b = 1 } }, unfit = { NIL, "a1", 3 } },
  { "has_length", { 2 }, holds = { "ab", { 1, 2 }, { a = 1, b = 2 }, { 1, [7] = 1 } },
    fails = { "", "a", "abc", {}, { 1 }, { 1, 2, 3 }, { 1, 2, a = 3 } },
    unfit = { NIL, 2, true, print } },
  { "has_length", { 0 }, holds = { "", {} }, fails = { " ", { false } }, unfit = { NIL, 0 } },
  { "lt", { 3 }, holds = { 2, 2.9, -1 / 0 }, fails = { 3, 3.0, 4, 1 / 0 },
    unfit = { NIL, "2", {}, 0 / 0, false } },
  { "lt", { "b" }, holds = { "a", "" }, fails = { "b", "c" }, unfit = { NIL, 1 } },
  { "le", { 3 }, holds = { 2, 3, 3.0 }, fails = { 3.1, 4 }, unfit = { NIL, "3", {}, 0 / 0 } },
  { "gt", { 3 }, holds = { 4, 3.1, 1 / 0 }, fails = { 3, 2 }, unfit = { NIL, "4", {}, 0 / 0 } },
  { "ge", { 3 }, holds = { 4, 3, 3.0 }, fails = { 2.9, 2 }, unfit = { NIL, "3", {}, 0 / 0 } },
  { "approx", { 1.5, 0.25 }, holds = { 1.5, 1.25, 1.75 }, fails = { 1.2, 1.76, -1.5, 1 / 0 },
    unfit = { NIL, "1.5", {}, 0 / 0 } },
  { "approx", { 1 / 0, 0 }, holds = { 1 / 0 }, fails = { -1 / 0, 1e308 }, unfit = { 0 / 0 } },
  { "is_true", {}, holds = { true }, fails = { false, NIL, 1, "true", {} } },
  { "is_false", {}, holds = { false }, fails = { true, NIL, 0, "", {} } },
  { "is_nil", {}, holds = { NIL }, fails = { false, 0, "", {} } },
  { "is_type", { "string" }, holds = { "", "3" }, fails = { 3, NIL, {}, true } },
  { "is_type", { "integer" }, holds = { 3, -1 }, fails = { 3.0, "3", NIL } },
  { "is_type", { "float" }, holds = { 3.0 }, fails = { 3, "3.0", NIL } },
  { "is_type", { "nil" }, holds = { NIL }, fails = { false, "nil" } },
  { "raises", {}, holds = { raises("x"), raises(nil), raises({}) }, fails = { returns },
    unfit = { NIL, 1, "error", {} } },
  { "raises", { "^no .* here$" },
    holds = { raises("no luck here"), raises({ message = "no a here" }) },
    fails = { returns, raises("x"), raises(nil), raises({ message = "x" }) },
    only_positive = true },
  { "raises", { { code = "E1" } },
    holds = { raises({ code = "E1", more = 1 }) },
    fails = { returns, raises("E1"), raises({ code = "E2" }), raises({}) }, only_positive = true },
  { "json", { "$.a[0]", 1 }, holds = { '{"a":[1]}', { a = { 1.0, 2 } } },
    fails = { '{"a":[2]}', '{"a":["1"]}', { a = { "1" } }, { a = { {} } } },
    unfit = { NIL, 1, "", "{", '{"b":1}', { a = {} }, {} } },
  { "json", { "$", 1 }, holds = { "1", " 1.0 " }, fails = { "2", '"1"', "[1]" },
    unfit = { 1, NIL, true, "", "x" } },
  { "json", { { ["$.a"] = {}, ["$.b"] = true } },
    holds = { '{"a":[],"b":true}', '{"a":{},"b":true}' },
    fails = {}, mixed = { '{"a":[],"b":false}', '{"a":[1],"b":true}' },
    never = { '{"a":[1],"b":false}' }, unfit = { '{"a":[]}', '{"b":false}', "[]" } },
  { "json", { "$.a", { 1, 2 } }, holds = { '{"a":[1,2]}', { a = { 1, 2 } } },
    fails = { '{"a":[2,1]}', { a = { 1 } }, { a = { x = 1 } } } },
  { "json", { "$.a", json.null }, holds = { '{"a":null}', { a = json.null } },
    fails = { '{"a":0}', '{"a":false}', '{"a":"null"}', '{"a":""}', '{"a":[]}', '{"a":{}}' },
    unfit = { "{}", '{"b":null}', {} } },
  { "json", { "$", json.null }, holds = { "null" }, fails = { "1", "[null]", "{}" } },
  { "json", { "$.a", { 1, json.null } }, holds = { '{"a":[1,null]}', { a = { 1, json.null } } },
    fails = { '{"a":[1,0]}', '{"a":[null,1]}', '{"a":[1]}', '{"a":[1,"null"]}' } },
  { "json", { "$", { b = { c = json.null } } }, holds = { '{"b":{"c":null}}' },
    fails = { '{"b":{"c":false}}', '{"b":{}}', '{"b":null}', '{"b":{"c":null,"d":null}}' } },
  { "json", { { ["$.a"] = json.null, ["$.b"] = 1 } }, holds = { '{"a":null,"b":1}' },
    fails = {}, mixed = { '{"a":null,"b":2}', '{"a":2,"b":1}' }, never = { '{"a":2,"b":2}' },
    unfit = { '{"a":null}' } },
}

local function ask(case, value, negated)
  if value == NIL then
    value = nil
  end
  local args = { n = #case[2], table.unpack(case[2]) }
  if case[1] == "equals" then
    args.n = 1
  end
  return host.ask({ word = case[1], negated = negated, args = args, attempt = pcall }, value)
end

--- Says whether a matcher gives these answers for a value; adds to `out` what it does not.
local function look(case, value, plain, negated, out)
  for is_negated, wanted in pairs({ [false] = plain, [true] = negated }) do
    local called, answer = pcall(ask, case, value, is_negated)
    local said = called and answer.ok
    local says_why = called and (answer.ok or (answer.message and answer.code))
    if not called or said ~= wanted or not says_why then
      out[#out + 1] = ("%s%s(%s) of %s: %s"):format(is_negated and ".no:" or "", case[1],
        host.show(case[2]), host.show(value ~= NIL and value or nil),
        called and tostring(said) or "raised " .. tostring(answer))
    end
  end
end

--- Runs the cases of a matcher, or of all.
---@param word? string
---@return string[] problems
function M.problems(word)
  local out = {}
  for _, case in ipairs(M.cases) do
    if word == nil or word == case[1] then
      local function each(list, plain, negated)
        for _, value in ipairs(list or {}) do
          if case.only_positive then
            negated = nil -- `.no` takes no such argument
          end
          look(case, value, plain, negated, out)
        end
      end
      each(case.holds, true, false)
      each(case.fails, false, true)
      each(case.never, false, true)
      each(case.mixed, false, false) -- some, not all: `.no` means none
      each(case.unfit, false, false)
    end
  end
  return out
end

return M
