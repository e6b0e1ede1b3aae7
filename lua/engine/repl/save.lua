--- Makes a test of lines that were tried: `:save`.
---
--- A line that gave a plain value becomes an expectation of it, assignments become locals, rooms
--- are opened by `t`.  What failed is left out.  Pure.
---@class engine.repl.save
local declare = require("engine.repl.declare")
local free = require("engine.repl.free")
local lex = require("engine.script.lex")
local load_text = require("engine.script.load")
local pieces = require("engine.repl.pieces")
local portable = require("engine.repl.portable")
local tail = require("engine.repl.tail")

local M = {}

local HEADS = { clnrm = 'local clnrm = require("clnrm")', expect = "local expect = clnrm.expect" }

--- Counts values, less the nils at their end: `text, nil` says that there is no error.
local function count_of(values)
  local count = values.n
  while count > 0 and values[count] == nil do
    count = count - 1
  end
  return count
end

local function is_plain(values)
  local value = values and count_of(values) == 1 and values[1]
  local kind = type(value)
  return kind == "string" or math.type(value) == "integer"
    or kind == "boolean" and values ~= nil and values[1] ~= nil and count_of(values) == 1
end

-- What a reader does not see, or sees in another order: zero widths, marks of direction.
local UNSEEN = { "\xe2\x80[\x8b-\x8f\xaa-\xae]", "\xe2\x81[\xa0-\xaf]", "\xef\xbb\xbf" }

local function expectation(subject, value)
  local literal = ("%q"):format(value):gsub("\\\n", "\\n")
  for _, pattern in ipairs(UNSEEN) do
    literal = literal:gsub(pattern, function(character)
      return ("\\u{%x}"):format(utf8.codepoint(character))
    end)
  end
  return ("expect(%s):equals(%s)"):format(subject, literal)
end

