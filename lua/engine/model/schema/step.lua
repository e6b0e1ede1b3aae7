--- Schema of [[steps]] and of what a step expects.
local record = require("engine.model.record")
local types = require("engine.model.types")

local key, new = record.key, record.new

local USER = types.lazy(function()
  return require("engine.model.schema.service_types").user() -- few steps say who runs them
end)

local M = {}

--- A key that is one check: texts it can be given, one check for each.
local function check_key(name, subject, matcher, item, doc, more)
  more = more or {}
  more.check = { subject = subject, matcher = matcher }
  return key(name, types.list(item, { single = true, min = 1 }), doc, more)
end

local function needle() -- a text to look for: the empty one is in every output
  return types.text({ nul = true, sample = '"text"', expects = "text that is not empty" })
end

local function whole() -- a text to compare with
  return types.text({ empty = true, nul = true, sample = '"text\\n"' })
end

local LINES = types.either("a number of lines, or a list of lines", {
  integer = types.integer(0, types.HUGE),
  array = types.list(types.text({ empty = true, nul = true })),
}, '["first", "second"]')

--- Finds what JSON cannot hold in a TOML value.
local function not_json(cx, value)
  if cx:is_time(value) then
    return "a date or time"
  elseif value ~= value or value == math.huge or value == -math.huge then
    return "a number that is not finite"
  end
  for _, item in pairs(type(value) == "table" and value or {}) do
    local why = not_json(cx, item)
    if why then
      return why
    end
  end
end

local JSON = types.map(types.any(), {
  expects = 'a table of paths: { "$.name" = value }',
  min = 1,
  sample = '{ "$.name" = "value" }',
  fits = {
    form = {
      "$", "$[.][A-Za-z0-9_.]+", "$[.][A-Za-z0-9_]+\\[[0-9][0-9]?\\]",
      "$\\[[0-9][0-9]?\\][.][A-Za-z0-9_.]+", "$[.][A-Za-z0-9_]+\\[[0-9][0-9]?\\][.][A-Za-z0-9_.]+",
    },
    pairs = ".",
    max = 100,
    plain_items = true,
  },
})
local check_map = JSON.check

--- Adds `steps`, the parsed path, to each item.
function JSON:check(value, cx, t, k)
  local list = check_map(self, value, cx, t, k)
  for _, item in ipairs(list or {}) do
    local steps, err = require("engine.jsonpath").parse(item.key)
    local kind = not_json(cx, item.value)
    if not steps then
      local message = ("%s is not a path into JSON"):format(cx:name(item.key))
      local why = err.message:gsub(" at character (%d+) of the path .*$", " at character %1")
      cx:at_key("P108", list.t, item.key, message, why, 'such as "$.list[0].name"')
    elseif kind then
      local message = ("%s must be a JSON value, not %s"):format(cx:name(item.key), kind)
      cx:at_value("P102", list.t, item.key, message)
    end
    item.steps = steps
  end
  return list
end

local function output(subject)
  local function check(name, matcher, item, doc, tried)
    return check_key(name, subject, matcher, item, doc, { tried = tried })
  end
  local function one(name, matcher, type_, doc, tried)
    local check_of = { subject = subject, matcher = matcher }
    return key(name, type_, doc, { check = check_of, tried = tried })
  end
  return new({
    title = "expect." .. subject,
    min = 1,
    fits = {
      as = subject,
      keys = {
        "equals", "matches", "contains", "not_contains", "not_matches", "starts_with",
        "ends_with", "lines", "json",
        snapshot = { texts = { set = "snapshots" } },
      },
    },
    expects = "a table of checks, such as { contains = \"text\" }",
    help = ('to compare the whole output: expect.%s.equals = "…"'):format(subject),
    keys = {
      one("equals", "equals", whole(), "The output is exactly this text.", { "eq", "is" }),
      check("matches", "matches", types.regex(), "The expression is found in the output.",
        { "regex", "pattern" }),
      check("contains", "contains", needle(), "The text is found in the output.", { "includes" }),
      check("not_contains", "not_contains", needle(), "The text is not found in the output.",
        { "excludes" }),
      check("not_matches", "not_matches", types.regex(),
        "The expression is not found in the output."),
      one("starts_with", "starts_with", needle(), "The output starts with this text."),
      one("ends_with", "ends_with", needle(), "The output ends with this text."),
      one("lines", "lines", LINES,
        "The output has this number of lines, or is exactly these lines (without their ends)."),
      one("json", "json", JSON,
        "The output is JSON in which each path has the value: `{ \"$.a.list[0]\" = 1 }`.",
        { "json_path", "jsonpath" }),
      one("snapshot", "snapshot", types.name('"hello"'),
        "The output is the stored snapshot of this name: docs/snapshots.md."),
    },
  })
