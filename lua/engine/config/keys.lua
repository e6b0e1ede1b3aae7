--- The keys of the project file that have an effect in this build, and what is known besides.
local M = {}

---@class engine.config.Key
---@field name string      "section.key"
---@field alias? string[]  other spellings, as "section.key"
---@field kind string      text texts ms jobs time choice switch switch_or_count
---@field values? string[] of kind choice
---@field later_values? string[]
---@field env? string      the variable behind CLNRM_ (and CLEANROOM_)
---@field flag? string     the option that stands over it, by the name of its value
---@field flag_shown? string and as it is typed, when that is something else
---@field default? any
---@field show? fun(value: any): string how people read it
---@field text string

local function listed(value)
  return table.concat(value, ", ")
end

---@type engine.config.Key[]
M.list = {
  { name = "project.name", kind = "text", text = "name of the project, told in reports" },
  { name = "project.version", kind = "text", text = "its version, told in reports" },
  { name = "project.description", kind = "text", text = "what it is, told in reports" },
  {
    name = "cli.jobs",
    alias = { "test_execution.max_parallel_tests" },
    kind = "jobs",
    env = "JOBS",
    flag = "jobs",
    default = "auto",
    text = "scenarios run at once: a number, or auto",
  },
  {
    name = "cli.fail_fast",
    alias = { "test_execution.fail_fast" },
    kind = "switch_or_count",
    env = "FAIL_FAST",
    flag = "fail-fast",
    default = false,
    text = "stop at the first failure (true), at the N-th (a number), or never (false)",
  },
  {
    name = "cli.format",
    alias = { "cli.output_format" },
    kind = "choice",
    values = {
      "auto", "human", "line", "dot", "concise", "json", "junit", "tap", "md", "github", "events",
    },
    later_values = { "sarif" },
    env = "FORMAT",
    flag = "format",
    default = "auto",
    text = "what `clnrm run` writes to standard output",
  },
  {
    name = "cli.backend",
    kind = "choice",
    values = { "auto", "sandbox", "docker", "podman" },
    env = "BACKEND",
    flag = "backend",
    default = "auto",
    text = "where rooms are made: auto, sandbox, docker or podman",
  },
  {
    name = "test_execution.default_timeout",
    alias = { "test_execution.timeout" },
    kind = "time",
    env = "TIMEOUT",
    flag = "timeout",
    default = 30000,
    text = "of a step that says nothing itself: seconds, or 500ms, 10s, 2m",
  },
  {
    name = "test_execution.deadline",
    kind = "time",
    env = "DEADLINE",
    flag = "deadline",
    text = "of a whole run",
  },
  {
    name = "test_execution.slow_after",
    kind = "time",
    env = "SLOW_AFTER",
    flag = "slow-after",
    default = 10000,
    text = "a scenario that takes longer is told as slow",
  },
  {
    name = "containers.max_wait",
    kind = "time",
    env = "CONTAINERS_MAX_WAIT",
    default = 120000,
    text = "the most that Docker or Podman is waited for: a create, a start, an agent, progress",
  },
  {
    name = "ui.progress",
    kind = "choice",
    values = { "auto", "bar", "counter", "plain", "none", "json" },
    env = "PROGRESS",
    flag = "progress",
    default = "auto",
    text = "how `clnrm run` shows progress: auto, bar, counter, plain, none or json",
  },
  {
    name = "ui.status_level",
    kind = "choice",
    values = { "none", "fail", "retry", "slow", "pass", "skip", "all" },
    env = "STATUS_LEVEL",
    flag = "status-level",
    text = "which tests have a line when they end (`clnrm help levels`)",
  },
  {
    name = "ui.final_status_level",
    kind = "choice",
    values = { "none", "fail", "retry", "slow", "pass", "skip", "all" },
    env = "FINAL_STATUS_LEVEL",
    flag = "final-status-level",
    default = "fail",
    text = "which tests have a line again below the sum",
  },
  {
    name = "ui.failure_output",
    kind = "choice",
    values = { "immediate", "final", "immediate-final", "never" },
    env = "FAILURE_OUTPUT",
    flag = "failure-output",
    text = "when failures are explained: immediate, final, immediate-final or never",
  },
  {
    name = "ui.success_output",
    kind = "choice",
    values = { "immediate", "final", "immediate-final", "never" },
    env = "SUCCESS_OUTPUT",
    flag = "success-output",
    default = "never",
    text = "when the outputs of tests that passed are shown",
  },
  {
    name = "ui.hyperlinks",
    kind = "choice",
    values = { "auto", "always", "never" },
    env = "HYPERLINKS",
    flag = "hyperlinks",
    default = "auto",
    text = "places in files as links of the terminal: auto, always or never",
  },
  {
    name = "ui.color",
    kind = "choice",
    values = { "auto", "always", "never" },
    env = "COLOR",
    flag = "color",
    default = "auto",
    text = "colour of the commands that read the project file: auto, always or never",
  },
  {
    name = "test_execution.retries",
    kind = "count_from_0",
    env = "RETRIES",
    flag = "retries",
    default = 0,
    text = "how often a test that fails is tried again, unless it says so itself",
  },
  {
    name = "test_execution.flaky",
    kind = "choice",
    values = { "pass", "fail", "quarantine" },
    env = "FLAKY",
    flag = "flaky",
    default = "pass",
    text = "what a flaky test does to the exit code: pass, fail or quarantine",
  },
  {
    name = "record.enabled",
    kind = "switch",
    env = "RECORD",
    flag = "record",
    flag_shown = "--no-record",
    default = true,
    text = "each run leaves a record, for runs, replay and slow",
  },
  {
    name = "watch.debounce_ms",
    kind = "ms",
    env = "DEBOUNCE_MS",
    flag = "debounce-ms",
    text = "each save of the developer loop waits so long for the next; without it, by their rate",
  },
  {
    name = "watch.paths",
    kind = "texts",
    show = listed,
    text = "files and folders whose saves touch every test; relative ones start at the project",
  },
  {
    name = "watch.ignore",
    kind = "texts",
    show = listed,
    text = "what no save of is one: lines as .gitignore has them",
  },
  {
    name = "fmt.width",
    kind = "columns",
    env = "FMT_WIDTH",
    default = 100,
    text = "columns that `clnrm fmt` lets an array fill before it goes over several lines",
  },
  {
    name = "fmt.indent",
    kind = "indent",
    env = "FMT_INDENT",
    default = 2,
    text = "blanks of each level of brackets",
  },
  {
    name = "fmt.align",
    kind = "switch",
    env = "FMT_ALIGN",
    default = false,
    text = "equals signs and comments of lines that follow each other share a column",
  },
}

--- Keys that belong to clnrm, and that nothing in this build acts on.
M.later = { "cli.interactive_mode", "fmt.reorder", "record.mask", "ui.dev" }

--- Sections that are known; of those that have no key above nothing has an effect in this build.
M.sections = {
  "project", "cli", "containers", "services", "observability", "plugins", "performance",
  "test_execution", "reporting", "security", "cache", "watch", "lint", "fmt", "budget", "vars",
  "ui", "record", "repl", "groups", "locks",
}

return M