--- Indents a text, but not what is inside of its strings.
local function indented(text)
  local inside, parts, at = {}, {}, 1
  for _, token in ipairs(lex.tokens(text, true)) do
    for i = token.kind == "string" and token.first or token.last + 1, token.last do
      inside[i] = true
    end
  end
  for i in text:gmatch("()\n") do
    if not inside[i] then
      parts[#parts + 1], at = text:sub(at, i) .. "  ", i + 1
    end
  end
  return "  " .. table.concat(parts) .. text:sub(at)
end

local function is_statement(text)
  return load(text .. "\n", "=", "t") ~= nil
end

--- Whether a call checks something.
local function is_check(text)
  local tokens = lex.tokens(text, true)
  local function has(i, ...)
    for k, wanted in ipairs({ ... }) do
      if not tokens[i + k - 1] or tokens[i + k - 1].text ~= wanted then
        return false
      end
    end
    return true
  end
  local depth, first_end = 0, nil
  for i, token in ipairs(tokens) do
    depth = depth + tail.depth_of(token)
    first_end = first_end or depth == 0 and token.text == ")" and i or nil
  end
  if not is_statement(text) then
    return false
  elseif has(1, "assert", "(") and first_end == #tokens then
    return true
  elseif has(1, "expect", "(") or has(1, "clnrm", ".", "expect", "(") then
    return true
  end
  for i in ipairs(tokens) do
    if has(i, ":", "equals") then
      return true
    end
  end
  return false
end

--- Whether an expression can do something: one that calls nothing does not.
local function has_call(text)
  local before
  for _, token in ipairs(lex.tokens(text, true)) do
    local is_called = before and (before.kind == "name" or before.text == ")"
      or before.text == "]")
    if is_called and (token.text == "(" or token.text == "{" or token.kind == "string") then
      return true
    end
    before = token
  end
  return false
end

--- Writes an expression as statements.
---@param is_used boolean a later line speaks of its value
---@return string[] statements none: it does nothing
---@return integer expectations
local function written(piece, is_used)
  local text, own = piece.text, "_" .. piece.n
  local is_checking, plain = is_check(text), is_plain(piece.values)
  if is_used then
    local list = { ("local %s = %s"):format(own, text) }
    list[2] = not is_checking and plain and expectation(own, piece.values[1]) or nil
    return list, (is_checking or list[2]) and 1 or 0
  elseif is_checking then
    return { text }, 1
  elseif plain then
    local subject = piece.values.n > 1 and ("(%s)"):format(text) or text
    return { expectation(subject, piece.values[1]) }, 1
  elseif is_statement(text) then
    return { text }, 0
  end
  return has_call(text) and { "local _ = " .. text } or {}, 0
end

---@class engine.repl.Saving what is known of the names
---@field session? table what the lines see
---@field test? table    what a test sees
---@field lines? engine.repl.Outcome[] all that there are, saved or not

---@class engine.repl.Saved
---@field text string
---@field expectations integer
---@field left_out integer lines that failed, or that do nothing

--- Says for each name in which piece it is first assigned and first spoken of, and in which last.
local function survey(list)
  local first_given, last_given, first_read, last_read = {}, {}, {}, {}
  for i, piece in ipairs(list) do
    for name in next, piece.reads do
      first_read[name], last_read[name] = first_read[name] or i, i
    end
    for _, name in ipairs(piece.gives) do
      first_given[name], last_given[name] = first_given[name] or i, i
    end
  end
  return first_given, last_given, first_read, last_read
end

--- Says what the lines have that a test of them would not.
local function missing(body, list, parameter, names)
  for _, name in ipairs(free.names(body)) do
    local is_of_test = HEADS[name] or name == parameter or (names.test or _G)[name] ~= nil
    for _, piece in ipairs(list) do
      if piece.reads[name] and not is_of_test and (names.session or {})[name] ~= nil then
        return ("line %d has '%s', which %s"):format(piece.n, name, _G[name] ~= nil
          and "tests do not have" or "none of the lines that are saved gives a value")
      end
    end
  end
end

--- Says what the lines have of one that is not saved, and give another value later.
local function outdated(list, outcomes, lines)
  local first_given, _, first_read = survey(list)
  local is_saved = {}
  for _, outcome in ipairs(outcomes) do
    is_saved[outcome.n] = not outcome.failure and not outcome.interrupted
  end
  for _, outcome in ipairs(lines) do
    for _, name in ipairs(not is_saved[outcome.n] and pieces.given(outcome) or {}) do
      local i = first_read[name]
      if i and i < (first_given[name] or 0) and outcome.n < list[i].n then
        return ("line %d has '%s' of line %d, which is not saved"):format(list[i].n, name,
          outcome.n)
      end
    end
  end
end

--- Says what no test can have.
local function refused(list)
  for _, piece in ipairs(list) do
    if piece.text:find("%f[%w_]_ENV%f[^%w_]") then
      return ("line %d has '_ENV', which is another one in a test"):format(piece.n)
    end
    for _, name in ipairs(piece.gives) do
      if HEADS[name] then
        return ("line %d gives '%s' another meaning"):format(piece.n, name)
      end
    end
  end
end

--- Writes the body of the test.
local function body_of(list, names, saved)
  local first_given, last_given, first_read, last_read = survey(list)
  local body, known = {}, {}

  local function put(text)
    text = text:gsub("[%s;]+$", "")
    if text ~= "" then
      body[#body + 1] = indented((text:find("^%(") and ";" or "") .. text)
    end
  end

  --- Declares names in front of what assigns them.
  local function announce(list_of_names)
    local fresh = {}
    for _, name in ipairs(list_of_names) do
      local is_known = (names.test or _G)[name] ~= nil
      known[name] = true
      if is_known then
        put(("local %s = %s"):format(name, name))
      else
        fresh[#fresh + 1] = name
      end
    end
    if fresh[1] then
      put("local " .. table.concat(fresh, ", "))
    end
  end

  local early = {}
  for name, i in next, first_given do
    early[#early + 1] = first_read[name] < i and name or nil
  end
  table.sort(early)
  announce(early)
  for i, piece in ipairs(list) do
    local fresh = {}
    for _, name in ipairs(piece.gives) do
      fresh[#fresh + 1] = not known[name] and name or nil
    end
    local statements, expectations = {}, 0
    if piece.is_expression then
      announce(fresh)
      statements, expectations = written(piece, (last_read["_" .. piece.n] or 0) > i)
    elseif not piece.is_left_out then
      local text, before = declare.statements(piece.text, fresh, function(name)
        return last_given[name] > i
      end)
      announce(before)
      statements = { lex.tokens(text, true)[1] and text }
      for _, name in ipairs(fresh) do
        known[name] = true
      end
    end
    for _, text in ipairs(statements) do
      put(text)
    end
    saved.expectations = saved.expectations + expectations
    saved.left_out = saved.left_out + (#statements == 0 and 1 or 0)
  end
  return table.concat(body, "\n")
end

--- Writes the file of a test.
---@param outcomes engine.repl.Outcome[] in order
---@param name string of the test
---@param names? engine.repl.Saving
---@return engine.repl.Saved? saved
---@return string? why none can be made of these lines
---@nodiscard
function M.file(outcomes, name, names)
  local saved = { expectations = 0, left_out = 0 }
  local parameter = pieces.parameter(outcomes)
  local list = pieces.list(outcomes, parameter)
  names = names or {}
  local body = body_of(list, names, saved)
  local why = refused(list) or outdated(list, outcomes, names.lines or outcomes)
    or portable.problem(list, names)
  local head = HEADS.clnrm .. "\n" .. (free.has(body, "expect") and HEADS.expect .. "\n" or "")
  saved.text = ("%s\nclnrm.test(%q, function(%s)\n%s\nend)\n"):format(head, name, parameter, body)
  local fn, problems = load_text.compile(saved.text, name)
  why = why or not fn and "as a test they are no Lua: " .. problems[1].message
    or missing(body, list, parameter, names)
  if why then
    return nil, why
  end
  return saved
end

return M
