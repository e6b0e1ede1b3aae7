-- PostgreSQL from Lua: one server for all tests of this file (a fixture), both migrations in it.
local clnrm = require("clnrm")
local expect = clnrm.expect

clnrm.fixture("db", {
  scope = "file",
  setup = function(t)
    local room = t:open({
      services = {
        db = clnrm.service.postgres({
          database = "shop",
          password = "only for tests",
          init_files = { "migrations/1-users.sql", "migrations/2-visits.sql" },
        }),
      },
    })
    return function(sql)
      return room:exec({ "psql", "-XqAt", "-c", sql }, { service = "db" })
    end
  end,
})

clnrm.test("a user can be stored", { tags = { "service", "postgres" } }, function(t)
  local sql = t:use("db")
  local result = sql("insert into users (name) values ('ada') returning visits")
  expect(result.stdout):equals("0\n")
end)

clnrm.test("the same name a second time is refused", function(t)
  local sql = t:use("db")
  sql("insert into users (name) values ('grace')")
  local result = sql("insert into users (name) values ('grace')")
  assert(result.exit_code == 1)
  expect(result.stderr):contains("duplicate key value violates unique constraint")
end)

clnrm.test("visits cannot be negative", function(t)
  local sql = t:use("db")
  local result = sql("insert into users (name, visits) values ('eve', -1)")
  expect(result.ok).no:is_true()
  expect(result.stderr):matches([[violates check constraint "users_visits_check"]])
end)
