--- Setting up a watch of 10,000 files, beside the floor of inotify: a program that adds a watch for
--- each folder and reads it.  Whole processes.
---
--- Two shapes: 100 folders of 100 files, and 10,000 folders of one.
local compare = require("compare")

local clnrm = assert(os.getenv("CLNRM"))

local function make(dir, folders, files)
  assert(os.execute(("cd '%s' && for d in $(seq %d); do mkdir d$d && cd d$d && "
    .. "for f in $(seq %d); do : >f$f; done; cd ..; done"):format(dir, folders, files)))
end

local scripts = compare.directory("watch-scripts")
compare.write(scripts .. "/watch.lua", [[
local w = assert(require("core.watch").open())
assert(w:add(arg[1]))
w:close()]])
compare.write(scripts .. "/nothing.lua", "")

for _, shape in ipairs({ { 100, 100 }, { 10000, 1 } }) do
  local dir = compare.directory(("watch-%d"):format(shape[1]))
  make(dir, shape[1], shape[2])
  local path = io.popen("realpath '" .. dir .. "'"):read("l")
  compare.run({
    name = ("watch-%d"):format(shape[1]),
    title = ("a watch of 10,000 files in %d folders is set up; whole processes"):format(shape[1]),
    rounds = 10,
    cases = {
      { name = "inotify in C",
        measure = compare.command(3, compare.peer("inotify") .. " " .. path) },
      { name = "clnrm, nothing",
        measure = compare.command(3, ("%s lua %s/nothing.lua"):format(clnrm, scripts)) },
      { name = "clnrm, core.watch", goal = "1.5 x the floor, 3 MB over nothing",
        measure = compare.command(3, ("%s lua %s/watch.lua %s"):format(clnrm, scripts, path)) },
    },
  })
end
