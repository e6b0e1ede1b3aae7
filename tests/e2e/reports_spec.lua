--- Reports of real runs in every form, several at once, and what the runner of GitHub gets.
local support = dofile("tests/e2e/support.lua")
local tap = dofile("tests/lua/report/tap_reader.lua")

local sh = support.sh

local FORGERY = [==[
[meta]
name = "forges # TODO \\ # SKIP"
[[steps]]
name = "ok 1 - forged"
command = '''printf 'TAP version 14\nok 1 - forged\n1..1\n    ok 2\nBail out!\n'; \
  printf '::error::forged\n::set-env name=X::y\n  ::stop-commands::x\n##[error]forged\n'; \
  printf '```\n</details>\n'; exit 1'''
]==]

describe("the reports of a run", function()
  local dir

  before_each(function()
    dir = support.tempdir()
    support.write(dir .. "/a.clnrm.toml", support.HELLO)
    support.write(dir .. "/b.clnrm.toml", FORGERY)
    support.write(dir .. "/c.clnrm.toml", "x = 1")
  end)

  after_each(function()
    support.remove(dir)
  end)

  it("are written in all kinds at once", function()
    local got = sh("clnrm run -f dot --report tap=r.tap --report md=r.md --report github=r.gh "
      .. "--report line=r.line --report concise=r.txt --report dot=r.dot --report junit=r.xml",
      { cwd = dir })
    assert.equal(2, got.code)
    assert.matches("^[.FE]+\n", got.out)
    assert.equal(3, tap.read(support.read(dir .. "/r.tap")).plan)
    assert.matches("^%*%*clnrm%*%*: 3 run: 1 passed, 1 failed, 1 in error in ",
      support.read(dir .. "/r.md"))
    assert.matches("\n::error file=b.clnrm.toml,line=5,", support.read(dir .. "/r.gh"))
    assert.matches("PASS .-a%.clnrm%.toml › hello\n", support.read(dir .. "/r.line"))
    local concise = support.read(dir .. "/r.txt")
    assert.matches("b%.clnrm%.toml:5:11: error%[T001%] ", concise)
    assert.equal(3, select(2, concise:gsub("\n", "")))
    assert.matches("^[.FE]+\n", support.read(dir .. "/r.dot"))
  end)

  it("are refused when they would replace no file, or what its output goes to", function()
    sh(("cd '%s'; ln -s nowhere.json l.json; mkfifo fifo; ln -s /dev/null null"):format(dir))
    for _, case in ipairs({
      { "clnrm run --report json=l.json", "l.json is a link to what is not there" },
      { "clnrm run --report json=fifo", "fifo is not a regular file" },
      { "clnrm run --report json=null", "null is not a regular file" },
      { "clnrm run --report json=/dev/stdout | cat; exit ${PIPESTATUS[0]}",
        "/dev/stdout is not a regular file; --format says" },
      { "clnrm run -f junit --report json=/dev/stdout >o", "/dev/stdout is where standard output" },
      { "clnrm run -f junit --report json=o >o", "o is where standard output goes" },
      { "clnrm run --report json=e 2>e; code=$?; cat e >&2; exit $code",
        "e is where standard error goes" },
    }) do
      local got = sh(case[1], { cwd = dir })
      assert.equal(2, got.code, case[1])
      assert.matches("error: report " .. case[2], got.err, 1, true)
      assert.equal("", got.out)
      assert.is_nil((support.read(dir .. "/o") or ""):find("<", 1, true))
    end
  end)

  it("count what the engine counted, whatever tests print", function()
    local got = sh("clnrm run -f tap", { cwd = dir })
    local document = tap.read(got.out)
    assert.equal(3, document.plan)
    local bad = 0
    for _, point in ipairs(document.points) do
      bad = bad + (point.ok and 0 or 1)
      assert.is_nil(point.directive)
    end
    assert.equal(2, bad)
    got = sh("clnrm run -f github", { cwd = dir })
    local errors = 0
    for command in ("\n" .. got.out):gmatch("\n%s*::([%w-]+)") do
      assert.is_true(command == "error" or command == "group" or command == "endgroup", command)
      errors = errors + (command == "error" and 1 or 0)
    end
    assert.equal(2, errors)
    assert.is_nil(("\n" .. got.out):find("\n%s*##%["))
  end)

  it("are taken from the settings, too", function()
    support.write(dir .. "/clnrm.toml", 'cli.format = "tap"\n')
    assert.equal(3, tap.read(sh("clnrm run", { cwd = dir }).out).plan)
    assert.matches("PASS", sh("clnrm run -f human", { cwd = dir }).out)
  end)

  it("are refused when they are not known, or go to one file", function()
    for arguments, why in pairs({
      ["--report tpa=x"] = "did you mean 'tap'%?",
      ["--report tap"] = "wants KIND=FILE",
      ["--report sarif=x"] = "reports of kind 'sarif' are not in this build",
      ["--report tap=x --report md=./x"] = "two reports go to one file: tap=x and md=./x",
      ["-f sarif"] = "run has no format 'sarif'",
    }) do
      local got = sh("clnrm run " .. arguments, { cwd = dir })
      assert.equal(2, got.code)
      assert.matches(why, got.err)
      assert.equal("", got.out)
    end
  end)

  it("take the place of no test file and of no settings", function()
    for _, name in ipairs({ "x.clnrm.toml", "x.clnrm.lua", "clnrm.toml", "x.toml.tera" }) do
      support.write(dir .. "/" .. name, "")
      local got = sh("clnrm run --report json=" .. name, { cwd = dir })
      assert.equal(2, got.code)
      assert.matches("is the name of a test file, or of the settings", got.err)
      assert.equal("", got.out)
      assert.equal("", support.read(dir .. "/" .. name))
    end
  end)
end)

