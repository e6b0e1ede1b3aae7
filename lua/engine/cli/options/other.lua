--- Options of commands that have few of their own; a part of engine.cli.options.
---@type engine.cli.Option[]
return {
  {
    long = "template",
    short = "t",
    arg = "NAME",
    kind = "template",
    later_values = {
      "cli", "http", "fake-green", "db", "compose", "property", "bench", "lint-rules", "ci-github",
      "ci-gitlab", "empty",
    },
    commands = { "init" },
    default = "hello",
    text = "what to start from: a kind of `clnrm template`",
  },
  {
    long = "list",
    commands = { "init", "template", "lint" },
    text = "what there is to start from",
    text_of = { lint = "the rules, and which are on" },
  },
  {
    long = "force",
    commands = { "init", "template", "dev" },
    later = { "run" },
    text = "replace files that exist; the old ones are kept as *.orig",
    text_of = { dev = "begin also where CI is set" },
    why = "no verdicts are cached in this build, so each run runs everything",
  },
  { long = "dry-run", commands = { "init", "reap" }, text = "only say what would be done" },
  { long = "others", commands = { "reap" },
    text = "also rooms of Docker and Podman that another state directory keeps, or may keep" },
  { long = "rooms", commands = { "doctor" }, text = "make a room in each engine, and remove it" },
  {
    long = "origin",
    commands = { "config" },
    text = "of one key also the file and line, variable or flag that set it; the list has them all",
  },
  {
    long = "follow",
    short_of = { ["services logs"] = "f" },
    commands = { "services" },
    later = { "spans" },
    text = "of logs, where -f is the same: go on",
  },
  {
    long = "output",
    short = "o",
    arg = "FILE",
    kind = "text",
    commands = { "runs", "fmt", "render", "template", "graph" },
    default = "-",
    later = { "report", "record", "repro", "bench" },
    text = "where to write",
  },
}
