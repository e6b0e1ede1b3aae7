--- The topics of `clnrm help TOPIC`.
local M = {}

---@class engine.cli.Topic
---@field name string
---@field summary string
---@field text string|fun(width: integer): string
---@field on? fun(name: string, width: integer): string?, string? text about a name of it; or nil
---   and the name that may be meant

local function exit_codes(width)
  local usage = require("engine.cli.usage")
  local order = table.concat(require("engine.cli.exit_codes").precedence, " > ")
  return "Exit codes, the same for every format:\n\n"
    .. usage.columns(usage.exit_rows(), width)
    .. "\nSeveral at once: " .. order .. ".\n"
end

local ENVIRONMENT = [[
Environment variables that clnrm reads:

  CLNRM_BACKEND     where rooms are made: auto, sandbox, docker, podman
  CLNRM_JOBS        scenarios run at once: a number, or auto
  CLNRM_TIMEOUT     of a step that says nothing itself: 10s, 2m
  CLNRM_DEADLINE    of a whole run
  CLNRM_RETRIES     how often a test that fails is tried again
  CLNRM_FORMAT      form of what goes to standard output
  CLNRM_CONTAINERS_MAX_WAIT
                    the most that Docker or Podman is waited for: 2m
  CLNRM_PROFILE     profile of the project file; else ci where CI is set
  CLNRM_RECORD      false: the run leaves no record
  CLNRM_DEBOUNCE_MS each save of the developer loop waits so long for the next
  CLNRM_FMT_WIDTH, CLNRM_FMT_INDENT, CLNRM_FMT_ALIGN
                    fmt.width, fmt.indent and fmt.align of `clnrm fmt`
                    (CLEANROOM_* is read for each of these too; a flag stands over them)
  CLNRM_PROGRESS, CLNRM_COLOR, CLNRM_HYPERLINKS, CLNRM_SLOW_AFTER, CLNRM_FAIL_FAST, CLNRM_FLAKY,
  CLNRM_STATUS_LEVEL, CLNRM_FINAL_STATUS_LEVEL, CLNRM_FAILURE_OUTPUT, CLNRM_SUCCESS_OUTPUT
                    what the options of these names set, CLEANROOM_* too
  CLNRM_LUA_DIR     a source tree whose Lua is used instead of the built-in one
  CLNRM_PAGER       pager of --help and help; then PAGER, then less; empty or cat: none
  COLUMNS           columns of the screen
  LC_ALL, LC_CTYPE, LANG
                    whether more than ASCII may be shown
  CLICOLOR_FORCE, FORCE_COLOR
                    colour also where there is no terminal
  NO_COLOR, TERM=dumb, CI
                    no colour, and no bar unless --progress bar asks for it (never with TERM=dumb)
  XDG_CONFIG_HOME   where clnrm/config.toml and clnrm/override are looked for (default: ~/.config)
  XDG_RUNTIME_DIR, XDG_STATE_HOME
                    where kept rooms are noted (default: ~/.local/state)
  XDG_STATE_HOME    where runs are recorded, in clnrm/runs (default: ~/.local/state)

  XDG_CACHE_HOME    where images, compiled templates and other caches are kept (default: ~/.cache)
  SERVICE_NAME, ENV, OTEL_ENDPOINT, OTEL_TRACES_EXPORTER, CLNRM_IMAGE, FREEZE_CLOCK, OTEL_TOKEN
                    standard names in tags of test files: `clnrm help templates`

None of them reaches a test by itself: the environment of a room is made from nothing.  A test file
names what it wants with [room] env and inherit_env.
]]

local CONFIG = [[
The project file is clnrm.toml (or cleanroom.toml) in the working directory or the nearest directory
above it, up to the home directory.  The directory that holds it is the project: rooms see it at
/project, and the folder of the test file where there is no project.  --config FILE names another
project file, --config none means none.  One that is there and cannot be read - a folder, a FIFO, a
link to nothing - is an error.

Values, the later one stands: built in, the user's own file, project file, its profile, CLNRM_*
variables, flags.  `clnrm config` prints each value and where it came from.

The user's own file, ~/.config/clnrm/config.toml, may hold [ui], [record] and [repl]: it can never
change a verdict.  --config none leaves it out too.

[profile.NAME] of the project file holds settings for --profile NAME, as cli.jobs = 4 or below
[profile.NAME.cli].  [profile.default] holds always, the one that is asked for stands over it.
Where CI is set, that is ci; by itself it sets ui.progress = "counter".

required-version = ">=1.2, <2" names the versions of clnrm that the project can be run with.

Keys of this build:

%s
Every other key is an error: what is accepted has an effect.

The command of that name: clnrm config --help.
]]

local function config(width)
  local usage = require("engine.cli.usage")
  local rows = {}
  for i, key in ipairs(require("engine.config.keys").list) do
    rows[i] = { key.name, key.text }
  end
  return CONFIG:format(usage.columns(rows, width))
end