end

local function check_window(checked, cx)
  local lt, gt = checked.value.lt, checked.value.gt
  if lt and gt and gt >= lt then
    cx:at_value("P109", checked.raw, "gt", ("no duration is above %s and below %s"):format(gt, lt))
  end
end

local DURATION_MS = new({
  title = "expect.duration_ms",
  fits = {
    as = "duration",
    owns = { "bound" },
    keys = { lt = { says = "bound" }, gt = { says = "bound" } },
  },
  help = "such as { lt = 1000 }",
  min = 1,
  keys = {
    key("lt", types.number(0, types.HUGE, "5000"), "The step took less than this.",
      { check = { subject = "duration_ms", matcher = "lt" }, tried = { "max", "lte", "below" } }),
    key("gt", types.number(0, types.HUGE, "1"), "The step took more than this.",
      { check = { subject = "duration_ms", matcher = "gt" }, tried = { "min", "gte", "above" } }),
  },
  also = check_window,
})

local MODE = types.either('the permission bits, as "0644" or 0o644', {
  integer = types.integer(0, 4095),
  string = types.text({
    expects = 'the permission bits, as "0644"',
    fits = { form = { "[0-7][0-7][0-7][0-7]?" } },
    test = function(value)
      if not value:match("^0?[0-7][0-7][0-7][0-7]?$") then
        return 'is not permission bits, such as "0644"'
      end
    end,
  }),
}, '"0644"')

local SHA256 = types.text({
  expects = "a SHA-256 as 64 hexadecimal digits",
  sample = '"' .. ("0"):rep(64) .. '"',
  fits = { form = { "[0-9a-fA-F]+" }, min = 64, max = 64 },
  test = function(value)
    local hex = value:gsub("^sha256:", "")
    if #hex ~= 64 or hex:find("%X") then
      return "is not a SHA-256: 64 hexadecimal digits"
    end
  end,
})

local function check_file(checked, cx)
  if checked.value.exists ~= false then
    return
  end
  for _, spec in ipairs(checked.order) do
    if spec.name ~= "exists" then
      local message = ("`%s` is asked of a file that must not exist"):format(spec.name)
      cx:at_key("P109", checked.raw, checked.spelt[spec.name], message)
    end
  end
end

local FILE = new({
  title = "expect.file",
  fits = {
    as = "file check",
    owns = { "content" },
    keys = {
      exists = { if_false = { bars = "content" } },
      equals = { gives = "content" },
      contains = { gives = "content" },
      mode = { gives = "content" },
      sha256 = { gives = "content" },
    },
  },
  help = "such as { exists = true }",
  min = 1,
  keys = {
    key("exists", types.boolean(), "The file exists, or does not.",
      { check = { subject = "file", matcher = "exists" } }),
    key("equals", whole(), "Its content is exactly this text.",
      { check = { subject = "file", matcher = "equals" } }),
    check_key("contains", "file", "contains", needle(), "The text is found in it."),
    key("mode", MODE, "Its permission bits.", { check = { subject = "file", matcher = "mode" } }),
    key("sha256", SHA256, "The SHA-256 of its content.",
      { check = { subject = "file", matcher = "sha256" } }),
  },
  also = check_file,
})

