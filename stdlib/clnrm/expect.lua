--- Expectations: `clnrm.expect(value):matcher(…)`.
---
--- Every matcher returns the expectation, so that several can be asked one after the other; `.no`
--- negates the next one; `:eventually{…}` makes those behind it wait.  A matcher that does not hold
--- raises and fails the test, also where the test catches the error.  An expectation that no
--- matcher was asked of makes the test an error: it looks like a check and is none.
---
--- The matchers are the engine's, and the same as in test files; this module is the sentence around
--- them.
local host = require("clnrm.host")

local M = {}

---@class clnrm.Expectation
---@field no clnrm.Expectation negates the next matcher
local Expectation = {}

local states = setmetatable({}, { __mode = "k" })
local asked_by = {} -- the method of each word, made when it is first used

local OWN_NAME_MAX = 64
local EVERY_MS, WITHIN_MS = 50, 5000

local function misuse(message)
  host.current().misuse(message)
end

--- The matchers that the running file made itself.
local function own_matchers()
  local own = host.current().own()
  own.matchers = own.matchers or {}
  return own.matchers
end

local function state_of(self, word)
  local state = states[self]
  if not state then
    misuse(("%s: call it with a colon, expect(value):%s(…)"):format(word, word))
  end
  return state
end

--- Says what a matcher of the user's answers; what it returns must be clear.
local function ask_own(own, asked, actual)
  local ok, message = own.fn(actual, table.unpack(asked.args, 1, asked.args.n))
  if ok ~= true and ok ~= false then
    local shown = host.current().expect.show(ok)
    misuse(("the matcher '%s' returned %s instead of true or false"):format(asked.word, shown))
  elseif ok ~= asked.negated then
    return { ok = true }
  end
  local shown = host.current().expect.show(actual)
  local default = asked.negated and "%s: '%s' holds, which must not be" or "%s: '%s' does not hold"
  return {
    ok = false,
    code = "T717",
    message = not asked.negated and message ~= nil and tostring(message)
      or default:format(shown, asked.word),
  }
end

local function ask(asked, actual)
  if asked.own then
    return ask_own(asked.own, asked, actual)
  end
  local cut_of = host.current().cut_of
  asked.cut = cut_of and type(actual) == "string" and cut_of(actual) or nil
  return host.current().expect.ask(asked, actual)
end

