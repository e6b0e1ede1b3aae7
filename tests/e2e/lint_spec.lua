--- clnrm lint as a user drives it: what it tells, what it mends, how it ends.
local json = require("core.json")
local support = dofile("tests/e2e/support.lua")

local BAD = [==[
[meta]
name = "bad"
[services.cache]
image = "redis"
[[steps]]
name = "say "
command = ["echo hello"] # as ever
expect.stdout.contains = "hello"
]==]

local GOOD = [==[
[meta]
name = "good"
[[steps]]
name = "say"
command = "echo hello"
expect.stdout.contains = "hello"
]==]

describe("clnrm lint", function()
  local dir

  before_each(function()
    dir = support.tempdir()
  end)

  after_each(function()
    support.remove(dir)
  end)

  local function lint(...)
    return support.run({ "lint", ... }, { cwd = dir, env = { HOME = dir } })
  end

  local function write(name, text)
    support.write(dir .. "/" .. name, text)
  end

  it("is content with a good file, and says so", function()
    write("a.clnrm.toml", GOOD)
    local got = lint()
    assert.equal(0, got.code, got.out .. got.err)
    assert.equal("1 file: no problems\n", got.out)
    assert.equal("", lint("-q").out)
  end)

  it("tells what it found, where, and what can be mended", function()
    write("a.clnrm.toml", BAD)
    local got = lint()
    assert.equal(0, got.code)
    assert.matches("warning%[L004%]", got.out)
    assert.matches("a%.clnrm%.toml:7:11", got.out)
    assert.matches("%[fix available: %-%-fix%]", got.out)
    assert.matches("Found 3 problems %(3 warnings%) in 1 file; 1 fixable with %-%-fix, 1 more with "
      .. "%-%-unsafe%-fixes%.\n$", got.out)
  end)

  it("ends with 1 for errors, and for warnings that are denied", function()
    write("a.clnrm.toml", BAD)
    assert.equal(1, lint("--deny-warnings").code)
    assert.equal(0, lint("--deny-warnings", "--exit-zero").code)
    write("clnrm.toml", "lint.deny_warnings = true\n")
    assert.equal(1, lint().code)
  end)

  it("ends with 2 for a file that run refuses, and tells what run tells, once", function()
    write("a.clnrm.toml", GOOD .. "expected_exit_cod = 1\n")
    local got = lint("-f", "concise")
    assert.equal(2, got.code)
    assert.equal("a.clnrm.toml:7:1: error[P101] unknown key `expected_exit_cod` in [[steps]]\n",
      got.out)
    assert.equal(2, lint("--exit-zero").code)
  end)

  it("ends with 4 where there is no test", function()
    support.write(dir .. "/empty/x", "")
    assert.equal(4, lint("empty").code)
  end)

  it("applies safe fixes alone, unless it is told otherwise, and has nothing to do then", function()
    write("a.clnrm.toml", BAD)
    local got = lint("--fix")
    local once = support.read(dir .. "/a.clnrm.toml")
    assert.matches('command = "echo hello" # as ever', once, 1, true)
    assert.matches('name = "say "', once, 1, true)
    assert.matches("Fixed 1 problem%. Found 2 problems", got.out)
    lint("--fix")
    assert.equal(once, support.read(dir .. "/a.clnrm.toml"))
    lint("--fix", "--unsafe-fixes")
    assert.matches('name = "say"\n', support.read(dir .. "/a.clnrm.toml"), 1, true)
    assert.equal(2, lint("--unsafe-fixes").code)
  end)

  it("writes through no link that leads out of the project", function()
    local other = support.tempdir()
    support.write(other .. "/x.clnrm.toml", BAD)
    write("clnrm.toml", "")
    assert(require("core.fs").symlink(dir .. "/l.clnrm.toml", other .. "/x.clnrm.toml"))
    for _, command in ipairs({ { "lint", "--fix" }, { "migrate" } }) do
      local got = support.run(command, { cwd = dir, env = { HOME = dir } })
      assert.equal(2, got.code)
      assert.matches("E004", got.err)
      assert.matches("leads out of the project", got.err)
      assert.equal(BAD, support.read(other .. "/x.clnrm.toml"))
    end
    support.remove(other)
  end)

  it("fixes a file of two names once", function()
    write("a.clnrm.toml", BAD)
    assert(require("core.fs").symlink(dir .. "/l.clnrm.toml", "a.clnrm.toml"))
    local got = lint("--fix", "a.clnrm.toml", "l.clnrm.toml")
    assert.matches("Fixed 1 problem%.", got.out .. got.err)
    assert.equal(0, lint("--select", "L004", "--deny-warnings").code)
  end)

  it("says with --diff why a file is refused, and what has no fix", function()
    write("a.clnrm.toml", "a = = 1\n")
    local got = lint("--diff")
    assert.equal(2, got.code)
    assert.equal("", got.out)
    assert.matches("a%.clnrm%.toml:1:5", got.err)
    write("a.clnrm.toml", (BAD:gsub('%["echo hello"%]', '"echo hello"'):gsub("say ", "say")))
    got = lint("--diff")
    assert.equal(0, got.code)
    assert.equal("", got.out)
    assert.matches("1 finding without a fix", got.err)
    assert.equal("", lint("--diff", "-q").err)
    got = lint("--diff", "-f", "json")
    assert.equal(2, got.code)
    assert.matches("%-%-diff has one form", got.err)
  end)

  it("shows what it would mend as a diff that patch takes, and writes nothing", function()
    write("a.clnrm.toml", BAD)
    local got = lint("--diff", "--unsafe-fixes")
    assert.equal(1, got.code)
    assert.equal(BAD, support.read(dir .. "/a.clnrm.toml"))
    write("d", got.out)
    local patched = support.sh("patch -s a.clnrm.toml d && cat a.clnrm.toml", { cwd = dir })
    lint("--fix", "--unsafe-fixes")
    write("a.clnrm.toml", BAD)
    lint("--fix", "--unsafe-fixes")
    assert.equal(support.read(dir .. "/a.clnrm.toml"), patched.out)
    assert.equal(0, lint("--diff", "--select", "L9").code)
  end)

  it("shows a last line without an end as patch(1) reads it", function()
    support.write(dir .. "/t.clnrm.toml", (BAD:gsub("\n$", "")))
    local got = support.sh('clnrm lint --diff --unsafe-fixes >p; cp t.clnrm.toml u; patch -s u p '
      .. '&& clnrm lint --fix --unsafe-fixes >/dev/null; cmp u t.clnrm.toml', { cwd = dir })
    assert.same({ 0, "" }, { got.code, got.out }, got.err)
    assert.are_not.equal("", support.read(dir .. "/p"))
  end)

  it("reads standard input, and gives the mended text back", function()
    local got = support.sh("printf '%s' \"$TEXT\" | clnrm lint - --stdin-filename x/y.clnrm.toml"
      .. " -f concise", { cwd = dir, env = { TEXT = BAD } })
    assert.matches("^x/y%.clnrm%.toml:4:9: warning%[L031%]", got.out)
    got = support.sh("printf '%s' \"$TEXT\" | clnrm lint --fix -",
      { cwd = dir, env = { TEXT = BAD } })
    assert.equal((BAD:gsub('%["echo hello"%]', '"echo hello"')), got.out)
    assert.matches("L031", got.err)
  end)

  it("takes rules by code, beginning and name", function()
    write("a.clnrm.toml", BAD)
    local function codes(...)
      local list = {}
      for code in lint("-f", "concise", ...).out:gmatch("%[(%w+)%]") do
        list[#list + 1] = code
      end
      return table.concat(list, " ")
    end
    assert.equal("L031 L403 L004", codes())
    assert.equal("L004", codes("--select", "command-as-text"))
    assert.equal("L031 L004", codes("--select=L0"))
    assert.equal("L031", codes("--select", "L0", "--ignore", "L004"))
    write("a.clnrm.toml", (GOOD:gsub("expect[^\n]*", "")))
    assert.equal("L001", codes())
    assert.equal("L014", codes("--extend-select", "L014", "--ignore", "L001"))
    write("a.clnrm.toml", (GOOD:gsub("expect", "should_fail = false\nexpect", 1)))
    local got = lint("--select", "L00x")
    assert.equal(2, got.code)
    assert.matches("there is no rule 'L00x'", got.err)
    write("clnrm.toml", '[lint]\nselect = ["L402"]\n')
    assert.equal("L402", codes())
    assert.equal("", codes("--select", "L031"))
  end)

  it("gives rules their options, and refuses wrong ones", function()
    write("a.clnrm.toml", GOOD .. 'env = { API_KEY = "a1b2c3d4e5" }\n')
    assert.equal("", lint("-f", "concise").out)
    write("clnrm.toml", "[lint.options.L023]\nmin_length = 8\n")
    assert.matches("L023", lint("-f", "concise").out)
    write("clnrm.toml", "[lint.options.L023]\nmin_lenght = 8\n")
    local got = lint()
    assert.equal(2, got.code)
    assert.matches("has no option `min_lenght`", got.err)
    write("clnrm.toml", "[lint]\nslect = []\n")
    assert.matches("did you mean `select`", lint().err)
  end)

  it("tells at its place what settings say of rules that are not there", function()
    write("a.clnrm.toml", GOOD)
    for text, wanted in pairs({
      ['[lint]\nignore = [\n  "L031",\n  "L099",\n]\n'] =
        "E203%]: there is no rule 'L099'.*clnrm%.toml:4:3",
      ['lint.select = "L031,L008"\n'] =
        "E203%]: there is no rule 'L031,L008'.*clnrm%.toml:1:15.*several are a list of texts",
      ['[profile.p.lint]\nextend_select = ["padded-nam"]\n'] =
        "E203%]: there is no rule 'padded%-nam'.*clnrm%.toml:2:18.*did you mean padded%-name%?",
      ["[lint.options.L999]\nx = 1\n"] = "E201%]: there is no rule 'L999'.*clnrm%.toml:1:15",
      ["[lint.options]\nL023.min_lenght = 8\n"] = "E201%]: L023 secret%-in%-plain%-text has no "
        .. "option `min_lenght`.*clnrm%.toml:2:6.*did you mean `min_length`%?",
      ['lint.ignore = ["L023"]\n[lint.options.L023]\nmin_length = "x"\n'] =
        "E203%]: option `min_length` of L023 must be a whole number.*clnrm%.toml:3:14",
      ["[lint.options]\nL023.min_length = 8\nsecret-in-plain-text.min_length = 9\n"] =
        "E204%]: options of L023 are set by `L023` already.*clnrm%.toml:3:1",
    }) do
      write("clnrm.toml", text)
      local got = lint("--profile", text:find("profile", 1, true) and "p" or "default")
      assert.same({ 2, "" }, { got.code, got.out }, text)
      assert.matches(wanted, got.err)
    end
    write("clnrm.toml", '[lint]\nselect = ["L998"]\nignore = ["L999"]\noptions.L997 = {}\n')
    local got = lint()
    assert.matches("clnrm%.toml:2:11.*clnrm%.toml:3:11.*clnrm%.toml:4:9", got.err)
    got = lint("--ignore", "L996")
    assert.matches("^error: there is no rule 'L996'\n", got.err)
    assert.is_nil(got.err:find("rule 'L999'", 1, true))
    write("clnrm.toml", '[lint]\nselect = "L031"\noptions.l023.min_length = 8\n')
    assert.equal(0, lint().code)
  end)

  it("takes no project file for a test", function()
    write("clnrm.toml", "[vars]\na = 1\n")
    write("b/cleanroom.toml", "[vars]\na = 1\n")
    write("b/a.clnrm.toml", GOOD)
    write("a.clnrm.toml", GOOD)
    for _, line in ipairs({ "lint clnrm.toml", "lint b/cleanroom.toml b", "validate clnrm.toml",
      "run ./clnrm.toml", "list clnrm.toml", "dry-run clnrm.toml", "graph clnrm.toml",
      "migrate clnrm.toml", "render clnrm.toml", "lint - --stdin-filename b/clnrm.toml" }) do
      local got = support.sh("clnrm " .. line .. " < a.clnrm.toml", { cwd = dir })
      assert.equal(2, got.code, line)
      assert.matches("error%[E007%]: the project file, and no test\n", got.err, 1, false, line)
      assert.is_nil(got.err:find("P104", 1, true), line)
    end
    assert.equal(0, support.sh("clnrm fmt clnrm.toml", { cwd = dir }).code)
    assert.equal(0, support.sh("clnrm validate b", { cwd = dir }).code)
  end)

  it("shows no secret that it found", function()
    write("a.clnrm.toml", GOOD .. 'env = { API_KEY = "a1b2c3d4e5a1b2c3d4e5" }\n')
    for _, format in ipairs({ "human", "json", "sarif", "github", "concise" }) do
      local got = lint("-f", format)
      assert.matches("L023", got.out)
      assert.is_nil(got.out:find("a1b2c3d4", 1, true), format)
    end
  end)

  it("keeps what is suppressed to itself, and asks for the reason", function()
    write("a.clnrm.toml", (BAD:gsub("# as ever", "# clnrm: ignore[L004] as ever")))
    assert.is_nil(lint().out:find("L004", 1, true))
    write("a.clnrm.toml", "# clnrm: ignore-file[L031, padded-name] on purpose\n" .. BAD)
    local got = lint("-f", "json")
    local out = assert(json.decode(got.out))
    assert.equal(2, out.suppressed)
    assert.equal("L004", out.findings[1].code)
    write("a.clnrm.toml", (BAD:gsub("# as ever", "# clnrm: ignore[L004]")))
    assert.matches("L900", lint().out)
    write("a.clnrm.toml", GOOD .. "# clnrm: ignore-file[L004] gone\n")
    assert.matches("L901", lint().out)
    lint("--fix")
    assert.equal(GOOD, support.read(dir .. "/a.clnrm.toml"))
    write("a.clnrm.toml", GOOD .. "stdin = '# clnrm: ignore[L004]'\n")
    assert.equal(0, lint("--deny-warnings").code)
  end)

  it("counts by rule, lists its rules, and explains one", function()
    write("a.clnrm.toml", BAD)
    write("b.clnrm.toml", BAD)
    assert.equal("     2  L004  command-as-text  [2 fixable]\n     2  L031  unpinned-image\n"
      .. "     2  L403  padded-name  [2 fixable]\n", lint("--statistics").out)
    assert.matches("L031  unpinned%-image%s+warning%s+off", lint("--rules", "--ignore", "L03").out)
    assert.equal(lint("--rules").out, lint("--list").out)
    assert.matches("^L031: ", lint("--explain", "L031").out)
    assert.equal(lint("--explain", "L031").out, support.run({ "explain", "L031" }).out)
  end)

  it("refuses what goes for nothing", function()
    write("a.clnrm.toml", BAD)
    for line, why in pairs({
      ["--rules --fix"] = "--rules looks at no file, so --fix says nothing",
      ["--explain L004 --statistics"] = "--explain looks at no file, so --statistics says nothing",
      ["--test-rules --rules"] = "--test-rules looks at no file, so --rules says nothing",
      ["--list a.clnrm.toml"] = "--list looks at no file",
      ["--statistics --diff"] = "--statistics counts findings, and --diff shows none",
    }) do
      local words = {}
      for word in line:gmatch("%S+") do
        words[#words + 1] = word
      end
      local got = lint(table.unpack(words))
      assert.same({ 2, "" }, { got.code, got.out }, line)
      assert.equal("error: " .. why, got.err:match("^[^\n]*"))
    end
    assert.equal(BAD, support.read(dir .. "/a.clnrm.toml"))
  end)
end)
