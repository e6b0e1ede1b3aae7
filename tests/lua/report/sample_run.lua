--- A run as events, with everything hostile that a test can put into a name or an output.
local M = {}

M.HOSTILE = "\27]0;owned\7\27[2J\27[1A\r\8\0 \xff\xc2\x9b31m \u{202e}gnp \u{2028}"
  .. " ]]> <b>&\"' ::error::\n::set-env name=X::y\n  ##[error]x"

M.sources = {
  ["tests/db.clnrm.toml"] = [==[
[meta]
name = "db"

[[steps]]
name = "migrate"
command = ["./migrate", "up"]
expect.stdout.matches = 'applied (\d+) migrations'
]==],
}

local function scenario(out, fields)
  local id = fields.file .. " › " .. fields.name
  local function add(e)
    out[#out + 1] = e
  end
  add({
    event = "scenario_begin",
    id = id,
    file = fields.file,
    name = fields.name,
    line = fields.line,
    tags = fields.tags or {},
    at_ms = 1,
  })
  add({ event = "room_begin", id = id, isolation = { net = "none" }, open_ms = 2.5, at_ms = 2 })
  for _, service in ipairs(fields.services or {}) do
    local name = service.name
    add({ event = "service_begin", id = id, service = name, kind = "daemon", argv = { "serve" } })
    if service.failure then
      add({ event = "service_failed", id = id, service = name, failure = service.failure })
    else
      add({ event = "service_ready", id = id, service = name, ms = 12.25, probes = 3 })
    end
  end
  for i, step in ipairs(fields.steps or {}) do
    add({ event = "step_begin", id = id, step = i, name = step.name, argv = { "x" }, line = 4 })
    for _, stream in ipairs({ "stdout", "stderr" }) do
      if step[stream] then
        local text = step[stream]
        add({ event = "output", id = id, step = i, stream = stream, text = text, bytes = #text })
      end
    end
    add({
      event = "step_end",
      id = id,
      step = i,
      name = step.name,
      verdict = step.verdict or "pass",
      exit_code = step.exit_code,
      signal = step.signal,
      timed_out = step.timed_out or false,
      duration_ms = 3.25,
      rusage = { user_ms = 1, system_ms = 2, max_rss_kb = 2048 },
      stdout_bytes = #(step.stdout or ""),
      stderr_bytes = #(step.stderr or ""),
      checks = {},
    })
  end
  for _, service in ipairs(fields.services or {}) do
    add({
      event = "service_end",
      id = id,
      service = service.name,
      exit_code = service.exit_code,
      signal = service.signal,
      asked = not service.failure,
      ms = 1500,
      log = { stdout = service.log or "", stderr = "", lines = { service.log } },
    })
  end
  add({ event = "room_end", id = id, close_ms = 1, killed = 0 })
  add({
    event = "scenario_end",
    id = id,
    file = fields.file,
    name = fields.name,
    verdict = fields.verdict,
    duration_ms = fields.ms,
    failures = fields.failures or {},
    marks = fields.marks or {},
    reason = fields.reason,
  })
end

local function failure(fields)
  fields.severity = "error"
  return fields
end

--- The events of a run with each verdict.
---@return table[]
function M.events()
  local out = {}
  out[1] = {
    event = "run_begin",
    run_id = "7f3a91c2",
    version = "1.2.3",
    backend = "sandbox",
    jobs = 2,
    total = 8,
    files = 3,
    isolation = { net = "none", fs = "allow-list", limits = "rlimits" },
    at_ms = 0,
  }
  scenario(out, {
    file = "tests/cli.clnrm.toml",
    name = "prints version",
    line = 3,
    tags = { "fast" },
    verdict = "pass",
    ms = 21.4,
    steps = { { name = "run", exit_code = 0, stdout = "hello\n" } },
  })
  scenario(out, {
    file = "tests/cli.clnrm.toml",
    name = "leaves a daemon",
    line = 9,
    verdict = "pass",
    ms = 34,
    marks = { "leak" },
    steps = { { name = "start", exit_code = 0 } },
  })
  scenario(out, {
    file = "tests/db.clnrm.toml",
    name = "rolls back",
    line = 4,
    verdict = "fail",
    ms = 1204,
    services = {
      { name = "db", exit_code = 0, log = "listening on 5432" },
      {
        name = "hostile " .. M.HOSTILE,
        signal = 11,
        log = M.HOSTILE,
        failure = {
          service = "hostile",
          code = "T603",
          verdict = "fail",
          message = "it crashed " .. M.HOSTILE,
          log = {},
        },
      },
    },
    steps = {
      {
        name = "migrate",
        verdict = "fail",
        exit_code = 0,
        stdout = "Applied 4 migrations.\n" .. M.HOSTILE .. "\n",
        stderr = "warning: " .. M.HOSTILE,
      },
    },
    failures = {
      failure({
        code = "T101",
        message = 'step "migrate" printed text that does not match',
        file = "tests/db.clnrm.toml",
        line = 7,
        column = 25,
        length = 26,
        label = "no match in 2 lines of stdout",
        notes = { { title = "stdout", lines = { "Applied 4 migrations.", M.HOSTILE } } },
        help = "use '(?i)applied (\\d+) migrations'",
        rerun = "clnrm run tests/db.clnrm.toml -k migrate",
        step = 1,
        verdict = "fail",
        expected = "applied (\\d+) migrations",
        actual = "Applied 4 migrations.\n" .. M.HOSTILE .. "\n",
      }),
    },
  })
  scenario(out, {
    file = "tests/db.clnrm.toml",
    name = "hostile " .. M.HOSTILE,
    line = 12,
    tags = { M.HOSTILE },
    verdict = "timeout",
    ms = 30004,
    steps = { { name = M.HOSTILE, verdict = "timeout", timed_out = true, stdout = M.HOSTILE } },
    failures = { failure({ code = "T003", message = "killed after 30 s " .. M.HOSTILE }) },
  })
  scenario(out, {
    file = "tests/with a very long name/that goes on/and on/in directories/load.clnrm.toml",
    name = "a name 漢字 with wide letters that is longer than any screen has a right to be",
    line = 100,
    verdict = "infra",
    ms = 90061001,
    failures = { failure({ code = "V100", message = "the room was lost" }) },
  })
  scenario(out, {
    file = "tests/db.clnrm.toml",
    name = "needs docker",
    line = 30,
    verdict = "skip",
    ms = 0,
    reason = "requires docker",
  })
  scenario(out, {
    file = "tests/db.clnrm.toml",
    name = "fails as it should",
    line = 33,
    verdict = "pass",
    ms = 5,
    marks = { "expected-failure" },
    steps = { { name = "bad", signal = 9 } },
  })
  out[#out + 1] = {
    event = "file_error",
    file = "tests/x.toml",
    diagnostics = {
      failure({ code = "P102", message = "unknown key 'stepz'", file = "tests/x.toml" }),
    },
  }
  out[#out + 1] = {
    event = "run_end",
    counts = {
      pass = 3, fail = 1, timeout = 1, policy = 0, error = 1, infra = 1, flaky = 0, skip = 1,
    },
    duration_ms = 31377,
    exit_code = 2,
  }
  return out
end

--- Feeds the run to a reporter and returns what it wrote.
---@param name string of the module engine.report.NAME
---@param options table
---@param events? table[]
---@return string
function M.render(name, options, events)
  local parts = {}
  local opts = { sources = M.sources }
  for key, value in pairs(options) do
    opts[key] = value
  end
  function opts.write(bytes)
    parts[#parts + 1] = bytes
  end
  local report = require("engine.report." .. name).new(opts)
  for _, e in ipairs(events or M.events()) do
    report:on_event(e)
  end
  report:finish()
  return table.concat(parts)
end

return M