--- Adds to an answer what is known of the waiting.
local function tell_waiting(answer, outcome, eventually)
  answer.message = ("%s, in %.1f s"):format(answer.message, eventually.within_ms / 1000)
  local notes = answer.notes or {}
  notes[#notes + 1] = ("asked %d time%s in %.0f ms"):format(
    outcome.tries, outcome.tries == 1 and "" or "s", outcome.elapsed_ms)
  if outcome.timed_out then
    notes[#notes + 1] = "the last call had not ended"
  end
  answer.notes = notes
  return answer
end

--- Asks again and again; returns the last answer.
local function ask_until(asked, fn, eventually)
  local current = host.current()
  local outcome = current.expect.poll(fn, {
    within_ms = eventually.within_ms,
    every_ms = eventually.every_ms,
    attempt = current.trial,
  }, function(value)
    return ask(asked, value)
  end)
  local answer = outcome.answer
  if answer and answer.ok then
    return answer, outcome.value
  elseif outcome.err ~= nil then
    local shown = current.expect.raised(outcome.err)
    answer = { ok = false, code = "T716", message = "the function raised an error: " .. shown }
  elseif not answer then
    answer = { ok = false, code = "T719", message = "the function did not return" }
  end
  return tell_waiting(answer, outcome, eventually), outcome.value
end

--- Notes that a matcher must follow: what was asked before it does not count for that.
local function await_matcher(state)
  if state.was_asked then
    state.mark, state.was_asked = host.current().expecting(), false
  end
end

local function check(self, word, args, own)
  local state = state_of(self, word)
  local current, negated = host.current(), state.negated
  local problem = not own and current.expect.misuse(word, args, negated)
  if problem then
    misuse(problem)
  elseif word == "snapshot" and state.eventually then
    misuse("snapshot() cannot wait: wait for the value first, then compare it")
  end
  state.negated, state.was_asked = false, true
  local asked = { word = word, negated = negated, args = args, attempt = current.trial, own = own }
  local answer, actual
  if state.eventually then
    answer, actual = ask_until(asked, state.value, state.eventually)
  else
    actual = state.value
    answer = ask(asked, actual)
  end
  current.check({
    ok = answer.ok,
    code = answer.code,
    matcher = word,
    negated = negated,
    message = answer.message,
    label = answer.label,
    help = answer.help,
    diff = answer.diff,
    nearest = answer.nearest,
    notes = answer.notes,
    expected = args.n > 0 and args[1] or nil,
    actual = actual,
    mark = state.mark,
  })
  return self
end

--- Makes what stands behind it wait: the value is a function, which is called again each `every`
--- until the matcher holds of what it returns, at most for `within`.
---@async
---@param options? { within?: string|number, every?: string|number } default 5 s, each 50 ms
---@return clnrm.Expectation
function Expectation:eventually(options)
  local state = state_of(self, "eventually")
  local expect = host.current().expect
  if type(state.value) ~= "function" then
    misuse("eventually() needs a function: expect(function() return … end):eventually{…}")
  elseif state.negated then
    misuse("`.no` stands before the matcher: expect(fn):eventually{…}.no:contains(…)")
  elseif options ~= nil and type(options) ~= "table" then
    misuse("eventually() needs a table: eventually{ within = \"5s\", every = \"50ms\" }")
  end
  local read = { within = WITHIN_MS, every = EVERY_MS }
  for key, value in pairs(options or {}) do
    if not read[key] then
      misuse(("eventually() knows within and every, not '%s'"):format(tostring(key)))
    end
    read[key] = expect.duration(value)
      or misuse(("eventually(): %s is no duration such as \"5s\" or 0.2"):format(key))
  end
  await_matcher(state)
  state.eventually = { within_ms = read.within, every_ms = math.max(read.every, 1) }
  return self
end

local function negate(self)
  local state = states[self]
  if state.negated then
    misuse("`.no` twice")
  end
  await_matcher(state)
  state.negated = true
  return self
end

--- Finds what `expectation.word` is.
local function lookup(self, word)
  local own = own_matchers()[word]
  if word == "no" then
    return negate(self)
  elseif Expectation[word] then
    return Expectation[word]
  elseif own then
    return function(expectation, ...)
      return check(expectation, word, table.pack(...), own)
    end
  elseif not host.current().expect.knows(word) then
    local names = {}
    for name in pairs(own_matchers()) do
      names[#names + 1] = name
    end
    misuse(host.current().expect.unknown(tostring(word), names))
  end
  asked_by[word] = asked_by[word] or function(expectation, ...)
    return check(expectation, word, table.pack(...))
  end
  return asked_by[word]
end

local meta = {
  __name = "clnrm.Expectation",
  __metatable = false,
  __index = lookup,
  __newindex = function(_, key)
    misuse(("an expectation has no fields to set: '%s'"):format(tostring(key)))
  end,
}

--- Refuses more values than one; nil behind the first is what a call returned that went well.
local function refuse_more(first, ...)
  for i = 1, select("#", ...) do
    local other = select(i, ...)
    if other ~= nil then
      local what = first == nil and i == 1 and "nil and an error, " .. tostring(other)
        or "several values"
      misuse(("expect() got %s: put the call in parentheses to look at its first result only")
        :format(what))
    end
  end
end

--- Says that a value is expected to be something.
---@param ... any one value, which may be nil
---@return clnrm.Expectation
function M.expect(...)
  if select("#", ...) == 0 then
    misuse("expect() needs a value (nil is one: expect(nil):is_nil())")
  end
  refuse_more(...)
  local self = setmetatable({}, meta)
  states[self] = { value = (...), negated = false, mark = host.current().expecting() }
  return self
end

--- Adds a matcher to this file's: `fn(actual, ...)` returns whether it holds, and why not.
---@param name string
---@param fn fun(actual: any, ...): boolean, string?
function M.matcher(name, fn)
  if type(name) ~= "string" or not name:match("^[%a_][%w_]*$") or #name > OWN_NAME_MAX then
    misuse("clnrm.matcher: the name must be a name of Lua, such as is_even")
  elseif not load("local " .. name) then
    misuse(("clnrm.matcher: '%s' is a keyword of Lua"):format(name))
  elseif name == "no" or Expectation[name] or host.current().expect.knows(name) then
    misuse(("clnrm.matcher: '%s' is built in, and stays what it is"):format(name))
  elseif type(fn) ~= "function" then
    misuse(("clnrm.matcher: '%s' needs a function(actual, …)"):format(name))
  end
  local own = own_matchers()
  if own[name] and own[name].fn ~= fn then
    misuse(("clnrm.matcher: there is a matcher '%s' already"):format(name))
  end
  own[name] = { fn = fn }
end

return M
