--- A difference of two texts in the unified form of diff(1), which patch(1) and git apply read.
---
--- Bounded like engine.expect.diff: of texts that differ too much, what is between their equal
--- beginning and end is shown as replaced.
local diff = require("engine.expect.diff")

local M = {}

local CONTEXT = 3
local NO_NEWLINE = "\n\\ No newline at end of file"

--- Splits into lines; a last one without line end is another line than the same with one.
local function split(text)
  local lines, at = {}, 1
  while at <= #text do
    local feed = text:find("\n", at, true)
    lines[#lines + 1] = text:sub(at, (feed or #text + 1) - 1) .. (feed and "" or NO_NEWLINE)
    at = (feed or #text) + 1
  end
  return lines
end

---@class engine.unified.Hunk
---@field a integer first line in the old text
---@field b integer
---@field a_count integer
---@field b_count integer
---@field lines string[] each with " ", "-" or "+" before it

local function add(hunk, sign, lines, from, count)
  for i = from, from + count - 1 do
    hunk.lines[#hunk.lines + 1] = sign .. lines[i]
  end
  hunk.a_count = hunk.a_count + (sign == "+" and 0 or count)
  hunk.b_count = hunk.b_count + (sign == "-" and 0 or count)
end

local function begin(before, op, a)
  local count = before and math.min(before.count, CONTEXT) or 0
  local hunk = { a = op.a - count, b = op.b - count, a_count = 0, b_count = 0, lines = {} }
  add(hunk, " ", a, op.a - count, count)
  return hunk
end

--- Compares two texts.
---@param old string
---@param new string
---@return engine.unified.Hunk[]
---@nodiscard
function M.hunks(old, new)
  local a, b = split(old), split(new)
  local ops, hunks, hunk = diff.compare(a, b), {}, nil
  for i, op in ipairs(ops) do
    if op.kind ~= "=" then
      if not hunk then
        hunk = begin(ops[i - 1], op, a)
        hunks[#hunks + 1] = hunk
      end
      add(hunk, op.kind, op.kind == "-" and a or b, op.kind == "-" and op.a or op.b, op.count)
    elseif hunk and i < #ops and op.count <= 2 * CONTEXT then
      add(hunk, " ", a, op.a, op.count)
    elseif hunk then
      add(hunk, " ", a, op.a, math.min(op.count, CONTEXT))
      hunk = nil
    end
  end
  return hunks
end

local function span(first, count)
  if count == 1 then
    return tostring(first)
  end
  return ("%d,%d"):format(count == 0 and first - 1 or first, count)
end

local COLORS = { ["-"] = "red", ["+"] = "green", ["@"] = "cyan" }

--- Renders a difference.
---@param file string the name above it
---@param old string
---@param new string
---@param opts? { color?: boolean, safe?: fun(line: string): string } safe: what a terminal shows
---@return string # empty when nothing differs
---@nodiscard
function M.render(file, old, new, opts)
  local style, out = require("engine.ui.style"), {}
  local function put(line)
    local shown = opts and opts.safe and opts.safe(line) or line
    out[#out + 1] = style.paint(opts and opts.color or false, COLORS[line:sub(1, 1)] or "", shown)
  end
  for i, hunk in ipairs(M.hunks(old, new)) do
    if i == 1 then
      put("--- " .. file)
      put("+++ " .. file)
    end
    put(("@@ -%s +%s @@"):format(span(hunk.a, hunk.a_count), span(hunk.b, hunk.b_count)))
    for _, line in ipairs(hunk.lines) do
      for part in line:gmatch("[^\n]+") do
        put(part)
      end
    end
  end
  out[#out + 1] = #out > 0 and "" or nil
  return table.concat(out, "\n")
end

--- Writes a difference to a command's output, as what stands there may show it.
---@param cx engine.cli.Context
---@param file string
---@param old string
---@param new string
function M.write(cx, file, old, new)
  cx.out:write(M.render(file, old, new, {
    color = cx.out.color,
    safe = cx.out.is_tty and function(line)
      return cx:safe(line, cx.out)
    end or nil,
  }))
end

return M
