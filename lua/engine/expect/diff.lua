--- The shortest way from one list to another (Myers 1986), and how it is shown to people.
---
--- Pure.  Bounded: past `COST_MAX` edits the rest counts as replaced as a whole.
---@class engine.expect.diff
local text = require("core.text")

local M = {}

local COST_MAX = 400 -- edits looked for; the work is at most its square
local CONTEXT = 2 -- equal lines shown around a change
local SHOWN_MAX = 40 -- lines of a rendered diff
local LINE_BYTES = 60 -- lines that are the same for so long are shown from near the difference
local LINE_MAX = 1000 -- bytes of a line that are shown
local TEXT_MAX = 512 << 10 -- of longer texts only the part from their first difference is compared
local PART = 64 << 10
local WORDS_MAX = 400 -- words of a line that are compared one by one

---@class engine.expect.diff.Op
---@field kind "="|"-"|"+" in both, in `a` only, in `b` only
---@field a integer  first place in `a`
---@field b integer  first place in `b`
---@field count integer

--- Runs the greedy algorithm; returns the trace of furthest points, or nil past COST_MAX.
local function search(a, b, from, a_end, b_end)
  local n, m = a_end - from + 1, b_end - from + 1
  local furthest, trace = { [1] = 0 }, {}
  for cost = 0, math.min(n + m, COST_MAX) do
    local copy = {}
    for k = -cost, cost, 2 do
      local x
      if k == -cost or (k ~= cost and furthest[k - 1] < furthest[k + 1]) then
        x = furthest[k + 1]
      else
        x = furthest[k - 1] + 1
      end
      local y = x - k
      while x < n and y < m and a[from + x] == b[from + y] do
        x, y = x + 1, y + 1
      end
      furthest[k], copy[k] = x, x
      if x >= n and y >= m then
        trace[cost] = copy
        return trace, cost
      end
    end
    trace[cost] = copy
  end
end

