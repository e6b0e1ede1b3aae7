--- One file whose steps must come out the same on every rung, in a room and in a service.
local docker = dofile("tests/e2e/docker_support.lua")

local M = {}

local BIG = 10000000

-- what each step is, and what its result holds: exit_code, signal, verdict, stdout, stderr, error
local STEPS = {
  { "code", [[command = "echo out; echo err >&2; exit 7"]],
    { exit_code = 7, verdict = "fail", stdout = "out\n", stderr = "err\n" } },
  { "signal", [[command = "echo before; kill -9 $$"]],
    { signal = 9, verdict = "fail", stdout = "before\n" } },
  { "many bytes",
    ([[command = "head -c %d /dev/zero; head -c 1000000 /dev/zero >&2"]]):format(BIG),
    { exit_code = 0, verdict = "pass", stdout_bytes = BIG, stderr_bytes = 1000000 } },
  { "stdin", [[command = ["cat"]
stdin = "given"]], { exit_code = 0, verdict = "pass", stdout = "given" } },
  { "no stdin", [[command = ["cat"]
]], { exit_code = 0, verdict = "pass" } },
  { "env", [[command = "echo $FROM_ROOM $FROM_STEP $HOME; pwd; id -u"
env = { FROM_STEP = "step" }
workdir = "/tmp"]], { exit_code = 0, verdict = "pass", stdout = "room step /root\n/tmp\n0\n" } },
  { "no such command", [[command = ["no-such-command"] ]],
    { verdict = "fail", error = "COMMAND_NOT_FOUND" } },
  { "no such path", [[command = ["/no/such"] ]],
    { verdict = "fail", error = "COMMAND_NOT_FOUND" } },
  { "not executable", [[command = ["/etc/passwd"] ]], { verdict = "fail", error = "EACCES" } },
  { "no such directory", [[command = ["true"]
workdir = "/no/such"]], { verdict = "fail", error = "ENOENT" } },
  { "timeout", [[command = "echo begun; sleep 1000 & sleep 1000"
timeout = "700ms"]], { signal = 9, verdict = "timeout", timed_out = true, stdout = "begun\n" } },
  { "nothing is left", [[command = "ps -o args | grep -c 'slee[p] 1000'"]],
    { exit_code = 1, verdict = "fail", stdout = "0\n" } },
}

--- Writes the file.
---@param head string what stands before the steps
---@param more? string lines of every step
---@return string
function M.file(head, more)
  local parts = { '[meta]\nname = "matrix"\n', head, "\n" }
  for _, one in ipairs(STEPS) do
    parts[#parts + 1] = ("[[steps]]\nname = %q\n%s\ncontinue_on_failure = true\n%s\n"):format(
      one[1], one[2], more or "")
  end
  return table.concat(parts)
end

local FIELDS = { "exit_code", "signal", "verdict", "error", "timed_out", "stdout", "stderr",
  "stdout_bytes", "stderr_bytes" }

local function value_of(step, field)
  local value = step[field]
  if field == "error" then
    return value and value.code
  elseif type(value) == "table" then
    return value.text
  end
  return value
end

--- Runs it, and compares what became of each step with what must.
---@param place table
---@param opts? table of `place.run`
---@param other? table<string, table> what is otherwise on this rung, by the names of steps
---@return table report
function M.check(place, opts, other)
  local report = place.run({}, opts)
  local result = assert(report.results[1], report.err)
  assert(result.steps and #result.steps == #STEPS,
    ("%d steps: %s"):format(#(result.steps or {}), docker.failure(report)))
  for i, one in ipairs(STEPS) do
    local step, must = result.steps[i], other and other[one[1] ] or one[3]
    for _, field in ipairs(FIELDS) do
      local wanted = must[field]
      if wanted ~= nil and wanted ~= value_of(step, field) then
        error(("'%s': %s is %s, not %s"):format(one[1], field, tostring(value_of(step, field)),
          tostring(wanted)))
      end
    end
    assert((must.exit_code == nil) == (step.exit_code == nil), one[1])
  end
  return report
end

return M
