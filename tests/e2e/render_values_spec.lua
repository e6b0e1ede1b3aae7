--- Values that the command line gives to the tags of test files, for all commands that read them.
local support = require("tests.e2e.support")

describe("-D and --vars", function()
  local dir

  before_each(function()
    dir = support.tempdir()
    support.write(dir .. "/a.clnrm.toml", '[meta]\nname = "a {{ who }}"\n[[steps]]\nname = "s"\n'
      .. 'command = ["echo", "x"]\nexpect.stdout.equals = "{{ said }}\\n"\n')
  end)

  after_each(function()
    support.remove(dir)
  end)

  local function sh(command)
    return support.sh(command, { cwd = dir, env = { XDG_STATE_HOME = dir .. "/state" } })
  end

  it("are values for all that read test files alike", function()
    local given = " a.clnrm.toml -D who=b -D said=x"
    assert.matches("a%.clnrm%.toml › a b\n", sh("clnrm run" .. given).out)
    assert.matches("› a b\n", sh("clnrm list" .. given).out)
    assert.matches("a b", sh("clnrm dry-run" .. given).out)
    assert.equal("1 file, 1 scenario: valid\n", sh("clnrm validate" .. given).out)
    assert.equal(0, sh("clnrm pull" .. given).code)
    assert.equal(0, sh("clnrm lint --deny-warnings --ignore L001" .. given).code)
    for _, command in ipairs({ "run", "dry-run", "list", "validate", "lint", "pull" }) do
      assert.equal(2, sh("clnrm " .. command .. " a.clnrm.toml -D who=b").code, command)
    end
  end)

  it("are part of the command that runs a failed test again", function()
    local got = sh("clnrm run a.clnrm.toml -D who=b -D 'said=y z'")
    assert.equal(1, got.code)
    local again = got.out:match("rerun failed +(clnrm [^\n]+)")
    assert.matches("%-%-define who=b %-%-define 'said=y z'", again)
    assert.matches("1 run: 1 failed", sh(again).out)
  end)

  it("reach no screen as commands, and none to copy that would give another value", function()
    local got = sh("clnrm run a.clnrm.toml -D who=b -D said=y "
      .. "-D \"$(printf 'x=\\033[31mX\\033]0;pwn\\007')\"")
    assert.equal(1, got.code)
    assert.is_nil((got.out .. got.err):find("[\27\7]"))
    assert.is_nil(got.out:find("rerun", 1, true))
    local why = "no command to copy: %-%-define x has characters that are not shown as they are"
    assert.equal(2, select(2, got.out:gsub("%s+", " "):gsub(why, "")))
  end)

  it("are asked for where they are secret, or came from standard input", function()
    local got = sh("echo 'said = \"y\"' | clnrm run a.clnrm.toml -D who=b --vars - -D token=abc")
    assert.equal(1, got.code)
    local said = got.out:gsub("%s+", " ")
    local note = "*** stands for the value of --define token: give it; --vars - reads standard "
      .. "input: give it the same values"
    assert.matches("= note: " .. note, said, 1, true)
    assert.matches("--define 'token=***' note " .. note, said, 1, true)
  end)

  it("tell of a name that nothing uses, and of what was meant", function()
    support.write(dir .. "/b.clnrm.toml", '[vars]\nregion = "eu"\n' .. support.HELLO
      .. "# {{ region }}\n")
    for _, command in ipairs({ "run", "dry-run", "list", "validate", "lint", "pull" }) do
      local got = sh("clnrm " .. command .. " b.clnrm.toml -D regoin=x -D region=us")
      assert.equal(0, got.code, command)
      assert.equal("warning: -D regoin: no tag of the files that were read uses this name: "
        .. "did you mean region?\n", got.err, command)
    end
    assert.equal(2, sh("clnrm run --strict b.clnrm.toml -D regoin=x").code)
    assert.equal("", sh("clnrm run -q b.clnrm.toml -D regoin=x").err)
    assert.equal("", sh("clnrm run . -D region=us -D who=b -D said=x").err) -- one of them uses it
  end)

  it("tell of names of a file that nothing uses, together", function()
    support.write(dir .. "/b.clnrm.toml", '[vars]\nregion = "eu"\n' .. support.HELLO
      .. "# {{ region }}\n")
    support.write(dir .. "/v.toml", "region = 'us'\nregoin = 1\nx1 = 1\nx2 = 2\n")
    local told = "%s: --vars v.toml: regoin: no tag of the files that were read uses this name: "
      .. "did you mean region?\n%s: --vars v.toml: no tag of the files that were read uses x1, x2\n"
    local got = sh("clnrm list b.clnrm.toml --vars v.toml")
    assert.same({ 0, told:gsub("%%s", "warning") }, { got.code, got.err, 2 })
    got = sh("clnrm run --strict b.clnrm.toml --vars v.toml")
    assert.same({ 2, told:gsub("%%s", "error") }, { got.code, got.err, 2 })
    assert.equal("", sh("clnrm list b.clnrm.toml --vars v.toml -q").err)
  end)

  it("have the types of what they replace, also from a file", function()
    support.write(dir .. "/b.toml", '[vars]\nn = 5\nf = 1.5\nl = ["a"]\n[x]\n'
      .. 'a = {{ n }}\nb = {{ f }}\nc = "{{ l[0] }}"\n')
    local function given(values)
      support.write(dir .. "/v.json", values)
      return sh("clnrm render b.toml --vars v.json")
    end
    assert.matches('a = 6\nb = 2%.0\nc = "b"', given('{"n": 6, "f": 2, "l": ["b"]}').out)
    for values, told in pairs({
      ['{"n": "6"}'] = "n is not a whole number, as `n` of [vars] is", ['{"f": true}'] = "a number",
      ['{"n": 6.5}'] = "a whole number", ['{"l": "b"}'] = "l is not a list, as `l` of [vars] is",
    }) do
      local got = given(values)
      assert.equal(2, got.code, values)
      assert.matches("error[R015]: --vars v.json: ", got.err, 1, true)
      assert.matches(told, got.err, 1, true)
    end
  end)

  it("leave the cells of a matrix different, or say so", function()
    support.write(dir .. "/m.clnrm.toml", '[matrix]\nwho = ["a", "b"]\nn = [1, 2]\nonly = [1]\n'
      .. support.HELLO .. "# {{ who }} {{ matrix.n }} {{ n }} {{ only }}\n")
    local got = sh("clnrm validate m.clnrm.toml -D who=x -D only=2")
    assert.equal(2, got.code)
    assert.matches("error[R013]: `who` of [matrix] has one value in all cells: that of -D", got.err,
      1, true)
    assert.is_nil(got.err:find("only", 1, true))
    got = sh("clnrm run m.clnrm.toml -D who=x")
    assert.equal(0, got.code)
    assert.matches("warning[R013]: `who` of [matrix]", got.out .. got.err, 1, true)
    assert.equal(0, sh("clnrm validate m.clnrm.toml -D n=3").code) -- matrix.n is the cell's
    support.write(dir .. "/m.clnrm.toml", '[matrix]\nn = [1, 2]\n' .. support.HELLO
      .. "# {{ matrix.n }}\n")
    assert.equal("warning: -D n: no tag of the files that were read uses this name: "
      .. "{{ matrix.n }} is always the cell's\n", sh("clnrm list m.clnrm.toml -D n=3").err)
  end)

  it("come from a pipe, once and as far as they may", function()
    local given = "clnrm run a.clnrm.toml --vars <(echo '%s') -D said=%s"
    assert.equal(0, sh(given:format("who = \"b\"", "x")).code)
    assert.equal(0, sh(given:format('{"who": "b"}', "x")).code)
    local got = sh(given:format("who = \"b\"", "y"))
    assert.equal(1, got.code)
    assert.matches("note %-%-vars /dev/fd/%d+ reads a pipe: give it the same values",
      (got.out:gsub("%s+", " ")))
    got = sh("head -c 4194305 /dev/zero | clnrm list a.clnrm.toml --vars /dev/stdin")
    assert.same({ 2, "error: --vars /dev/stdin is larger than 4 MiB\n" }, { got.code, got.err })
    got = sh("yes 2>/dev/null | clnrm list a.clnrm.toml --vars -")
    assert.same({ 2, "error: --vars standard input is larger than 4 MiB\n" }, { got.code, got.err })
  end)

  it("come from files of JSON and TOML, with their types", function()
    support.write(dir .. "/t.toml", "{% if n > 2 %}a = {{ list[1].b }}{% endif %}\n")
    support.write(dir .. "/v.json", '{"n": 3, "list": [0, {"b": 1.5}]}')
    support.write(dir .. "/v.toml", "n = 3\nlist = [0, { b = 1.5 }]\n")
    assert.equal("a = 1.5\n", sh("clnrm render t.toml --vars v.json").out)
    assert.equal("a = 1.5\n", sh("clnrm render t.toml --vars v.toml").out)
    assert.equal("a = 1.5\n", sh("clnrm render t.toml --vars - < v.json").out)
    assert.equal("a = 1.5\n", sh("clnrm render t.toml --vars - < v.toml").out)
    assert.equal("\n", sh("clnrm render t.toml --vars v.toml -D n=2").out)
  end)

  it("stand over [vars] of the project file, which is the one that --config names", function()
    support.write(dir .. "/clnrm.toml", "[vars]\nwho = 'near'\nsaid = 'near'\n")
    support.write(dir .. "/other.toml", "[vars]\nwho = 'other'\nsaid = 'x'\n")
    support.write(dir .. "/b.clnrm.toml", "# {{ who }}\n")
    local function shown(options)
      return sh("clnrm render b.clnrm.toml " .. options).out
    end
    assert.equal("# near\n", shown(""))
    assert.equal("# other\n", shown("--config other.toml"))
    assert.equal("# me\n", shown("--config other.toml -D who=me"))
    assert.equal(2, sh("clnrm render b.clnrm.toml --config none").code)
    for _, command in ipairs({ "list", "validate", "lint" }) do
      assert.equal(2, sh("clnrm " .. command .. " a.clnrm.toml --config none").code, command)
    end
    assert.matches("› a other\n", sh("clnrm run a.clnrm.toml --config other.toml").out)
  end)

  it("are refused with their place when they are wrong", function()
    local cases = {
      ["{\"a\": }"] = "1:7: unexpected", ["[1]"] = "a table of names",
      ["{\"a\": [null]}"] = "null is no",
      ["{\"vars\": 1}"] = "vars: `vars` holds", ["{\"a b\": 1}"] = "names have letters",
      ["1"] = "a table of names",
    }
    for text, message in pairs(cases) do
      support.write(dir .. "/v.json", text)
      local got = sh("clnrm validate --vars v.json")
      assert.equal(2, got.code, text)
      assert.matches("^error: %-%-vars v%.json:.*" .. message, got.err, 1, false, text)
    end
    support.write(dir .. "/v.toml", "a = 1\nb = \n")
    assert.matches("v%.toml:2:5", sh("clnrm list --vars v.toml").err)
    assert.matches("no such file", sh("clnrm run --vars no.toml").err:lower())
    for args, message in pairs({ ["-D a"] = "wants NAME=VALUE", ["-D =1"] = "wants NAME=VALUE",
      ["-D vars.a=1"] = "write %-D a=", ["-D matrix=1"] = "`matrix` holds" }) do
      local got = sh("clnrm run " .. args)
      assert.equal(2, got.code, args)
      assert.matches(message, got.err, 1, false, args)
    end
  end)
end)
