--- Finding test files: 10,000 in 100 directories behind a .gitignore, beside find(1).
local compare = require("compare")

local clnrm = assert(os.getenv("CLNRM"))
local dir = compare.directory("discover")

assert(os.execute(("cd '%s' && for d in $(seq 100); do mkdir d$d && "
  .. "(cd d$d && seq -f %%g.clnrm.toml 100 | xargs touch); done"):format(dir)))
compare.write(dir .. "/.gitignore", "*.log\nbuild/\n/dist\n**/node_modules/\n!keep\n")
compare.write(dir .. "/find.lua", [[
local list = assert(require("engine.discover").find({ arg[1] }))
assert(#list == 10000, #list)
]])

compare.run({
  name = "discover",
  title = "10,000 test files in 100 directories, whole process; find has no ignore file to respect",
  rounds = 10,
  cases = {
    { name = "find -name '*.clnrm.toml'", measure = compare.command(3,
      ("find %s -name '*.clnrm.toml'"):format(dir)) },
    { name = "engine.discover", measure = compare.command(3,
      ("%s lua %s/find.lua %s"):format(clnrm, dir, dir)), goal = "200 ms" },
  },
})
