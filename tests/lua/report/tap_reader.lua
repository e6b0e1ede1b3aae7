--- Reads TAP 14 strictly: whatever the specification does not have is an error, nothing is skipped.
local M = {}

local function unescape(s)
  return (s:gsub("\\([\\#])", "%1"))
end

--- Splits what stands behind a number at the first unescaped "#" that begins a directive; consumers
--- may take it without a blank before it, and so does this one.
local function directive_of(rest)
  local i = 1
  while i <= #rest do
    local char = rest:sub(i, i)
    if char == "\\" and rest:find("^[\\#]", i + 1) then
      i = i + 1
    elseif char == "#" then
      local word, reason = rest:sub(i + 1):match("^%s*(%a+)%s*(.*)$")
      word = word and word:upper()
      if word == "SKIP" or word == "TODO" then
        return rest:sub(1, i - 1):gsub("%s+$", ""), word, unescape(reason)
      end
    end
    i = i + 1
  end
  return rest
end

local function point_of(line)
  local status, rest = line:match("^(not ok)(.*)$")
  if not status then
    status, rest = line:match("^(ok)(.*)$")
  end
  if not status or not rest:find("^%s") and rest ~= "" then
    return nil
  end
  local id, tail = rest:match("^ (%d+)(.*)$")
  tail = (tail or rest):gsub("^%s+%-%s", ""):gsub("^%s+", "")
  local description, directive, reason = directive_of(tail)
  return {
    ok = status == "ok",
    id = tonumber(id),
    description = unescape(description),
    directive = directive,
    reason = reason,
  }
end

local read

--- Takes the lines of a subtest: they are indented by four blanks.
local function subtest(cx, indent)
  local child = { points = {} }
  read(cx, indent .. "    ", child)
  return child
end

local function yaml(cx, indent)
  local lines, text = {}, cx.lines[cx.at]
  if text ~= indent .. "  ---" then
    return nil
  end
  cx.at = cx.at + 1
  while cx.lines[cx.at] ~= indent .. "  ..." do
    text = assert(cx.lines[cx.at], "a YAML block without an end")
    assert(text == "" or text:sub(1, #indent + 2) == indent .. "  ", "YAML: " .. text)
    lines[#lines + 1] = text:sub(#indent + 3)
    cx.at = cx.at + 1
  end
  cx.at = cx.at + 1
  return lines
end

local function add_point(cx, indent, document, point)
  assert(not document.plan_at_end, "a test point after the plan")
  point.id = point.id or #document.points + 1
  point.subtest, document.pending = document.pending, nil
  document.points[#document.points + 1] = point
  cx.at = cx.at + 1
  point.yaml = yaml(cx, indent)
end

function read(cx, indent, document)
  while cx.lines[cx.at] do
    local text = cx.lines[cx.at]
    if text:sub(1, #indent) ~= indent then
      return document
    end
    local line = text:sub(#indent + 1)
    local count = line:match("^1%.%.(%d+)%s*$") or line:match("^1%.%.(%d+) # ")
    local point = point_of(line)
    if point then
      add_point(cx, indent, document, point)
    elseif count then
      assert(not document.plan, "a second plan")
      document.plan, document.plan_at_end = tonumber(count), #document.points > 0
      cx.at = cx.at + 1
    elseif line:find("^Bail out!") then
      document.bail = line:match("^Bail out!%s*(.*)$")
      cx.at = cx.at + 1
    elseif line:find("^%s*#") or line:find("^%s*$") then
      document.comments = (document.comments or 0) + 1
      cx.at = cx.at + 1
    elseif line:find("^    ") then
      document.pending = subtest(cx, indent)
    else
      error(("line %d is no TAP: %s"):format(cx.at, text))
    end
  end
  return document
end

local function check(document)
  assert(not document.pending, "a subtest without its test point")
  if document.bail then
    return document
  end
  assert(document.plan == #document.points, ("planned %s, found %d"):format(
    tostring(document.plan), #document.points))
  local seen = {}
  for _, point in ipairs(document.points) do
    assert(point.id >= 1 and point.id <= document.plan and not seen[point.id], "id " .. point.id)
    seen[point.id] = true
    if point.subtest then
      check(point.subtest)
    end
  end
  return document
end

--- Reads a document, or raises.
---@param text string
---@return table # plan, bail, points: ok, id, description, directive, reason, yaml, subtest
function M.read(text)
  local lines = {}
  for line in text:gmatch("([^\n]*)\n") do
    lines[#lines + 1] = line
  end
  assert(text:sub(-1) == "\n", "the last line has no end")
  assert(lines[1] == "TAP version 14", "no version")
  return check(read({ lines = lines, at = 2 }, "", { points = {} }))
end

return M