local function path_problem(path)
  if path == "" then
    return "is empty"
  elseif path:find("\0", 1, true) then
    return "holds a NUL character"
  end
  return require("engine.model.host_path").upwards(path)
end

M.expect = new({
  title = "expect of a step",
  fits = {
    as = "expect",
    keys = {
      "stdout", "stderr", "duration_ms", "file",
      exit_code = { says = "exit code" },
    },
  },
  help = 'such as: expect.stdout.contains = "text"',
  min = 1,
  keys = {
    key("stdout", output("stdout"), "Checks of what the step wrote to its standard output.",
      { tried = { "output", "out" } }),
    key("stderr", output("stderr"), "Checks of what the step wrote to its standard error."),
    key("exit_code", types.integer(0, 255), "The exit code.",
      { default = 0, check = { subject = "exit_code", matcher = "equals" }, tried = { "exit" } }),
    key("duration_ms", DURATION_MS, "How long the step took, in milliseconds.",
      { tried = { "duration" } }),
    key("file", types.map(FILE, {
      expects = 'a table of files: { "PATH" = { exists = true } }',
      test = path_problem,
      fits = { pairs = "." },
      min = 1,
    }), "Files after the step; a relative path starts at the step's working directory.",
      { tried = { "files" } }),
  },
})

local DEPENDS = types.list(types.name(), { single = true, sample = "[]" })

--- Reads what a value is taken from; gives a table without name and place.
local function check_capture(_, value, cx, t, k)
  if value == "stdout" or value == "stderr" then
    return { from = "stream", stream = value }
  end
  local kind, rest = tostring(value):match("^(%a+):(.+)$")
  if type(value) ~= "string" or kind ~= "json" and kind ~= "regex" then
    cx:at_value("P103", t, k, ("%s is not taken from anything"):format(cx:name(k)),
      'expected "stdout", "stderr", "json:$.path" or "regex:…"')
    return nil
  elseif kind == "regex" then
    local why, at = cx:regex_problem(rest)
    if why then
      cx:inside("P106", t, k, at and at + #"regex:",
        ("%s is not a regular expression: %s"):format(cx:name(k), why))
    end
    return { from = "regex", stream = "stdout", regex = rest }
  end
  local steps, err = require("engine.jsonpath").parse(rest)
  if not steps then
    local why = err.message:gsub(" at character (%d+) of the path .*$", " at character %1")
    cx:at_value("P108", t, k, ("%s is not a path into JSON"):format(cx:quote(rest)), why,
      'such as "json:$.list[0].name"')
  end
  return { from = "json", stream = "stdout", path = rest, steps = steps }
end

local function capture_name_problem(name)
  if not name:find("^[%a_][%w_]*$") then
    return "is no name of a variable: letters, digits and _"
  end
end

local CAPTURE = types.text({ sample = '"stdout"', expects = "what the value is taken from" })
CAPTURE.check = check_capture

