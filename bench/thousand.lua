--- 1,000 scenarios of one step, each in a fresh room, against xargs over the bubblewrap line.
local compare = require("compare")

local clnrm = assert(os.getenv("CLNRM"))
local COUNT, FILES = 1000, 10

local dir = compare.directory("thousand")
for file = 1, FILES do
  local text = { ('[meta]\nname = "file %d"\n'):format(file) }
  for i = 1, COUNT // FILES do
    text[#text + 1] = ('[[scenario]]\nname = "s%d"\nrun = ["/usr/bin/true"]\n'):format(i)
  end
  compare.write(("%s/f%02d.clnrm.toml"):format(dir, file), table.concat(text, "\n"))
end
compare.write(dir .. "/xargs.sh", ("seq %d | xargs -P \"$(nproc)\" -I{} %s\n"):format(
  COUNT, compare.bwrap_line("/usr/bin/true")))

compare.run({
  name = "thousand",
  title = ("%d scenarios of one `true` step, each in a fresh room; times are for each scenario, "
    .. "RSS is that of the largest process"):format(COUNT),
  rounds = 5,
  cases = {
    {
      name = "xargs -P$(nproc) bwrap + agent + true",
      per = COUNT,
      measure = compare.command(1, ("sh %s/xargs.sh"):format(dir)),
    },
    {
      name = "clnrm run -j auto",
      per = COUNT,
      measure = compare.command(1, ("%s run -j auto %s"):format(clnrm, dir)),
      goal = "ratio 1.11, 64 MB",
    },
  },
})
