--- The kind `database` of `clnrm template`: PostgreSQL, a new one for each scenario.
---@type engine.templates.Kind
return {
  about = "PostgreSQL, a new one for each scenario",
  needs = "PostgreSQL",
  text = [==[
# A database for each scenario: PostgreSQL of this machine.  With Docker or Podman, an `image` (best
# with its digest) takes that one instead.
[meta]
name = %NAME%
tags = ["service", "database"]

[services.db]
plugin = "postgres"
database = "shop"
username = "shop"

[[scenario]]
name = "rows are kept"

[[scenario.steps]]
name = "make the table"
command = [
  "psql",
  "-Xq",
  "-v",
  "ON_ERROR_STOP=1",
  "-c",
  "create table users (name text primary key)",
]
expect.stderr.equals = ""

[[scenario.steps]]
name = "insert"
command = ["psql", "-XqAt", "-c", "insert into users values ('ada'), ('grace') returning name"]
expect.stdout.lines = ["ada", "grace"]

[[scenario.steps]]
name = "a name is there once"
command = ["psql", "-Xq", "-c", "insert into users values ('ada')"]
expected_exit_code = 1
expect.stderr.contains = "duplicate key"

[[scenario]]
name = "another scenario has a database of its own"

[[scenario.steps]]
name = "there is no table"
command = ["psql", "-XqAt", "-c", "select count(*) from pg_tables where schemaname = 'public'"]
expect.stdout.equals = "0\n"
]==],
}
