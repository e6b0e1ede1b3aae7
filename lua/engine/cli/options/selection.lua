--- Options of which tests are chosen, in which order, and what is drawn for them; a part of
--- engine.cli.options.
---@type engine.cli.Option[]
return {
  {
    long = "filter",
    short = "k",
    arg = "EXPR",
    kind = "text",
    commands = { "run", "dev", "dry-run", "list", "graph" },
    later = { "bench", "record" },
    top = true,
    text = 'only what matches in name, tag or file: -k "db and not slow"',
  },
  {
    long = "only",
    arg = "GLOB",
    kind = "text",
    commands = { "run", "dev", "dry-run", "list", "graph", "snapshots" },
    text = "only scenarios whose name matches the glob",
    text_of = { snapshots = "only snapshots whose name matches the glob" },
  },
  {
    long = "tag",
    arg = "NAME",
    kind = "text",
    list = true,
    commands = { "run", "dev", "dry-run", "list", "graph" },
    top = true,
    text = "only tests that have one of the tags (repeatable)",
  },
  {
    long = "failed",
    commands = { "run", "dry-run" },
    top = true,
    text = "only what failed or was not reached last; 5 when it passes and others still stand",
  },
  {
    long = "failed-first", commands = { "run", "dev", "dry-run" },
    text = "those that failed in the last run begin first",
  },
  {
    long = "since",
    arg = "REV",
    kind = "text",
    commands = { "run", "dry-run", "list" },
    text = "only what a change since the git revision REV can touch",
  },
  {
    long = "order",
    arg = "KIND",
    kind = "choice",
    values = { "file", "random", "slowest-first", "risk" },
    commands = { "run", "dry-run" },
    default = "file",
    text = "in which order scenarios begin: file, random, slowest-first or risk",
  },
  {
    long = "seed", arg = "N", kind = "seed",
    commands = { "run", "dev", "dry-run", "render" },
    later = { "record" },
    default = "drawn, and told",
    text = "of all that is drawn: by templates, generators, and --order random",
    text_of = { render = "of all that templates draw" },
  },
  {
    long = "freeze", arg = "TIME", kind = "instant",
    commands = { "run", "dry-run", "render" },
    later = { "record" },
    text = "clocks of templates stand still at TIME, of RFC 3339; steps see SOURCE_DATE_EPOCH",
    text_of = { render = "clocks of templates stand still at TIME, of RFC 3339" },
  },
  {
    long = "shard", arg = "I/M", kind = "shard", commands = { "run", "dry-run", "list" },
    text = "part I of M: each test is in one of them, by its name",
  },
  {
    long = "timings",
    arg = "FILE",
    kind = "text",
    commands = { "run", "dry-run", "list" },
    text = "times of another run (json or events), by which shards are balanced",
  },
}
