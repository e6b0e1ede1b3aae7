--- [report] of test files: their own results, at the paths that they name.
local json = require("core.json")
local support = dofile("tests/e2e/support.lua")

local sh = support.sh

local function with_report(text, report)
  return text .. "[report]\n" .. report .. "\n"
end

describe("[report] of a file", function()
  local dir

  before_each(function()
    dir = support.tempdir()
    support.write(dir .. "/clnrm.toml", "")
    support.write(dir .. "/t/a.clnrm.toml", with_report(support.HELLO,
      'json = "a.json"\njunit = "../out/both.xml"'))
    support.write(dir .. "/b.clnrm.toml", with_report(support.FAILING, 'junit = "out/both.xml"'))
    support.write(dir .. "/c.clnrm.toml", support.HELLO)
    support.write(dir .. "/out/.keep", "")
  end)

  after_each(function()
    support.remove(dir)
  end)

  local function run(arguments, cwd)
    return sh("clnrm run " .. (arguments or ""), { cwd = cwd or dir })
  end

  it("writes the results of that file alone, beside it", function()
    assert.equal(1, run().code)
    local document = json.decode(support.read(dir .. "/t/a.json"))
    assert.equal(1, #document.results)
    assert.equal("t/a.clnrm.toml", document.results[1].file)
    assert.same({ 1, 0, 1, 1, 1 }, {
      document.counts.pass, document.counts.fail, document.run.total, document.run.files,
      document.exit_code,
    })
    assert.equal("hello", document.results[1].name)
    assert.equal("pass", document.results[1].steps[1].verdict)
  end)

  it("joins the results of files that name one path", function()
    run()
    local xml = support.read(dir .. "/out/both.xml")
    assert.matches('<testsuites name="clnrm" tests="2" failures="1" errors="0"', xml)
    assert.matches('classname="b.clnrm.toml".*classname="t/a.clnrm.toml"', xml)
    assert.is_nil(xml:find("c.clnrm.toml", 1, true))
    run() -- a report of before is replaced
    assert.equal(1, select(2, support.read(dir .. "/out/both.xml"):gsub("<testsuites ", "")))
  end)

  it("does not depend on where clnrm was started", function()
    assert.equal(0, run("a.clnrm.toml", dir .. "/t").code)
    assert.is_string(support.read(dir .. "/t/a.json"))
    assert.matches('tests="1"', support.read(dir .. "/out/both.xml"))
  end)

  it("is written for what runs only", function()
    run("c.clnrm.toml")
    run("-k nothing-of-this")
    sh("clnrm list; clnrm validate", { cwd = dir })
    assert.is_nil(support.read(dir .. "/t/a.json"))
    assert.is_nil(support.read(dir .. "/out/both.xml"))
  end)

  it("has the cells of a matrix in one report, or one for each", function()
    support.write(dir .. "/m.clnrm.toml", [==[
[meta]
name = "m"
[matrix]
n = [1, 2]
[[steps]]
name = "s"
command = "test {{ n }} = 1"
[report]
junit = "out/all.xml"
json = "out/{{ n }}.json"
]==])
    run("m.clnrm.toml")
    assert.matches('tests="2" failures="1"', support.read(dir .. "/out/all.xml"))
    for n, wanted in ipairs({ "pass", "fail" }) do
      local document = json.decode(support.read(("%s/out/%d.json"):format(dir, n)))
      assert.equal(wanted, document.results[1].verdict)
    end
  end)

  it("is refused before anything runs where it cannot be", function()
    support.write(dir .. "/other.txt", "keep me")
    assert(os.execute(("ln -s /tmp %s/away && ln -s other.txt %s/link"):format(dir, dir)))
    for report, why in pairs({
      ['junit = "nowhere/r.xml"'] = "E222.-no such file",
      ['junit = "other.txt"'] = "is there, and is no report of this kind: it is not overwritten",
      ['junit = "link"'] = "is there, and is no report of this kind",
      ['junit = "away/r.xml"'] = "leads out of the project, through a link: /tmp",
      ['junit = "r"\njson = "./r"'] = "a report of kind json goes to this file as well",
      ['junit = "x.xml"'] = "%-%-report junit goes to this file as well",
    }) do
      support.write(dir .. "/w.clnrm.toml", with_report(support.HELLO, report))
      local got = run("w.clnrm.toml --report junit=x.xml")
      assert.equal(2, got.code, report)
      assert.equal("", got.out, report)
      assert.matches(why, got.err)
      assert.matches("w%.clnrm%.toml:[89]:", got.err)
    end
    assert.equal("keep me", support.read(dir .. "/other.txt"))
  end)

  for what, swap in pairs({
    ["report"] = { "ln -s %s/canary /o/sub/r.xml", "/vol/sub/r.xml: too many symbolic links" },
    ["folder"] = { "rm -r /o/sub && ln -s %s /o/sub", "/vol/sub/: too many symbolic links" },
  }) do
    it("follows no link that a test has put in the place of the " .. what, function()
      local outside = support.tempdir()
      support.write(outside .. "/canary", "alive")
      support.write(dir .. "/vol/sub/x", "")
      support.write(dir .. "/swap.clnrm.toml", with_report(([==[
[meta]
name = "swap"
[services.evil]
command = ["sh", "-c", "%s; echo ready; exec sleep 60"]
volumes = ["./vol:/o"]
wait = { log = "ready" }
[[steps]]
name = "swapped"
command = "true"
]==]):format(swap[1]:format(outside)), 'junit = "vol/sub/r.xml"'))
      local got = run("swap.clnrm.toml")
      assert.equal("alive", support.read(outside .. "/canary"))
      assert.equal("canary\n", support.sh("ls " .. outside).out)
      assert.is_true(got.code ~= 0, got.out)
      assert.matches(swap[2], got.err .. got.out)
      support.remove(outside)
      support.remove(dir .. "/vol")
    end)
  end

  it("is an error of the file where it leads out of the project, or is not built", function()
    for report, why in pairs({
      ['junit = "/tmp/r.xml"'] = "P122.-`junit` leads out of the project: /tmp/r.xml",
      ['json = "../r.json"'] = "P122.-`json` leads out of the project",
      ['json = "out/"'] = "`json` is the name of a folder",
      ['html = "r.html"'] = "P120.-`html` in %[report%] is not enforced",
      ['digest = "r.txt"'] = "P120.-`digest` in %[report%] is not enforced",
    }) do
      support.write(dir .. "/w.clnrm.toml", with_report(support.HELLO, report))
      local got = run("w.clnrm.toml")
      assert.equal(2, got.code, report)
      assert.matches(why, got.out)
    end
  end)
end)
