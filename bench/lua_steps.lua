--- A Lua test of 100 steps beside the same test in TOML, whole process.
local compare = require("compare")

local clnrm = assert(os.getenv("CLNRM"))
local STEPS = 100

local dir = compare.directory("lua_steps")
local text = { '[meta]\nname = "steps"\n' }
for i = 1, STEPS do
  text[#text + 1] = ('[[steps]]\nname = "s%d"\ncommand = ["/usr/bin/true"]\n'):format(i)
end
compare.write(dir .. "/steps.clnrm.toml", table.concat(text, "\n"))
compare.write(dir .. "/steps.clnrm.lua", ([=[
local clnrm = require("clnrm")

clnrm.test("steps", function(t)
  for _ = 1, %d do
    clnrm.expect(t.room:exec({ "/usr/bin/true" }).exit_code):equals(0)
  end
end)
]=]):format(STEPS))
compare.write(dir .. "/empty.clnrm.lua", [=[
local clnrm = require("clnrm")

clnrm.test("nothing", function()
  assert(1 == 1)
end)
]=])

local function run(file)
  return compare.command(1, ("%s run %s/%s"):format(clnrm, dir, file))
end

compare.run({
  name = "lua_steps",
  title = ("%d steps of `true` in one room, each with its exit code checked; whole process"):format(
    STEPS),
  rounds = 20,
  cases = {
    { name = "TOML", measure = run("steps.clnrm.toml") },
    { name = "Lua", measure = run("steps.clnrm.lua") },
    { name = "Lua, a test without a room", measure = run("empty.clnrm.lua") },
  },
})