M.step = new({
  title = "[[steps]]",
  fits = {
    as = "step",
    owns = { "exit code" },
    keys = {
      "description", "env", "stdin", "expected_output_regex", "expected_output_regex_not",
      "expected_output_contains", "expected_output_regex_stderr",
      "expected_output_regex_not_stderr", "expected_output_contains_stderr", "expect", "timeout",
      "retry", "retry_delay", "parallel", "continue_on_failure",
      name = { texts = { set = "steps", padded = "padded name" } },
      command = { has_values = true },
      service = { texts = { refers = "services" } },
      workdir = { texts = { pairs = "." } }, -- none that leads upwards
      expected_exit_code = { says = "exit code" },
      should_fail = { if_true = { bars = "exit code" } },
      depends_on = { texts = { refers = "steps", earlier = true } },
    },
  },
  keys = {
    key("name", types.name('"build"'), "Name, unique in its list.", { required = true }),
    key("description", types.text({ empty = true }), "For people.", { descriptive = true }),
    key("command", types.command(),
      "A list is the argv, executed as is; text is run by `sh -c`, and so is a list of one item "
        .. "that holds blanks.",
      { required = true, tried = { "cmd", "run", "exec", "script", "args" } }),
    key("service", types.name('"db"'),
      "Service it runs beside: in its view, with its variables and working directory. Without it "
        .. "the scenario's, or the file's only service; else the room itself."),
    key("workdir", types.argument({ sample = '"/tmp"' }),
      "Working directory, absolute or below /room; beside a service, below the service's own.",
      { default = "/room", tried = { "cwd", "dir", "working_dir", "working_directory" } }),
    key("env", types.env(), "Variables for this step, on top of the room's.",
      { tried = { "environment" } }),
    key("user", USER, "Who runs it, of the image it runs in: `user`, or `user:group`, names or "
      .. "numbers; without it the room's, or the service's. A sandbox room has one user, `room` "
      .. "(1000:1000)."),
    key("stdin", types.text({ empty = true, nul = true }),
      "What the command reads from its standard input; without it, nothing.",
      { tried = { "input" } }),
    key("expected_exit_code", types.integer(0, 255), "The exit code.", {
      alias = { "exit_code" },
      default = 0,
      check = { subject = "exit_code", matcher = "equals" },
      tried = { "exit", "expected_exit", "returncode", "status" },
    }),
    key("should_fail", types.boolean(), "Any exit code but 0 is right, and 0 is wrong.",
      { default = false }),
    check_key("expected_output_regex", "stdout", "matches", types.regex(),
      "As `expect.stdout.matches`."),
    check_key("expected_output_regex_not", "stdout", "not_matches", types.regex(),
      "As `expect.stdout.not_matches`."),
    check_key("expected_output_contains", "stdout", "contains", needle(),
      "As `expect.stdout.contains`.",
      { tried = { "expected_output", "expected_stdout", "expected_stdout_contains" } }),
    check_key("expected_output_regex_stderr", "stderr", "matches", types.regex(),
      "As `expect.stderr.matches`."),
    check_key("expected_output_regex_not_stderr", "stderr", "not_matches", types.regex(),
      "As `expect.stderr.not_matches`."),
    check_key("expected_output_contains_stderr", "stderr", "contains", needle(),
      "As `expect.stderr.contains`."),
    key("expect", M.expect, "What must hold after the step.",
      { tried = { "expect_stdout", "expect_stderr", "stdout", "stderr", "output", "assert" } }),
    key("timeout", types.duration(), "The step's processes are killed then.",
      { default = "30s", tried = { "timeout_ms", "timeout_secs", "deadline" } }),
    key("retry", types.either("a number of further attempts", {
      integer = types.integer(0, 100),
      boolean = types.boolean(),
    }, "2"),
      "Further attempts after a failed check or a timeout, in the same room; `true` is one. "
        .. "Passing on one of them is `flaky`, never `pass`.",
      { alias = { "max_retries", "retry_on_failure" }, default = 0,
        tried = { "retries", "attempts", "reruns" } }),
    key("retry_delay", types.duration({ zero = true }), "Time between attempts.",
      { default = 0, beside = "retry", tried = { "backoff" } }),
    key("depends_on", DEPENDS,
      "Names of steps that must have passed before; it waits for them and for no other. Without it "
        .. "a step waits for all before it.", { tried = { "needs", "after" } }),
    key("parallel", types.boolean(), "May overlap with the parallel steps right beside it.",
      { default = false }),
    key("continue_on_failure", types.boolean(),
      "Later steps run even when this one fails; the verdict stays fail.", { default = false }),
    key("capture", types.map(CAPTURE, {
      expects = 'a table of names: { token = "stdout" }',
      test = capture_name_problem,
      sample = '{ token = "stdout" }',
    }),
      "Values for later steps: name = `stdout`, `stderr`, `json:$.path` or `regex:…` (of stdout). "
        .. "They are variables of those steps and stand for `${name}` in the items of a `command`.",
      { tried = { "captures", "register", "output" } }),
  },
})

M.steps = record.list(M.step)

return M
