--- Drives signals.py: what clnrm may end with, and what must not be left.
local json = require("core.json")

local M = {}

local ROOT = os.getenv("CLNRM_ROOT") or "."

--- Statuses of a clnrm that was under way, and of one that had not begun to listen.
M.STATUS = {
  INT = { [130] = true, [-2] = true },
  TERM = { [143] = true, [-15] = true },
  HUP = { [129] = true, [-1] = true },
  QUIT = { [-3] = true },
  KILL = { [-9] = true },
  TWICE = { [130] = true, [-2] = true },
  TSTP = { [0] = true },
}

-- What it ends with once its handlers stand; before that the signal itself ends it.
local CAUGHT = { INT = 130, TERM = 143, HUP = 129, TWICE = 130 }

--- Whether this machine lets us look at a clnrm from outside, in namespaces of our own.
---@return boolean
function M.can_run()
  local user = io.popen("id -u"):read("n") == 0 and "" or "-Ur"
  local command = ("unshare %s -p -f -m -n -i --mount-proc true 2>/dev/null"):format(user)
  return os.execute(command) == true
end

--- Runs rounds; returns one table for each.
---@param signal string
---@param count integer
---@param window_ms integer
---@param seed integer
---@return table[]
function M.rounds(signal, count, window_ms, seed)
  local command = ("cd '%s' && python3 tests/tools/signals.py %s %d %d %d 2>&1"):format(
    ROOT, signal, count, window_ms, seed)
  local pipe, rows = assert(io.popen(command)), {}
  for line in pipe:lines() do
    local row, err = json.decode(line)
    if type(row) ~= "table" then
      error(("signals.py: %s (%s)"):format(line, tostring(err)))
    end
    rows[#rows + 1] = row
  end
  pipe:close()
  return rows
end

--- Whether a file is there to stay: the record of a run, and the lock of those who prune them.
--- A clnrm that was ended between two system calls may leave the record that it was about to name;
--- later runs remove it (engine.runs.store).
local function is_record(path, was_killed)
  local name = path:match("/clnrm/runs/([^/]+)$") or ""
  return name:match("^%d%d%d%d%d%d%d%d%-%x+%.ndjson$") or name == ".prune"
    or was_killed and name:match("^%.new%-%x+$")
end

--- Lists the files that a run left and should not have.
local function left_files(row)
  local list = {}
  for _, path in ipairs(row.files) do
    list[#list + 1] = not is_record(path, row.was_killed) and path or nil
  end
  return list
end

--- Says what is wrong with a round, or nil.
---@return string?
function M.problem(signal, row)
  if not M.STATUS[signal][row.status] then
    return "status " .. tostring(row.status)
  elseif row.listening == false then
    return "it never listened to signals"
  elseif row.listening and signal ~= "TWICE" and row.status ~= CAUGHT[signal] then
    return ("status %s, though its handler stood"):format(row.status)
  elseif #row.left > 0 then
    return "processes are left: " .. table.concat(row.left, " ")
  elseif row.mounts ~= 0 or row.sockets ~= 0 then
    return ("%d mounts and %d sockets are left"):format(row.mounts, row.sockets)
  elseif #left_files(row) > 0 then
    return "files are left: " .. table.concat(left_files(row), " ")
  elseif not row.sane then
    return "the terminal is not as it was"
  elseif signal ~= "TSTP" and row.took_ms > 10000 then
    return ("it took %d ms to end"):format(row.took_ms)
  elseif row.status == 130 and signal == "INT" and not row.report then
    return "it wrote no report"
  elseif row.others_ran == false then
    return "the steps were stopped with it"
  end
end

--- Runs rounds and requires that nothing is wrong with any.
function M.check(signal, count, window_ms, seed)
  local rows, problems = M.rounds(signal, count, window_ms, seed), {}
  local caught, was_killed = 0, signal == "TWICE" -- the second one ends it at once
  for i, row in ipairs(rows) do
    was_killed = was_killed or math.type(row.status) == "integer" and row.status < 0
    row.was_killed = was_killed -- it, or one before it: the rounds share a directory of records
    caught = caught + (row.status == CAUGHT[signal] and 1 or 0)
    local problem = M.problem(signal, row)
    if problem then
      problems[#problems + 1] = ("round %d, at %d ms: %s"):format(i, row.at_ms, problem)
    end
  end
  assert(#rows == count, ("%d rounds of %d"):format(#rows, count))
  assert(not CAUGHT[signal] or caught > 0, "no round met a clnrm that runs")
  assert(#problems == 0, table.concat(problems, "\n"))
  return rows
end

return M
