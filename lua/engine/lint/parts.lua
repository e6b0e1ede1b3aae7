--- Lints many files in several processes: one for each processor beside this one.
---
--- Each gets its part at once and answers file by file.  What has no answer is done here, so what
--- is told never hangs on there being other processes; nor does its order.
local json = require("core.json")
local part = require("engine.lint.part")
local proc = require("core.proc")
local task = require("core.task")

---@class engine.lint.parts
local M = {}

M.PROCESSES_MAX = 16

--- What is worth a process: to start one takes as long as to lint 18 plain files of 5 kB, or two
--- that need the checker.
M.BYTES_EACH = 128 << 10

local ANSWER_MAX = 64 << 20
local FILES_A_TURN = 16 -- between two looks at what the others want to read and have written; it is
-- looked at without waiting: who waits on a busy machine is not called again for milliseconds

--- Says how many processes a work is for, this one included.
---@param bytes integer of all files
---@return integer
---@nodiscard
function M.count(bytes)
  return math.max(1, math.min(proc.cores(), bytes // M.BYTES_EACH, M.PROCESSES_MAX))
end

--- Hands the files out in turn: neighbours are of one kind, and take as long as each other.
local function deal(entries, count)
  local parts = {}
  for i = 1, count do
    parts[i] = { entries = {}, indices = {} }
  end
  for i in ipairs(entries) do
    local one = parts[(i - 1) % count + 1]
    table.insert(one.entries, entries[i])
    table.insert(one.indices, i)
  end
  return parts
end

local function start(one, asked)
  asked.entries = json.array(one.entries)
  local text = json.encode(asked)
  if text and #text < part.ASKED_MAX then
    one.process = proc.spawn({
      argv = { "/proc/self/exe", part.COMMAND }, stdin = text, out_max = ANSWER_MAX,
    })
  end
end

--- Reads how much of a part is answered by now.
---@return integer count of its files, from the first one
local function look(one)
  if not one.process then
    return 0
  end
  local text, cut = one.process:stdout()
  one.text = cut == 0 and text or ""
  local _, count = one.text:gsub("\n", "")
  return math.min(count, #one.entries)
end

--- Takes the first answers of a part; what is none, or not of the form that is expected, is left.
local function take(one, count, results)
  local i = 0
  for line in (one.text or ""):gmatch("[^\n]+") do
    i = i + 1
    local answer = i <= count and json.decode(line)
    if type(answer) == "table" and not answer.is_left then
      answer.list, answer.suppressed = answer.list or {}, answer.suppressed or 0
      results[one.indices[i]] = answer
    end
  end
end

local function close(parts)
  for _, one in ipairs(parts) do
    if one.process then
      one.process:close()
    end
  end
end

--- Lints files.
---@async
---@param entries { file: string, path: string, project_dir: string }[]
---@param count integer of processes
---@param asked { build: string, settings: engine.lint.Options, project_text?: string,
---       digests?: boolean }
---@param lint fun(entry: table): engine.lint.Outcome does one here
---@return engine.lint.Outcome[] # in the order of the files
function M.lint(entries, count, asked, lint)
  local parts, results = deal(entries, count), {}
  local _ <close> = setmetatable(parts, { __close = close })
  for i = 2, count do
    start(parts[i], asked)
  end
  for i, index in ipairs(parts[1].indices) do
    results[index] = lint(entries[index])
    if i % FILES_A_TURN == 0 then
      task.yield()
    end
  end
  -- What the others have not come to yet is done here from its end, until both meet: on a machine
  -- with other work that is sooner than to wait, and it needs no deadline.
  for i = 2, count do
    local one = parts[i]
    local left = #one.entries
    while left > look(one) do
      local index = one.indices[left]
      results[index] = lint(entries[index])
      left = left - 1
      task.yield()
    end
    take(one, left, results)
  end
  for i, entry in ipairs(entries) do
    results[i] = results[i] or lint(entry)
  end
  return results
end

return M
