--- Secrets that a template puts into names, keys and tags of a file, and those that a test prints.
local json = require("core.json")
local support = dofile("tests/e2e/support.lua")

describe("a secret that a file has in its own text", function()
  local GIVEN = { DB_PASSWORD = "correct-horse" }
  local dir

  before_each(function()
    dir = support.tempdir()
  end)
  after_each(function()
    support.remove(dir)
  end)

  local function run(text, opts, ...)
    support.write(dir .. "/s.clnrm.toml", text)
    opts.cwd = dir
    return support.run({ "run", "s.clnrm.toml", ... }, opts)
  end

  local NAMED = ([==[
[meta]
name = "m {{ VALUE }}"
[secrets]
DB_PASSWORD = true
[[scenario]]
name = "at {{ VALUE }}"
tags = ["t-{{ VALUE }}"]
artifacts.collect = ["files:/room"]
[[scenario.steps]]
name = "st {{ VALUE }}"
command = "echo 1 >/room/f-$DB_PASSWORD"
expect.file."/tmp/{{ VALUE }}".exists = true
]==]):gsub("VALUE", "env(name='DB_PASSWORD')")

  it("is in the name of no folder or file of artifacts, which are where it is told", function()
    local got = run(NAMED, { env = GIVEN }, "--json")
    assert.equal(1, got.code, got.out .. got.err)
    local tree = support.sh("find . | sort", { cwd = dir }).out
    assert.is_nil((got.out .. got.err .. tree):find("correct-horse", 1, true), got.out .. tree)
    local path = got.out:match('"path":"(%.clnrm/artifacts/[^"]*)"')
    assert.equal("1\n", support.read(dir .. "/" .. path))
  end)

  it("is in nothing that dry-run, list, graph and render tell of a file", function()
    support.write(dir .. "/s.clnrm.toml", NAMED)
    for _, argv in ipairs({ { "dry-run" }, { "dry-run", "--json" }, { "dry-run", "-v" }, { "list" },
      { "list", "--json" }, { "graph", "s.clnrm.toml" }, { "render", "s.clnrm.toml" } }) do
      local got = support.run(argv, { cwd = dir, env = GIVEN })
      assert.equal(0, got.code, got.out .. got.err)
      assert.matches("%*%*%*", got.out)
      assert.is_nil((got.out .. got.err):find("correct-horse", 1, true),
        table.concat(argv, " ") .. "\n" .. got.out)
    end
  end)

  it("is in no name of a service or a file, and in nothing that is wrong with one", function()
    local file = ([==[
[meta]
name = "m {{ VALUE }}"
[services."s-{{ VALUE }}"]
command = ["sleep", "9"]
[[scenario]]
name = "a"
tags = ["{{ VALUE }}"]
[[scenario.steps]]
name = "s {{ VALUE }}"
service = "s-{{ VALUE }}"
command = ["true"]
]==]):gsub("VALUE", "env(name='DB_PASSWORD')")
    local function check(code, text, ...)
      support.write(dir .. "/s.clnrm.toml", text)
      local env = { DB_PASSWORD = GIVEN.DB_PASSWORD, XDG_STATE_HOME = dir .. "/state" }
      local got = support.run({ ... }, { cwd = dir, env = env })
      local all = got.out .. got.err
      assert.equal(code, got.code, all)
      assert.matches("%*%*%*", all)
      local records = support.sh("cat $(find . -name '*.ndjson')", { cwd = dir }).out
      assert.is_nil((all .. records):find("correct-horse", 1, true), table.concat({ ... }, " ")
        .. "\n" .. all .. records)
    end
    check(0, file, "list", "--json")
    for _, format in ipairs({ "ascii", "dot", "html", "mermaid", "json" }) do
      check(0, file, "graph", "-f", format, "s.clnrm.toml")
    end
    local held = file:gsub("tags = ", "group = 'g-{{ env(name=\"DB_PASSWORD\") }}'\n%0")
    for _, argv in ipairs({ { "validate" }, { "dry-run" }, { "list" }, { "run" },
      { "run", "--json" } }) do
      check(2, held, table.unpack(argv))
    end
    local misspelt = file .. '[[scenario.steps]]\nname = "t"\ncommand = ["true"]\n'
      .. 'depends_on = ["z {{ env(name=\'DB_PASSWORD\') }}"]\n'
    check(2, misspelt, "run")
    assert.not_equal("", support.sh("find state -name '*.ndjson'", { cwd = dir }).out)
    check(2, "[vars]\npassword = 3\n" .. file, "validate", "-D", "password=correct-horse")
  end)

  it("is nothing that a misspelt word may have been meant to be", function()
    support.write(dir .. "/s.clnrm.toml", NAMED)
    for _, word in ipairs({ "t-correct-hors", "horsf" }) do
      local got = support.run({ "list", "--tag", word }, { cwd = dir, env = GIVEN })
      assert.equal(4, got.code, got.out .. got.err)
      assert.is_nil((got.out .. got.err):gsub(word, ""):find("horse", 1, true), got.err)
    end
  end)

  it("is masked where what is given to a tag speaks of it", function()
    local text = '[meta]\nname = "m"\n[[scenario]]\nname = "at {{ w }} {{ u }}"\n'
      .. '[[scenario.steps]]\nname = "s"\n'
      .. 'command = \'\'\'echo "{{ w }} {{ u }}" >&2; exit 1\'\'\'\n'
    for given, secret in pairs({
      ["w=--token=correct-horse"] = "correct-horse",
      ["w=--password correct-horse"] = "correct-horse",
      ["w=Authorization: Bearer correct-horse"] = "correct-horse",
      ["w=http://ada:correct-horse@h/"] = "correct-horse",
    }) do
      for _, format in ipairs({ "human", "json", "events", "junit" }) do
        local state = dir .. "/" .. format
        local got = run(text, { env = { XDG_STATE_HOME = state } }, "-f", format, "-D", given, "-D",
          "u=plain-and-long-enough")
        assert.equal(1, got.code, got.out .. got.err)
        assert.is_nil((got.out .. got.err):find(secret, 1, true), given .. "\n" .. got.out)
        assert.matches("plain%-and%-long%-enough", got.out)
        assert.equal("", support.sh("grep -rl correct-horse . --exclude=s.clnrm.toml",
          { cwd = dir }).out)
        assert.matches("%S", support.sh("grep -rl plain-and-long " .. format, { cwd = dir }).out)
      end
    end
  end)

  it("tells tests apart whose names differ in nothing else, by the same name everywhere", function()
    local env = { ONE_TOKEN = "correct-horse", TWO_TOKEN = "battery-staple", XDG_STATE_HOME = dir }
    local text = '[meta]\nname = "m"\n'
      .. '{% for v in [env(name="ONE_TOKEN"), env(name="TWO_TOKEN")] %}\n'
      .. '[[scenario]]\nname = "at {{ v }}"\nrun = "true"\n{% endfor %}\n'
    local first, second = "s.clnrm.toml › at ***", "s.clnrm.toml › at *** (2)"
    local function ids(got)
      local list = {}
      for _, one in ipairs(assert(json.decode(got.out), got.out .. got.err).scenarios) do
        list[#list + 1] = one.id
        assert.equal(one.id, "s.clnrm.toml › " .. one.name)
      end
      return list
    end
    local got = run(text, { env = env }, "-f", "events", "-j", "1")
    for _, id in ipairs({ first, second }) do
      for _, event in ipairs({ "scenario_begin", "step_end", "scenario_end" }) do
        assert.is_truthy(got.out:find(('"event":"%s"[^\n]*"id":"%s"'):format(event,
          id:gsub("%p", "%%%0"))), event .. " " .. id .. "\n" .. got.out)
      end
    end
    assert.same({ first, second }, ids(support.run({ "list", "--json" }, { cwd = dir, env = env })))
    local dry = support.run({ "dry-run", "--json" }, { cwd = dir, env = env })
    assert.same({ first, second }, ids(dry))
    assert.same({ first }, json.decode(dry.out).rooms[1].scenarios)
    assert.same({ second }, json.decode(dry.out).rooms[2].scenarios)
    local one = support.run({ "list", "--json", "--only", "*staple" }, { cwd = dir, env = env })
    assert.same({ second }, ids(one))
    local slow = support.run({ "slow", "--json" }, { cwd = dir, env = env })
    assert.is_truthy(slow.out:find(first .. '"', 1, true), slow.out)
    assert.is_truthy(slow.out:find(second .. '"', 1, true), slow.out)
    assert.is_nil((got.out .. dry.out .. slow.out):find("horse", 1, true))
  end)

  it("keeps no rerun line from choosing that test alone", function()
    local env = { ONE_TOKEN = "correct-horse", TWO_TOKEN = "battery*staple", XDG_STATE_HOME = dir }
    local text = '[meta]\nname = "m"\n[[scenario]]\nname = "at x"\nrun = "false"\n'
      .. '{% for v in [env(name="ONE_TOKEN"), env(name="TWO_TOKEN")] %}\n'
      .. '[[scenario]]\nname = "at {{ v }}"\nrun = "false"\n{% endfor %}\n'
      .. '[[scenario]]\nname = "at ***"\nrun = "false"\n' -- that is its name
    local report = json.decode(run(text, { env = env }, "-f", "json").out)
    local reruns = {}
    for i, result in ipairs(report.results) do
      reruns[i] = result.failures[1].rerun
      local got = support.sh(reruns[i] .. " -f json", { cwd = dir, env = env })
      local again = assert(json.decode(got.out), got.err).results
      assert.same({ result.name }, { again[1].name, again[2] and again[2].name }, reruns[i])
    end
    table.sort(reruns)
    assert.same({
      "clnrm run s.clnrm.toml --only 'at \\*\\*\\* (2)'",
      "clnrm run s.clnrm.toml --only 'at \\*\\*\\* (3)'",
      "clnrm run s.clnrm.toml --only 'at \\*\\*\\*'", "clnrm run s.clnrm.toml --only 'at x'",
    }, reruns)
  end)

  it("hides no test from what records know of it", function()
    local env = { ONE_TOKEN = "correct-horse", TWO_TOKEN = "battery-staple", XDG_STATE_HOME = dir }
    local text = '[meta]\nname = "m"\n'
      .. '{% for v in [env(name="ONE_TOKEN"), env(name="TWO_TOKEN")] %}\n'
      .. '[[scenario]]\nname = "at {{ v }}"\nrun = "test {{ v }} = correct-horse"\n{% endfor %}\n'
    assert.equal(1, run(text, { env = env }).code)
    local function clnrm(...)
      return support.run({ ... }, { cwd = dir, env = env })
    end
    local again = clnrm("run", "--failed", "-f", "events")
    assert.equal(1, again.code, again.err)
    assert.matches('"id":"s.clnrm.toml › at %*%*%* %(2%)"', again.out)
    assert.not_matches('"id":"s.clnrm.toml › at %*%*%*"', again.out)
    assert.matches("Estimate: %d", clnrm("dry-run", "-q").out)
    support.write(dir .. "/s.clnrm.toml", (text:gsub("test {{ v }} = ", "true ")))
    assert.equal(0, clnrm("run", "--failed").code)
    assert.matches("nothing failed", clnrm("run", "--failed").err)
  end)

  it("is in nothing that is told and kept of a file that is refused, whatever its name", function()
    local env = { DSN = "hunter2-of-the-dsn", XDG_STATE_HOME = dir .. "/state" }
    local wrong = {
      'service = "{{ env(name="DSN") }}"', -- P113 quotes it
      'timeout = "{{ env(name="DSN") }}"',
      'expected_output_regex = "({{ env(name="DSN") }}"',
      'name = "{{ env(name="DSN") | date }}"',
      'env = { A = {{ env(name="DSN") }} }', -- no TOML any more
      'env = { A = "{{ throw(message=env(name="DSN")) }}" }',
    }
    for i, head in ipairs({ 'secrets = ["DSN"]\n[meta]\nname = "a"\n',
      '[meta]\nname = "a"\n[secrets]\nGIVEN = { env = "DSN" }\n' }) do
      for _, line in ipairs(wrong) do
        local body = '[[steps]]\ncommand = "true"\n' .. line .. "\n"
          .. (line:find("^name") and "" or 'name = "x"\n')
        for _, argv in ipairs({ { "run", "-f", "json", "--report", "junit=j.xml" }, { "run" },
          { "validate" }, { "lint" }, { "lint", "-f", "sarif" }, { "dry-run", "--json" },
          { "list", "--json" }, { "graph", "s.clnrm.toml" }, { "render", "s.clnrm.toml" } }) do
          support.write(dir .. "/s.clnrm.toml", head .. body)
          local got = support.run(argv, { cwd = dir, env = env })
          local told = table.concat({ i, line, argv[1], got.out, got.err }, "\n")
          assert.is_nil((got.out .. got.err):find("hunter2-of", 1, true), told)
          if argv[1] == "run" then
            assert.equal(2, got.code, told)
          end
        end
      end
    end
    assert.equal("", support.sh("grep -rl hunter2-of . || true", { cwd = dir }).out)
    assert.matches("ndjson", support.sh("grep -rl P113 state", { cwd = dir }).out)
  end)

  it("is masked, in the record too, when -D or --vars gives it under such a name", function()
    local text = '[meta]\nname = "d"\n[[steps]]\nname = "x"\n'
      .. 'command = "echo {{ PASSWORD }} {{ db.token }} {{ plain }}; false"\n'
    support.write(dir .. "/v.json", '{"db": {"token": "battery-staple"}, "plain": "seen-by-all"}')
    local given = { "-D", "PASSWORD=correct-horse", "--vars", "v.json" }
    local got = run(text, { env = { XDG_STATE_HOME = dir .. "/state" } }, table.unpack(given))
    assert.equal(1, got.code, got.out .. got.err)
    local dry = support.run({ "dry-run", table.unpack(given) }, { cwd = dir })
    local all = got.out .. got.err .. dry.out .. support.sh("cat state/clnrm/runs/*.ndjson",
      { cwd = dir }).out
    assert.is_nil(all:find("correct-horse", 1, true) or all:find("battery-staple", 1, true), all)
    assert.matches("%*%*%* %*%*%* seen%-by%-all", got.out)
    assert.matches("%*%*%* %*%*%* seen%-by%-all", dry.out)
  end)
end)

describe("a secret that a Lua test prints", function()
  local GIVEN = { TOKEN = "correct-horse" }
  local PRINTS = 'local clnrm = require("clnrm")\n'
    .. 'clnrm.test("prints", function(t)\n  local s = t:secret("TOKEN")\n'
    .. '  print("token", s, 1)\n  io.write("w ", s, 2, "\\n")\n'
    .. '  clnrm.expect(s):contains("horse")\nend)\n'
  local dir

  before_each(function()
    dir = support.tempdir()
  end)
  after_each(function()
    support.remove(dir)
  end)

  it("is stars on standard error, by print and by io.write", function()
    support.write(dir .. "/s.clnrm.lua", PRINTS)
    for _, format in ipairs({ "human", "json" }) do
      local got = support.run({ "run", "s.clnrm.lua", "-f", format }, { cwd = dir, env = GIVEN })
      assert.equal(0, got.code, got.out .. got.err)
      assert.is_truthy((got.out .. got.err):find("token\t***\t1\nw ***2\n", 1, true), got.err)
      assert.is_nil((got.out .. got.err):find("correct-horse", 1, true))
    end
  end)

  it("is stars on standard output of a program that registers the test", function()
    support.write(dir .. "/s.lua", PRINTS)
    local got = support.run({ "s.lua" }, { cwd = dir, env = GIVEN })
    assert.equal(0, got.code, got.out .. got.err)
    assert.is_truthy(got.out:find("token\t***\t1\nw ***2\n", 1, true), got.out)
    assert.is_nil((got.out .. got.err):find("correct-horse", 1, true))
  end)
end)
