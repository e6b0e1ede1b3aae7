--- Options of lint and of what belongs to it; a part of the one table (engine.cli.options).

---@type engine.cli.Option[]
return {
  { long = "fix", commands = { "lint" }, top = true, text = "apply the safe fixes" },
  {
    long = "unsafe-fixes",
    commands = { "lint" },
    top = true,
    text = "with --fix and --diff also those that may change what a test means",
  },
  {
    long = "diff",
    commands = { "lint", "migrate", "fmt" },
    top = true,
    text = "show what the fixes, or the layout, would change, as a diff; write nothing",
  },
  {
    long = "stdin-filename",
    arg = "FILE",
    kind = "text",
    commands = { "lint", "fmt" },
    text = "the text comes from standard input and is that of FILE, which need not be there",
  },
  {
    long = "select",
    arg = "CODES",
    kind = "words",
    list = true,
    commands = { "lint" },
    top = true,
    default = "all but those that are off by default",
    text = "only these rules: codes (L031), their beginnings (L0), names, or ALL; parted by commas",
  },
  {
    long = "extend-select",
    arg = "CODES",
    kind = "words",
    list = true,
    commands = { "lint" },
    text = "these rules, besides",
  },
  {
    long = "ignore",
    arg = "CODES|GLOBS",
    kind = "words",
    list = true,
    commands = { "lint", "diff" },
    top = true,
    text = "none of these rules; of diff: no fields of these names (attr:GLOB: attributes)",
  },
  {
    long = "deny-warnings",
    commands = { "lint" },
    top = true,
    text = "warnings end with exit code 1, too",
  },
  { long = "exit-zero", commands = { "lint" }, text = "exit code 0 where it would be 1" },
  {
    long = "explain",
    arg = "CODE",
    kind = "text",
    commands = { "lint" },
    text = "what a rule is about, also one of the project's own",
  },
  { long = "statistics", commands = { "lint" }, text = "counts by rule instead of the findings" },
  {
    long = "rules",
    commands = { "lint" },
    text = "list the rules, and which are on",
  },
  {
    long = "test-rules",
    commands = { "lint" },
    text = "run the tests of the project's own rules: their good and bad examples",
  },
}