--- Walks the trace back; returns single steps, last first.
local function backtrack(trace, cost, n, m)
  local steps, x, y = {}, n, m
  for d = cost, 1, -1 do
    local before, k = trace[d - 1], x - y
    local previous_k
    if k == -d or (k ~= d and (before[k - 1] or -1) < (before[k + 1] or -1)) then
      previous_k = k + 1
    else
      previous_k = k - 1
    end
    local start_x = before[previous_k]
    local start_y = start_x - previous_k
    while x > start_x and y > start_y and x > 0 and y > 0 do
      steps[#steps + 1] = "="
      x, y = x - 1, y - 1
    end
    steps[#steps + 1] = x > start_x and "-" or "+"
    x, y = start_x, start_y
  end
  for _ = 1, math.min(x, y) do
    steps[#steps + 1] = "="
  end
  return steps
end

local function add(ops, kind, a, b, count)
  if count == 0 then
    return
  end
  local last = ops[#ops]
  if last and last.kind == kind then
    last.count = last.count + count
  else
    ops[#ops + 1] = { kind = kind, a = a, b = b, count = count }
  end
end

--- Compares two lists.
---@param a any[]
---@param b any[]
---@return engine.expect.diff.Op[] ops
---@nodiscard
function M.compare(a, b)
  local from, a_end, b_end = 1, #a, #b
  while from <= a_end and from <= b_end and a[from] == b[from] do
    from = from + 1
  end
  while a_end >= from and b_end >= from and a[a_end] == b[b_end] do
    a_end, b_end = a_end - 1, b_end - 1
  end
  local ops = {}
  add(ops, "=", 1, 1, from - 1)
  local trace, cost = search(a, b, from, a_end, b_end)
  if trace then
    local x, y = from, from
    local steps = backtrack(trace, cost, a_end - from + 1, b_end - from + 1)
    for i = #steps, 1, -1 do
      add(ops, steps[i], x, y, 1)
      x = x + (steps[i] ~= "+" and 1 or 0)
      y = y + (steps[i] ~= "-" and 1 or 0)
    end
  else
    add(ops, "-", from, from, a_end - from + 1)
    add(ops, "+", a_end + 1, from, b_end - from + 1)
  end
  add(ops, "=", a_end + 1, b_end + 1, #a - a_end)
  return ops
end

--- Splits a line into words, blanks and single other characters.
local function words_of(line)
  local words, at = {}, 1
  while at <= #line do
    local word = line:match("^[%w_\128-\255]+", at) or line:match("^%s+", at) or line:sub(at, at)
    words[#words + 1] = word
    at = at + #word
  end
  return words
end

--- Marks what of a line is not in the other: blanks and carets, as wide as the line is shown.
---@return string? marks nil when nothing, or nearly everything, differs
local function mark_words(line, other)
  local a, b = words_of(line), words_of(other)
  if #a > WORDS_MAX or #b > WORDS_MAX then
    return nil
  end
  local out, same, changed = {}, 0, 0
  for _, op in ipairs(M.compare(a, b)) do
    if op.kind ~= "+" then
      local piece = table.concat(a, "", op.a, op.a + op.count - 1)
      local width = text.width(piece)
      if op.kind == "=" then
        same = same + width
      else
        changed = changed + width
      end
      out[#out + 1] = (op.kind == "=" and " " or "^"):rep(width)
    end
  end
  if changed == 0 or same <= changed // 2 then
    return nil
  end
  return (table.concat(out):gsub("%s+$", ""))
end

--- Returns the first byte in which two texts differ.
---@param a string
---@param b string
---@return integer
---@nodiscard
function M.first_difference(a, b)
  local low, high = 0, math.min(#a, #b) -- the first `low` bytes are the same
  while low < high do
    local middle = (low + high + 1) // 2
    if a:sub(low + 1, middle) == b:sub(low + 1, middle) then
      low = middle
    else
      high = middle - 1
    end
  end
  return low + 1
end

--- Cuts a line: more of it is on no screen.
local function cut(line)
  return #line > LINE_MAX and line:sub(1, LINE_MAX) .. "…" or line
end

--- Takes the part of two long lines in which they differ; a screen would cut them before it.
---@return string old
---@return string new
local function window(old, new)
  local at = M.first_difference(old, new)
  if at <= LINE_BYTES then
    return cut(old), cut(new)
  end
  local from = at - LINE_BYTES // 4
  while from < at and (old:byte(from) or 0) & 0xC0 == 0x80 do -- not inside of a character
    from = from + 1
  end
  local head = ("(from byte %d) "):format(from)
  return head .. cut(old:sub(from, from + LINE_MAX)), head .. cut(new:sub(from, from + LINE_MAX))
end

local function show_line(line)
  return (text.escape(line, { line = true }))
end

--- Renders a change: the lines expected with "-", those seen with "+", single words marked.
local function add_change(out, expected, actual, gone, come)
  for i = 0, math.max(gone.count, come.count) - 1 do
    local old = i < gone.count and expected[gone.a + i]
    local new = i < come.count and actual[come.b + i]
    local paired = old and new and gone.count == come.count
    if paired then
      old, new = window(old, new)
    end
    old, new = old and show_line(cut(old)), new and show_line(cut(new))
    if old then
      out[#out + 1] = "- " .. old
      out[#out + 1] = paired and mark_words(old, new) and "  " .. mark_words(old, new) or nil
    end
    if new then
      out[#out + 1] = "+ " .. new
      out[#out + 1] = paired and mark_words(new, old) and "  " .. mark_words(new, old) or nil
    end
  end
end

local function add_equal(out, actual, op, is_first, is_last)
  local head = is_first and 0 or math.min(CONTEXT, op.count)
  local tail = is_last and 0 or math.min(CONTEXT, op.count - head)
  for i = 0, head - 1 do
    out[#out + 1] = "  " .. show_line(actual[op.b + i])
  end
  local hidden = op.count - head - tail
  if hidden > 0 then
    out[#out + 1] = ("  (%d equal line%s)"):format(hidden, hidden == 1 and "" or "s")
  end
  for i = op.count - tail, op.count - 1 do
    out[#out + 1] = "  " .. show_line(actual[op.b + i])
  end
end

local NOTHING = { count = 0 }

--- Renders the differences of two lists of lines.
---@param expected string[]
---@param actual string[]
---@return string[] lines
---@nodiscard
function M.render(expected, actual)
  local ops, out, i = M.compare(expected, actual), {}, 1
  while i <= #ops do
    local op = ops[i]
    if op.kind == "=" then
      add_equal(out, actual, op, i == 1, i == #ops)
    else
      local other = ops[i + 1]
      if other and (other.kind == "=" or other.kind == op.kind) then
        other = nil
      end
      i = other and i + 1 or i
      local gone = op.kind == "-" and op or other or NOTHING
      local come = op.kind == "+" and op or other or NOTHING
      add_change(out, expected, actual, gone, come)
    end
    i = i + 1
  end
  if #out > SHOWN_MAX then
    local more = #out - SHOWN_MAX
    out = table.move(out, 1, SHOWN_MAX, 1, {})
    out[#out + 1] = ("(%d more lines)"):format(more)
  end
  return out
end

--- Takes what follows the first difference of two long texts, from the beginning of its line.
---@return string a
---@return string b
---@return string? head what is left out before it
local function parts(a, b)
  local at = M.first_difference(a, b)
  local first = at
  while first > 1 and at - first < PART and a:byte(first - 1) ~= 10 do
    first = first - 1
  end
  local head
  if first > 1 and a:byte(first - 1) ~= 10 then
    first = math.max(1, at - LINE_BYTES // 4)
    head = ("  (from byte %d)"):format(first)
  elseif first > 1 then
    local _, skipped = text.lines(a:sub(1, first - 1), { max = 1 })
    head = ("  (%d equal line%s)"):format(skipped, skipped == 1 and "" or "s")
  end
  return a:sub(first, first + PART), b:sub(first, first + PART), head
end

--- Renders the differences of two texts; of long ones those near their first difference.
---@param expected string
---@param actual string
---@return string[] lines empty when all lines are the same, and only a newline at the end is not
---@nodiscard
function M.texts(expected, actual)
  local head, is_long = nil, #expected > TEXT_MAX or #actual > TEXT_MAX
  if is_long then
    expected, actual, head = parts(expected, actual)
  end
  local a, b = text.lines(expected), text.lines(actual)
  local is_same = #a == #b
  for i = 1, #a do
    is_same = is_same and a[i] == b[i]
  end
  local out = is_same and {} or M.render(a, b)
  if head then
    table.insert(out, 1, head)
  end
  if is_long then
    out[#out + 1] = "(more behind it is not compared)"
  end
  return out
end

return M
