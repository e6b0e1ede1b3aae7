--- The one option table: parsing, `-h`, `--help`, docs/reference/cli.md and `help --json` are views
--- of it.
---
--- `commands` names where an option has its effect ("global": everywhere, before and after the
--- command); `later` names where it is known but this build does not have it yet: there it is
--- refused, never read and ignored.
---@class engine.cli.Option
---@field long string        without dashes
---@field short? string
---@field alias? string[]    further names, long ones without dashes, short ones of one letter
---@field key? string        where the value is kept (default: the long name)
---@field arg? string        what help shows for the value; nil: a switch
---@field optional? boolean  the value may be left out, and is only taken after "="
---@field kind? string       how the value is read: text count integer jobs time choice report
---@field value? any         a switch stores this (default true)
---@field values? string[]   of kind choice
---@field later_values? string[] known, but not in this build
---@field report_kind? string of kind report: the option takes the file alone
---@field list? boolean      repeatable: values are collected
---@field commands? string[]
---@field later? string[]
---@field default? string    as help shows it
---@field top? boolean       shown by -h
---@field text string        meaning, one line
---@field why? string        said when it is refused as not in this build

---@type engine.cli.Option[]
local options = {
  { long = "help", short = "h", commands = { "global" }, text = "short help (-h), full (--help)" },
  { long = "version", short = "V", commands = { "global" }, text = "version" },
  {
    long = "verbose",
    short = "v",
    kind = "count",
    commands = { "global" },
    text = "say more; twice for debugging",
  },
  {
    long = "quiet",
    short = "q",
    commands = { "global" },
    text = "only failures and the summary",
  },
  {
    long = "directory",
    short = "C",
    arg = "DIR",
    kind = "text",
    commands = { "global" },
    text = "work as if started there",
  },
  {
    long = "config",
    short = "c",
    arg = "FILE|none",
    kind = "text",
    commands = { "global" },
    default = "found upwards",
    text = "project file",
  },
  {
    long = "format",
    short = "f",
    arg = "FORMAT",
    kind = "choice",
    values = {
      "auto", "human", "line", "dot", "concise", "json", "junit", "tap", "md", "github", "events",
    },
    later_values = { "sarif" },
    commands = { "global" },
    default = "auto",
    text = "what goes to stdout: human, json or another that the command has (help formats)",
  },
  {
    long = "json",
    key = "format",
    value = "json",
    commands = { "global" },
    text = "same as --format json",
  },
  {
    long = "color",
    arg = "WHEN",
    kind = "choice",
    values = { "auto", "always", "never" },
    commands = { "global" },
    default = "auto",
    text = "colour: auto, always or never",
  },
  {
    long = "force-color",
    key = "color",
    value = "always",
    commands = { "global" },
    text = "same as --color always",
  },
  {
    long = "progress",
    arg = "KIND",
    kind = "choice",
    values = { "auto", "bar", "counter", "plain", "none", "json" },
    commands = { "run" },
    default = "auto",
    text = "how progress is shown: auto (a bar on a terminal, else a counter), bar, counter, "
      .. "plain, none, or json (events on standard error)",
  },
  {
    long = "no-input",
    commands = { "run" },
    text = "no keys: nothing is read from the terminal while tests run",
  },
  {
    long = "no-overrides",
    commands = { "global" },
    text = "ignore overrides of the project and of the user",
  },
  {
    long = "trace",
    commands = { "global" },
    text = "show the engine's own frames in tracebacks",
  },
  {
    long = "backend",
    arg = "NAME",
    kind = "choice",
    values = { "auto", "sandbox" },
    later_values = { "docker", "podman" },
    commands = { "run", "doctor" },
    later = { "dev", "repl", "record", "repro", "bench" },
    default = "auto",
    text = "where rooms are made: auto or sandbox",
  },
  {
    long = "jobs",
    short = "j",
    arg = "N|auto",
    kind = "jobs",
    commands = { "run" },
    later = { "dev", "pull", "bench" },
    default = "auto",
    top = true,
    text = "scenarios run at once",
  },
  {
    long = "parallel",
    short = "p",
    key = "jobs",
    value = "auto",
    commands = { "run" },
    later = { "pull" },
    text = "same as --jobs auto",
  },
  {
    long = "fail-fast",
    short = "x",
    arg = "N",
    optional = true,
    kind = "integer",
    value = 1,
    commands = { "run" },
    later = { "dev" },
    top = true,
    text = "stop at the first (N-th) failure",
  },
  {
    long = "filter",
    short = "k",
    arg = "EXPR",
    kind = "text",
    commands = { "run", "list" },
    later = { "dev", "bench", "record" },
    top = true,
    text = 'only what matches in name, tag or file: -k "db and not slow"',
  },
  {
    long = "only",
    arg = "GLOB",
    kind = "text",
    commands = { "run", "list", "snapshots" },
    later = { "dev" },
    text = "only scenarios (snapshots: those) whose name matches the glob",
  },
  {
    long = "tag",
    arg = "NAME",
    kind = "text",
    list = true,
    commands = { "run", "list" },
    later = { "dev" },
    top = true,
    text = "only tests that have one of the tags (repeatable)",
  },
  {
    long = "timeout",
    arg = "TIME",
    kind = "time",
    commands = { "run" },
    later = { "dev" },
    default = "30s",
    top = true,
    text = "of a step that says nothing itself: 500ms, 10s, 2m, 1h",
  },
  {
    long = "slow-after",
    arg = "TIME",
    kind = "time",
    commands = { "run" },
    default = "10s",
    text = "a scenario that takes longer is told as slow, while it runs and in the sum",
  },
  {
    long = "deadline",
    arg = "TIME",
    kind = "time",
    commands = { "run" },
    text = "of the whole run; past it, exit code 124",
  },
  {
    long = "report",
    alias = { "reporter" },
    arg = "KIND=FILE",
    kind = "report",
    list = true,
    commands = { "run" },
    top = true,
    text = "also write a report: junit, json, tap, md, github … (repeatable; help formats)",
  },
  {
    long = "report-junit",
    key = "report",
    arg = "FILE",
    kind = "report",
    report_kind = "junit",
    list = true,
    commands = { "run" },
    text = "same as --report junit=FILE",
  },
  {
    long = "template",
    short = "t",
    arg = "NAME",
    kind = "choice",
    values = { "hello" },
    later_values = {
      "cli", "http", "otel", "fake-green", "db", "compose", "lua", "property", "bench",
      "lint-rules", "ci-github", "ci-gitlab", "empty",
    },
    commands = { "init" },
    default = "hello",
    text = "what to start from",
  },
  {
    long = "force",
    commands = { "init" },
    later = { "run" },
    text = "replace files that exist; the old ones are kept as *.orig",
    why = "no verdicts are cached in this build, so each run runs everything",
  },
  {
    long = "dry-run",
    commands = { "init", "reap" },
    text = "only say what would be done",
  },
  {
    long = "origin",
    commands = { "config" },
    text = "with the file and line, variable or flag that set each value",
  },
  {
    long = "keep",
    arg = "WHEN",
    kind = "choice",
    values = { "always", "on-failure" },
    optional = true,
    value = "always",
    commands = { "run" },
    default = "never",
    text = "leave rooms for an hour, to look into: always or on-failure; `clnrm reap` ends them",
  },
  {
    long = "strict",
    commands = { "run" },
    later = { "dev" },
    text = "warnings are errors, and so is a test that checks nothing",
  },
  {
    long = "retries",
    arg = "N",
    kind = "count_from_0",
    commands = { "run" },
    default = "0",
    text = "try a test that fails or times out so many times more; then it is flaky at best",
  },
  {
    long = "flaky",
    arg = "WHAT",
    kind = "choice",
    values = { "pass", "fail", "quarantine" },
    commands = { "run" },
    default = "pass",
    text = "what a flaky test does to the exit code: pass, fail, or as .clnrm/quarantine.toml says",
  },
  {
    long = "repeat",
    arg = "N",
    kind = "times",
    commands = { "run" },
    default = "1",
    text = "run each test N times; until-fail[=N]: up to the first that is not good",
  },
  -- Known, and not in this build.
  { long = "profile", arg = "NAME", later = { "global" }, text = "profile of the project file" },
  { long = "no-cache", later = { "global" }, text = "no caches", why = "nothing is cached yet" },
  { long = "failed", later = { "run" }, text = "those that failed in the last run" },
  { long = "failed-first", later = { "run" }, text = "order" },
  { long = "since", arg = "REV", later = { "run", "list" }, text = "affected since a revision" },
  { long = "order", arg = "KIND", later = { "run" }, text = "order" },
  { long = "shard", arg = "I/M", later = { "run", "list" }, text = "part I of M" },
  { long = "timings", arg = "FILE", later = { "run" }, text = "balance shards" },
  { long = "twice", later = { "run" }, text = "run twice and compare" },
  { long = "seed", arg = "N", later = { "run", "dev", "render", "record" }, text = "seed" },
  { long = "freeze", arg = "TIME", later = { "run", "render", "record" }, text = "frozen clock" },
  { long = "review", later = { "run", "diff" }, text = "review snapshots and differences" },
  { long = "pdb", later = { "run" }, text = "debugger at the failing step" },
  { long = "watch", short = "w", later = { "run" }, text = "run again on each save" },
  { long = "locked", later = { "run", "pull" }, text = "images as in clnrm.lock" },
  { long = "allow", arg = "NAME", later = { "run", "dev" }, text = "permit what a file may not" },
  { long = "env-file", arg = "FILE", later = { "run", "dev" }, text = "values for [secrets]" },
  {
    long = "define",
    short = "D",
    alias = { "map", "m" },
    arg = "K=V",
    later = { "run", "dev", "dry-run", "render", "lint" },
    text = "template variable",
    why = "templates are not rendered yet",
  },
  { long = "vars", arg = "FILE", later = { "run", "dry-run", "render" }, text = "variables" },
  { long = "digest", later = { "run" }, text = "print the digest" },
  { long = "metrics", arg = "PORT", optional = true, later = { "run", "dev" }, text = "metrics" },
  {
    long = "output",
    short = "o",
    arg = "FILE",
    later = { "render", "report", "template", "fmt", "graph", "record", "repro", "bench" },
    text = "where to write",
  },
  { long = "debounce-ms", arg = "N", later = { "run", "dev" }, text = "fixed debounce" },
}

return options
