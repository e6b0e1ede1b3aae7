--- Two runs that differ in each way, for the goldens of the views.
local compare = require("engine.diff.compare")
local node = require("engine.diff.node")
local normal = require("engine.diff.normal")

local M = {}

local WEAK = { weight = 0.25 }
local TEXT = { is_text = true, is_free = true }

local function step(name, ms, fields)
  local out = node.new("step", name)
  node.add(out, "verdict", fields.verdict or "pass", WEAK)
  node.add(out, "command", fields.command or "true " .. name)
  node.add(out, "stdout", fields.stdout, TEXT)
  out.duration_ms = ms
  return out
end

local function scenario(name, ms, children)
  local out = node.new("scenario", name)
  node.add(out, "verdict", "pass", WEAK)
  out.duration_ms, out.children = ms, children
  return out
end

local function run(ms, children)
  local out = node.new("run", "run")
  out.duration_ms, out.children = ms, children
  return out
end

local function numbered(text, count)
  local lines = {}
  for i = 1, count do
    lines[i] = text .. " " .. i
  end
  return table.concat(lines, "\n") .. "\n"
end

local A = run(1210, {
  scenario("tests/db.clnrm.toml › rolls back", 1041, {
    step("setup", 150, { stdout = "ready at 10:11:12\n" }),
    step("migrate", 1041, {
      command = "psql -f 0004_users.sql",
      stdout = "connecting to db:5432\napply 0004_users.sql\nApplied 3 migrations.\n",
    }),
    step("one", 5, {}),
    step("two", 6, {}),
  }),
  scenario("tests/gone.clnrm.toml › says « héllo » \27[31m", 12, { step("say", 3, {}) }),
  scenario("tests/long.clnrm.toml › a name of a scenario that is much longer than lines are", 10, {
    step("print", 4, { stdout = numbered("line", 60) }),
  }),
})

local B = run(1650, {
  scenario("tests/db.clnrm.toml › rolls back", 1560, {
    step("setup", 148, { stdout = "ready at 10:11:13\n" }),
    step("migrate_v2", 1410, {
      command = "psql -f 0004_users.sql",
      stdout = "connecting to db:5432\napply 0004_users.sql\nApplied 3 migrations.\n",
    }),
    step("two", 6, {}),
    step("one", 5, {}),
    step("cleanup", 31, {
      command = "psql -c 'drop table users cascade' --set ON_ERROR_STOP=1 --no-psqlrc --quiet",
    }),
  }),
  scenario("tests/long.clnrm.toml › a name of a scenario that is much longer than lines are", 310, {
    step("print", 4, { verdict = "fail", stdout = numbered("line", 30) .. numbered("other", 30) }),
  }),
})

--- Compares the two.
---@param all boolean
---@return engine.diff.Told
function M.told(all)
  local a, b = { kind = "run", shown = "7f3a91c2", root = A, count = 3, notes = {} },
    { kind = "run", shown = "0b1c2d3e", root = B, count = 2, notes = {} }
  for _, side in ipairs({ a, b }) do
    node.seal(side.root, normal.new({}))
  end
  return { kind = "run", a = a, b = b, all = all, left_out = {}, result = compare.compare(A, B) }
end

return M
