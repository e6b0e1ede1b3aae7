local parse = require("engine.cli.parse").parse
local rerun = require("engine.cli.rerun")

describe("a command that runs a test again", function()
  local function options(...)
    return rerun.options(assert(parse({ ... })).given)
  end

  it("takes over what can change a verdict, as it was given", function()
    assert.equal(" --timeout 5s --env-file 'my secrets' --strict --profile ci --config other.toml"
      .. " --backend sandbox --allow host-hooks --flaky fail --retries 2 --no-overrides",
      options("run", "--timeout=5s", "--env-file", "my secrets", "--strict", "--profile", "ci",
        "-c", "other.toml", "--backend", "sandbox", "--allow", "host-hooks", "--flaky=fail",
        "--retries", "2", "--no-overrides"))
    assert.equal(" --directory 'it'\\''s' --repeat until-fail=9 --order random --seed 7",
      options("-C", "it's", "run", "--repeat", "until-fail=9", "--order", "random", "--seed", "7"))
    assert.equal(" --timeout 2s", options("run", "--timeout", "9s", "--timeout", "2s"))
  end)

  it("leaves out what chooses tests, or only shows", function()
    assert.equal("", options("run", "-v", "-q", "-j", "2", "-x", "-k", "a", "--tag", "b", "--json",
      "--report", "tap=x", "--no-record", "--failed", "a.clnrm.toml"))
  end)

  it("is read by clnrm as this one was", function()
    local line = assert(parse({ "run", "--timeout", "5s", "--retries", "2", "--strict" }))
    local words = { "run" }
    for word in rerun.options(line.given):gmatch("%S+") do
      words[#words + 1] = word
    end
    assert.same(line.opts, parse(words).opts)
  end)
end)
