--- No key of clnrm.toml is read and ignored: each of them changes what a run does.
local sample = dofile("tests/e2e/options_sample.lua")
local support = dofile("tests/e2e/support.lua")

local TESTS, FAILING = sample.TESTS, sample.FAILING

describe("each key of clnrm.toml", function()
  local dir

  before_each(function()
    dir = support.tempdir()
    support.write(dir .. "/a.clnrm.toml", FAILING)
  end)

  after_each(function()
    support.remove(dir)
  end)

  it("has its effect", function()
    local none = "no record" -- instead of a pattern
    local effects = {
      ["project.name"] = { '"shop"', "json", '"project":{[^}]*"name":"shop"' },
      ["project.version"] = { '"7"', "json", '"project":{[^}]*"version":"7"' },
      ["project.description"] = { '"sells"', "json", '"project":{[^}]*"description":"sells"' },
      ["cli.jobs"] = { "5", "json", '"jobs":5' },
      ["cli.fail_fast"] = { "true", "human", "2 not run", "-j1" },
      ["cli.format"] = { '"junit"', nil, "^<%?xml" },
      ["cli.backend"] = { '"sandbox"', "json", '"backend":"sandbox"' },
      ["test_execution.default_timeout"] = { '"1ms"', "human", "3 timed out" },
      ["test_execution.retries"] = { "1", "json", '"attempts":%[' },
      ["test_execution.flaky"] = { '"fail"', "json", '"flaky":"fail"' },
      ["test_execution.deadline"] = { '"1ms"', "human", "Stopped by the deadline of the run" },
      ["test_execution.slow_after"] = { '"10ms"', "human", "3 slow" },
      ["ui.progress"] = { '"none"', "human", "%] a%.clnrm%.toml › one" },
      ["ui.status_level"] = { '"none"', "human", "^    Starting[^\n]*\n\nerror" },
      ["ui.final_status_level"] = { '"none"', "human", "3 failed\n\n *rerun" },
      ["ui.failure_output"] = { '"never"', "human", "one\n *FAIL[^\n]*two\n", "-j1" },
      ["ui.success_output"] = { '"final"', "human", "PASS.*\n *step 1 [^\n]*say it: .*hello" },
      ["ui.hyperlinks"] = { '"always"', "human", "\27%]8;;file://" },
      ["ui.color"] = { '"always"', "human", "\27%[" },
      ["record.enabled"] = { "false", "human", none },
    }
    local elsewhere = {
      ["containers.max_wait"] = "docker_settings_spec", -- wants an engine
      ["watch.debounce_ms"] = "dev_watch_spec", -- of a loop
      ["watch.paths"] = "dev_watch_spec", ["watch.ignore"] = "dev_watch_spec",
      ["fmt.width"] = "fmt_spec", ["fmt.indent"] = "fmt_spec", ["fmt.align"] = "fmt_spec",
    }
    local function try(key, effect)
      local section, name = key.name:match("^(.-)%.(.*)$")
      support.write(dir .. "/clnrm.toml", ("[%s]\n%s = %s\n"):format(section, name, effect[1]))
      local tests = key.name == "ui.success_output" and TESTS or FAILING
      local fails = name == "retries" or name == "flaky"
      if section == "test_execution" and not fails then
        tests = FAILING:gsub('"false"', '"sleep", "1"')
      end
      support.write(dir .. "/a.clnrm.toml", tests)
      local argv = { "run", effect[4] }
      if effect[2] then
        table.move({ "-f", effect[2] }, 1, 2, #argv + 1, argv)
      end
      local got = support.run(argv, { cwd = dir, env = { XDG_STATE_HOME = dir .. "/state" } })
      local is_recorded = require("lfs").attributes(dir .. "/state") ~= nil
      assert.equal(effect[3] ~= none, is_recorded, key.name)
      if effect[3] ~= none then
        assert.matches(effect[3], got.out, 1, false, key.name)
        support.remove(dir .. "/state")
      end
    end
    for _, key in ipairs(require("engine.config.keys").list) do
      local effect = effects[key.name]
      assert(effect or elsewhere[key.name], key.name)
      if effect then
        try(key, effect)
      end
    end
  end)
end)
