--- The checks of texts: what a matcher of an output, or of a file's content, says.
---
--- Each gets the text, what is expected and the context; see engine.expect.matchers.  Of a text
--- that was cut at its cap, only what is found in the part that was kept can be said.  Pure.
---@class engine.expect.text
local regex = require("engine.expect.regex")
local show = require("engine.expect.show")
local text = require("core.text")

local M = {}

--- Finds the part of a text that is most like what it does not have.
local function nearest(actual, expected)
  return require("engine.expect.nearest").find(actual, expected)
end

local function cut_problem(ctx)
  return nil, ("%s was cut at its cap: %s were not kept"):format(
    ctx.subject, show.count(ctx.cut, "byte")), { code = "T402", label = "this needs all of it" }
end

local function is_cut(ctx)
  return (ctx.cut or 0) ~= 0
end

--- Says that the other output has it, when it has.
local function other_help(ctx, find)
  if ctx.other and find(ctx.other.text) then
    return ("it is in %s: check that instead"):format(ctx.other.name)
  end
end

local function find_plain(actual, needle, ctx)
  local at = actual:find(needle, 1, true)
  local seam = is_cut(ctx) and (ctx.seam or 0) or math.huge
  while at and at <= seam and at + #needle - 1 > seam do -- never printed: it lies across the gap
    at = actual:find(needle, at + 1, true)
  end
  return at
end

function M.contains(actual, expected, ctx)
  if find_plain(actual, expected, ctx) then
    return true
  elseif is_cut(ctx) then
    return cut_problem(ctx)
  end
  local near = nearest(actual, expected)
  return false, ("%s does not contain %s"):format(ctx.subject, show.value(expected)), {
    label = "not in " .. show.extent(actual, ctx.subject),
    nearest = near,
    help = other_help(ctx, function(other)
      return other:find(expected, 1, true)
    end),
  }
end

function M.not_contains(actual, expected, ctx)
  local at = find_plain(actual, expected, ctx)
  if is_cut(ctx) then
    return cut_problem(ctx)
  elseif not at then
    return true
  end
  local line, found = show.line_at(actual, at)
  return false, ("%s contains %s"):format(ctx.subject, show.value(expected)), {
    label = ("found in line %d of %s"):format(line, ctx.subject),
    actual = found,
    at = line,
  }
end

function M.matches(actual, expected, ctx)
  if is_cut(ctx) then
    return cut_problem(ctx) -- `$` or `\z` would hold at the end of the head
  end
  local at, _, err = regex.find(expected, actual)
  if err then
    return nil, err.message, { code = err.code == "EBUDGET" and "T403" or "T404" }
  elseif at then
    return true
  end
  return false, ("%s does not match '%s'"):format(ctx.subject, show.value(expected):sub(2, -2)), {
    label = "no match in " .. show.extent(actual, ctx.subject),
    nearest = regex.nearest(expected, actual),
    help = regex.help(expected, actual) or other_help(ctx, function(other)
      return (regex.find(expected, other))
    end),
  }
end

function M.not_matches(actual, expected, ctx)
  if is_cut(ctx) then
    return cut_problem(ctx)
  end
  local at, _, err = regex.find(expected, actual)
  if err then
    return nil, err.message, { code = err.code == "EBUDGET" and "T403" or "T404" }
  elseif not at then
    return true
  end
  local line, found = show.line_at(actual, at)
  local pattern = show.value(expected):sub(2, -2)
  return false, ("%s matches '%s'"):format(ctx.subject, pattern), {
    label = ("a match in line %d of %s"):format(line, ctx.subject),
    actual = found,
    at = line,
  }
end

