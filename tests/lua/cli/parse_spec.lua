local options = require("engine.cli.options")
local parse = require("engine.cli.parse")

local function opts(...)
  local line, err = parse.parse({ ... })
  assert(line, err and err.message)
  return line.opts, line
end

local function refusal(...)
  local line, err = parse.parse({ ... })
  assert.is_nil(line)
  return err.message, err.hint
end

describe("engine.cli.parse", function()
  it("takes global flags before and after the command", function()
    assert.same(opts("-v", "--color=never", "run"), opts("run", "--color", "never", "-v"))
  end)

  it("separates arguments from options wherever they stand", function()
    local _, line = opts("run", "a.toml", "-x", "b.toml", "-k", "db", "--", "-c", "--x")
    assert.same({ "a.toml", "b.toml", "-c", "--x" }, line.args)
    assert.same({ ["fail-fast"] = 1, filter = "db" }, line.opts)
  end)

  it("reads every spelling of a value", function()
    for _, argv in ipairs({ { "-j4" }, { "-j", "4" }, { "--jobs=4" }, { "--jobs", "4" } }) do
      assert.equal(4, opts("run", table.unpack(argv)).jobs)
    end
    assert.equal("auto", opts("run", "-j4", "-p").jobs)
    assert.equal("a=b", opts("run", "--only=a=b").only)
  end)

  it("reads combined short flags, the last with a value", function()
    local got = opts("run", "-vvxqkdb")
    assert.same({ verbose = 2, ["fail-fast"] = 1, quiet = true, filter = "db" }, got)
  end)

  it("says which parts there are, whatever was asked for", function()
    for text, wanted in pairs({
      ["1/0"] = "1/4 to 4/4", ["0/3"] = "1/3 to 3/3", ["5/3"] = "1/3 to 3/3", x = "1/4 to 4/4",
      ["1/99999999"] = "1/4 to 4/4",
    }) do
      assert.matches(wanted, (refusal("run", "--shard", text)), 1, true)
    end
  end)

  it("takes the optional value of a short option at once, or behind an equals sign", function()
    for _, word in ipairs({ "-x3", "-x=3", "-vx3" }) do
      assert.equal(3, opts("run", word)["fail-fast"], word)
    end
    assert.same({ ["fail-fast"] = 1, verbose = 1 }, opts("run", "-xv"))
    assert.matches("-x wants a number", refusal("run", "-x="))
    assert.matches("-x wants a number", refusal("run", "-x3v"))
    assert.equal("unknown option -=", (refusal("run", "-v=3")))
  end)

  it("takes an optional value only after an equals sign", function()
    assert.equal(1, opts("run", "--fail-fast")["fail-fast"])
    assert.equal(3, opts("run", "--fail-fast=3")["fail-fast"])
    local _, line = opts("run", "--fail-fast", "3")
    assert.same({ "3" }, line.args)
  end)

  it("collects what is repeatable", function()
    assert.same({ "a", "b" }, opts("run", "--tag", "a", "--tag=b").tag)
    assert.same({
      { kind = "junit", file = "x.xml" },
      { kind = "json", file = "a=b" },
      { kind = "junit", file = "y.xml" },
    }, opts("run", "--report", "junit=x.xml", "--reporter=json=a=b", "--report-junit=y.xml").report)
  end)

  it("reads times with and without a unit", function()
    for text, ms in pairs({ ["5"] = 5000, ["500ms"] = 500, ["1.5s"] = 1500, ["2m"] = 120000 }) do
      assert.equal(ms, opts("run", "--timeout", text).timeout)
    end
    for _, text in ipairs({ "0", "-1", "5d", "ms", "", "1e3", "99999999h" }) do
      assert.matches("wants a time", (refusal("run", "--timeout=" .. text)))
    end
  end)

  it("gives a script everything behind its name", function()
    local _, line = opts("-v", "x/y.lua", "--help", "-q", "--", "a")
    assert.equal("x/y.lua", line.script)
    assert.same({ "--help", "-q", "--", "a" }, line.args)
    assert.is_nil(line.help)
  end)

  it("tells short help from full help", function()
    assert.equal("short", select(2, opts("run", "-h")).help)
    assert.equal("long", select(2, opts("run", "--help")).help)
  end)

  it("refuses what it does not know, and names what was meant", function()
    local message, hint = refusal("run", "--taga", "x")
    assert.equal("unknown option --taga", message)
    assert.equal("did you mean --tag?", hint)
    message, hint = refusal("rnu")
    assert.equal("unknown command 'rnu'", message)
    assert.equal("did you mean 'run'?", hint)
    assert.equal("unknown option -Z", (refusal("run", "-vZ")))
    message, hint = refusal("tests/a.clnrm.toml")
    assert.equal("unknown command 'tests/a.clnrm.toml'", message)
    assert.equal("to run a test file: clnrm run tests/a.clnrm.toml", hint)
  end)

  it("refuses an option where it has no effect, and says where it has one", function()
    assert.same({ "--shard is not an option of version", "it is one of: run, dry-run, list" },
      { refusal("version", "--shard", "1/2") })
    assert.same({ "--dry-run is not an option of run",
      "`clnrm dry-run` is a command of its own" }, { refusal("run", "--dry-run") })
    assert.same({ "-j is an option of: run, dev, dry-run, pull",
      "write it after the command: clnrm run -j" }, { refusal("-j", "4", "run") })
  end)

  it("refuses a missing, a wrong and a needless value", function()
    assert.matches("needs a value", (refusal("run", "-k")))
    assert.matches("takes no value", (refusal("run", "--quiet=yes")))
    assert.matches("wants a number from 1", (refusal("run", "-j0")))
    assert.matches("wants one of auto, human", (refusal("run", "--format", "xml")))
    assert.same({ "-f wants one of auto, human, ascii, dot, json, mermaid, html, not 'svg'" },
      { refusal("graph", "-f", "svg") })
    assert.matches("wants KIND=FILE", (refusal("run", "--report", "x.xml")))
    local message, hint = refusal("run", "--report", "junti=x")
    assert.matches("^%-%-report wants KIND=FILE with KIND one of json, .*, not 'junti=x'$",
      message)
    assert.equal("did you mean 'junit'?", hint)
  end)

  it("follows by -f behind services logs, as other tools do; elsewhere it is the format", function()
    for _, argv in ipairs({ { "logs", "-f", "latest:x" }, { "logs", "latest:x", "-f" },
        { "logs", "latest:x", "-qf" } }) do
      local line = assert(parse.parse({ "services", table.unpack(argv) }))
      assert.same({ true, { "logs", "latest:x" } }, { line.opts.follow, line.args })
      assert.is_nil(line.opts.format)
    end
    assert.equal("json", parse.parse({ "services", "-f", "json" }).opts.format)
    assert.equal("json", parse.parse({ "services", "status", "-f", "json" }).opts.format)
    local _, of_services = refusal("services", "-f", "logs", "latest:x")
    assert.equal("-f is --format before the word logs; behind it --follow", of_services)
    local _, hint = refusal("run", "-f", "latest:x")
    assert.is_nil(hint)
  end)

  it("refuses everything that is known and not built, and never reads over it", function()
    for _, option in ipairs(options) do
      for _, command in ipairs(option.later or {}) do
        if command == "global" or command == "run" or command == "list" then
          local where = command == "global" and "run" or command
          local value = option.arg and not option.optional and "x" or nil
          assert.equal(("--%s is not in this build"):format(option.long),
            (refusal(where, "--" .. option.long, value)))
        end
      end
    end
    for _, name in ipairs(require("engine.cli.commands").later) do
      assert.equal(name .. " is not in this build", (refusal(name)))
    end
    assert.matches("reports of kind 'html'", (refusal("run", "--report", "html=x")))
  end)

  it("has a reader and a place for each option of the table", function()
    local values = require("engine.cli.values")
    local seen = {}
    for _, option in ipairs(options) do
      assert.is_nil(seen[option.long], option.long)
      seen[option.long] = true
      assert.is_true(option.commands ~= nil or option.later ~= nil, option.long)
      assert.is_string(option.text, option.long)
      if option.commands and option.arg then
        assert.is_function(values[option.kind], option.long)
      end
    end
  end)
end)
