--- What lint itself finds in what tags were replaced by: secrets are stars in it, in all formats.
local support = dofile("tests/e2e/support.lua")

local FILE = [=[
[meta]
name = "x"
[[scenario]]
name = "d"
tags = ['{{ get_env(name="TOKEN1") }}', '{{ get_env(name="TOKEN1") }}']
[[scenario.steps]]
name = "s"
command = ["true"]
]=]

local RULES = [=[
return {
  clnrm.rule { id = "X001", name = "tells", visit = { scenario = function(cx, scenario)
    cx:report { node = scenario, message = "m " .. scenario.tags[1],
      label = "l " .. scenario.tags[1], help = "h " .. scenario.tags[1] }
  end } },
  clnrm.rule { id = "X002", name = "crashes", visit = { scenario = function(_, scenario)
    error("e " .. scenario.tags[1])
  end } },
}
]=]

describe("what lint finds in a value", function()
  local dir

  before_each(function()
    dir = support.tempdir()
    support.write(dir .. "/clnrm.toml", "")
    support.write(dir .. "/lint/x.lua", RULES)
  end)

  after_each(function()
    support.remove(dir)
  end)

  local function check(file, env, ...)
    support.write(dir .. "/a.clnrm.toml", file)
    for _, format in ipairs({ "human", "concise", "json", "github", "sarif" }) do
      local ran = support.run({ "lint", "-f", format, ... }, { cwd = dir, env = env })
      local all = ran.out .. ran.err
      for _, code in ipairs({ "L401", "X001", "X002" }) do
        assert.is_truthy(all:find(code, 1, true), format .. ": " .. all)
      end
      assert.is_truthy(all:find("***", 1, true), format .. ": " .. all)
      assert.is_nil(all:find("zqsecret77", 1, true), format .. ": " .. all)
    end
  end

  it("is stars where a variable of the environment gave it", function()
    check(FILE, { TOKEN1 = "zqsecret77" })
  end)

  it("is stars where -D gave it", function()
    check(FILE:gsub('get_env%(name="TOKEN1"%)', "token1") .. "", nil, "-D", "token1=zqsecret77")
  end)
end)