function M.starts_with(actual, expected, ctx)
  if actual:sub(1, #expected) == expected and not (is_cut(ctx) and #expected > (ctx.seam or 0)) then
    return true
  elseif is_cut(ctx) then
    return cut_problem(ctx)
  end
  local head = actual:match("^[^\n]*")
  return false, ("%s does not start with %s"):format(ctx.subject, show.value(expected)), {
    label = actual == "" and show.extent(actual, ctx.subject) or "it starts " .. show.value(head),
    nearest = nearest(actual, expected),
  }
end

function M.ends_with(actual, expected, ctx)
  if is_cut(ctx) then
    return cut_problem(ctx)
  elseif actual:sub(-#expected) == expected then
    return true
  end
  local help
  if actual:sub(-1) == "\n" and actual:sub(-#expected - 1, -2) == expected then
    help = "the output ends with a newline: add \\n to what is expected"
  end
  return false, ("%s does not end with %s"):format(ctx.subject, show.value(expected)), {
    label = actual == "" and show.extent(actual, ctx.subject)
      or "it ends " .. show.value(actual:sub(-math.min(#expected + 20, 60))),
    help = help,
  }
end

local LABEL_MAX = 256 << 10

local SPACE_ONLY = {
  { "a newline at the end", function(s)
    return (s:gsub("\n+$", ""))
  end },
  { "carriage returns", function(s)
    return (s:gsub("\r", ""))
  end },
  { "blanks at the ends of lines", function(s)
    return (s:gsub("[ \t]+\n", "\n"):gsub("[ \t]+$", ""))
  end },
  { "white space", function(s)
    return (s:gsub("%s+", ""))
  end },
  { "case", string.lower },
}

local function difference_label(actual, expected)
  if #actual > LABEL_MAX or #expected > LABEL_MAX then
    return nil -- it would take seconds
  end
  for _, entry in ipairs(SPACE_ONLY) do
    if entry[2](actual) == entry[2](expected) then
      return "they differ only in " .. entry[1]
    end
  end
end

local function newline_help(actual, expected)
  if actual == expected .. "\n" then
    return "the output ends with a newline: add \\n to what is expected"
  elseif actual .. "\n" == expected then
    return "the output does not end with a newline"
  end
end

function M.equals_text(actual, expected, ctx)
  if is_cut(ctx) then
    return cut_problem(ctx)
  elseif actual == expected then
    return true
  end
  local label = difference_label(actual, expected)
  if not label then
    label = #actual == #expected and show.count(#actual, "byte") .. " as expected, but others"
      or ("%s, expected %s"):format(show.count(#actual, "byte"), #expected)
  end
  local lines = require("engine.expect.diff").texts(expected, actual)
  return false, ("%s is not the expected text"):format(ctx.subject), {
    label = label,
    help = newline_help(actual, expected),
    diff = #lines > 0 and lines or nil,
  }
end

function M.lines(actual, expected, ctx)
  if is_cut(ctx) then
    return cut_problem(ctx)
  end
  local lines, count = text.lines(actual, type(expected) == "number" and { max = 1 } or nil)
  if type(expected) == "number" then
    if count == expected then
      return true
    end
    return false, ("%s has %s, not %d"):format(ctx.subject, show.count(count, "line"), expected), {
      label = show.count(count, "line"),
      actual = count,
    }
  end
  local same = count == #expected
  for i = 1, count do
    same = same and lines[i] == expected[i]
  end
  if same then
    return true
  end
  return false, ("the lines of %s are not those expected"):format(ctx.subject), {
    label = ("%s, expected %d"):format(show.count(count, "line"), #expected),
    diff = require("engine.expect.diff").render(expected, lines),
  }
end

--- Compares an output with its stored snapshot, which was looked up before.
function M.snapshot(actual, ctx)
  if is_cut(ctx) then
    return cut_problem(ctx)
  elseif not ctx.snapshot then
    return nil, "the stored snapshot was not looked for", { code = "T803" }
  end
  return require("engine.snapshot.compare").check(ctx.subject, ctx.snapshot, actual)
end

function M.json(actual, expected, ctx)
  if is_cut(ctx) then
    return cut_problem(ctx)
  end
  return require("engine.expect.json").check(actual, expected, ctx)
end

return M