local FILTERS = [[
Which tests run:

  PATH ...     files and directories; without any, everything below the working directory.
               Directories are searched for *.clnrm.toml, *.toml.tera and *.clnrm.lua; a file
               given by name may be any .toml, .tera or .lua
  -k EXPR      a boolean expression over name, file and tags
  --only GLOB  scenarios whose name matches: * ? [a-z] {a,b}; behind a \ they are themselves
  --tag NAME   tests that have one of the tags (repeatable)

All of them have to hold.  In an expression a word holds when it is a part of the name or the file
(whatever the case), or is one of the tags:

  -k db                        anything with "db" in its name or file, or with the tag db
  -k "db and not slow"         and, or, not, parentheses
  -k "tag:db and name:rolls"   only the tag, only the name; file: looks at the file
  -k '"rolls back"'            quotes keep blanks together

A selection that leaves nothing ends with exit code 4, never 0.
]]

local FORMATS = [[
Results go to standard output in one format, everything else to standard error.

  human    for people; the default
  line     one numbered line for each result, for logs of CI jobs
  dot      one letter for each result: . passed, F failed, T timed out, P policy, E error,
           I environment, f flaky, s skipped
  concise  path:line:column: error[CODE] message, one line for each failure; for editors
  json     one document: docs/reference/report-json.md (clnrm.report/1)
  junit    JUnit XML, valid by the schema of Jenkins
  tap      TAP 14: a test point for each scenario, its steps as a subtest
  md       Markdown: the sum, each failure to unfold, flaky and slowest; at most 60 kB
  github   workflow commands: an annotation for each failure, logs folded
  events   what happens as it happens, one JSON object a line (clnrm.events/1)

`clnrm graph` draws a file as ascii, dot (for Graphviz), mermaid, html or json.

`clnrm replay RUN` tells a recorded run in each of these forms; `clnrm runs export RUN -f timings`
writes how long its tests took (clnrm.timings/1, for `run --timings`).

`clnrm run --report KIND=FILE` writes any of them but human to a file too, at the end of the run and
in one piece: there is never half a report.  It is repeatable, and holds also for a run that was
stopped.  `clnrm COMMAND -h` says which formats the other commands have.

`--report FILE.lua` (or FILE.lua=REPORT) is a reporter of your own: docs/reports.md.

With GITHUB_ACTIONS=true, or `--report github`, annotations are printed at the end beside the format
(beside a document: on standard error), nine errors and nine warnings at most and one that counts
the rest; with GITHUB_STEP_SUMMARY, all results go to the summary of the job.
]]

local LEVELS = [[
What `clnrm run` tells of tests.

--status-level: which tests have a line when they end.  Each level tells more than the one before:

  none   no test
  fail   FAIL, TIMEOUT, POLICY, ERROR, INFRA, XPASS (it passed, and expect_failure says that it
         fails), ABORT (the run was stopped), and files that could not be read
  retry  TRY n FAIL: an attempt that failed and is followed by another; FLAKY n/m: passed at the
         n-th of m attempts; and tests in quarantine, whatever became of them
  slow   SLOW: took longer than --slow-after; SLOW [> 10.000s] is told once, while it still runs;
         LEAK: passed, and a process, a port or a file outlived it
  pass   PASS, XFAIL (it failed, as expect_failure says)
  skip   SKIP
  all    all of them (the default); -q is the same as fail

--final-status-level: which have a line again below the sum, by the same words (default fail).

--failure-output: when failures are explained, by code frames.

  immediate        below the line of the test (the default)
  final            above the sum
  immediate-final  both (the default where CI is set)
  never            not at all; reports in files have them in any case

--success-output: when the outputs of the steps of tests that passed are shown (default never).

What a test did is told by -v, and by -vv with all outputs.  None of this changes a verdict or an
exit code, or what another format than `human` holds.
]]

local KEYS = [[
While `clnrm run` has the terminal (both standard input and output are one, and it is in the
foreground), these keys act at once:

%s
Ctrl-C, Ctrl-Z and the like stay what they are.  Nothing is read with --no-input, in the background,
or where CI is set; the terminal comes back as it was, however the run ends
(after kill -9: stty sane).

The full screen of `clnrm dev` has these; from there the terminal comes back after kill -9, too:

%s
]]

local function keys(width)
  local usage = require("engine.cli.usage")
  return KEYS:format(usage.columns(require("engine.ui.keys").rows(), width),
    usage.columns(require("engine.dev.screen.keys").rows(), width))
end

local function lua(width)
  return require("engine.api.help").overview(width)
end

local function on_lua(name, width)
  return require("engine.api.help").on(name, width)
end

local function templates(width)
  return require("engine.template.reference.help").overview(width)
end

local function on_template(name, width)
  return require("engine.template.reference.help").on(name, width)
end

---@type engine.cli.Topic[]
M.list = {
  { name = "config", summary = "the project file and its keys", text = config },
  { name = "environment", summary = "variables that clnrm reads", text = ENVIRONMENT },
  { name = "exit-codes", summary = "what each exit code says", text = exit_codes },
  { name = "filters", summary = "which tests run", text = FILTERS },
  { name = "formats", summary = "forms of the results", text = FORMATS },
  { name = "keys", summary = "keys of a run that has the terminal", text = keys },
  { name = "levels", summary = "which tests are told, and when outputs are shown", text = LEVELS },
  { name = "lua", summary = "the API of tests in Lua; `clnrm help lua NAME`", text = lua,
    on = on_lua },
  { name = "templates", summary = "tags of test files, and `clnrm help templates NAME`",
    text = templates, on = on_template },
}

--- Finds a topic.
---@param name string
---@return engine.cli.Topic?
function M.get(name)
  for _, topic in ipairs(M.list) do
    if topic.name == name then
      return topic
    end
  end
end

return M
