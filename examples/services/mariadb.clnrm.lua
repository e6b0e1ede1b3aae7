-- MariaDB from Lua: two clients, and what one sees of the other's transaction.
local clnrm = require("clnrm")
local expect = clnrm.expect

clnrm.test("a transaction is seen when it is committed", function(t)
  local room = t:open({
    services = {
      db = clnrm.service.mariadb({
        database = "shop",
        init = "create table t (a int); insert into t values (0);",
      }),
    },
  })
  local db = { service = "db", check = true }
  local function value()
    return room:exec({ "mariadb", "-N", "-e", "select a from t" }, db).stdout
  end

  local writer = room:start({ "mariadb", "--unbuffered", "-N" }, { service = "db" })
  local lines = writer:lines()
  writer:write("begin; update t set a = 41; select a from t;\n")
  expect(lines()):equals("41")
  expect(value()):equals("0\n")
  writer:write("commit; select 'done';\n")
  expect(lines()):equals("done")
  expect(value()):equals("41\n")
  writer:close()
end)