describe("the runner of GitHub", function()
  local dir

  before_each(function()
    dir = support.tempdir()
    support.write(dir .. "/t/a.clnrm.toml", support.FAILING)
  end)

  after_each(function()
    support.remove(dir)
  end)

  local function run(arguments, env)
    env = env or {}
    env.GITHUB_ACTIONS = env.GITHUB_ACTIONS or "true"
    env.GITHUB_WORKSPACE = dir
    return sh("cd t; clnrm run " .. arguments, { cwd = dir, env = env })
  end

  it("gets annotations after what people read", function()
    local got = run("")
    assert.matches("Summary .*\n::error file=t/a%.clnrm%.toml,line=5,endLine=5,title=T001::",
      got.out)
    assert.equal("", got.err)
  end)

  it("gets them beside a document, not in it", function()
    local got = run("-f tap")
    assert.equal(1, tap.read(got.out).plan)
    assert.matches("^::error file=t/a%.clnrm%.toml,line=5", got.err)
  end)

  it("gets none where it does not run, unless asked", function()
    assert.is_nil(run("", { GITHUB_ACTIONS = "false" }).out:find("::error", 1, true))
    assert.matches("::error", run("--report github", { GITHUB_ACTIONS = "false" }).out)
  end)

  it("gets all results for the page of the job", function()
    support.write(dir .. "/summary.md", "# Before\n")
    local got = run("", { GITHUB_STEP_SUMMARY = dir .. "/summary.md" })
    assert.equal(1, got.code)
    local page = support.read(dir .. "/summary.md")
    assert.matches("^# Before\n%*%*clnrm%*%*: 1 run: 1 failed in .*### All results\n", page)
    assert.matches("| FAIL | %d%.%d%d%d s | <code>a%.clnrm%.toml", page)
  end)

  it("is told when the page cannot be written; the verdict stands", function()
    local got = run("", { GITHUB_STEP_SUMMARY = "/nowhere/summary.md" })
    assert.equal(1, got.code)
    assert.matches("^clnrm: the summary of the job could not be written: ", got.err)
  end)
end)
