--- What commands print: a gigabyte of it, and bytes that no screen and no XML can take.
local fake = dofile("tests/lua/run/fake.lua")
local json = require("core.json")
local proc = require("core.proc")
local sandbox = require("engine.backend.sandbox")
local support = dofile("tests/e2e/support.lua")

local RSS_MAX_KB = 64 << 10
local IS_PLAIN = os.getenv("CLNRM_VARIANT") == "release" or os.getenv("CLNRM_VARIANT") == "debug"
local GB = 1 << 30

--- Runs clnrm on a test file; returns its exit code, its report and its peak of memory.
local function run_file(text)
  local dir = support.tempdir()
  support.write(dir .. "/x.clnrm.toml", text)
  local process = assert(proc.spawn({
    argv = { support.clnrm, "run", "--format", "json", "-j", "1", dir .. "/x.clnrm.toml" },
    env = { "HOME=" .. dir .. "/home", "PATH=" .. os.getenv("PATH") },
  }))
  local result = assert(process:wait())
  local out, err = process:stdout(), process:stderr()
  process:close()
  support.remove(dir)
  return result.code, assert(json.decode(out), err), result.rusage.max_rss_kb
end

local function step_of(report)
  return report.results[1].steps[1]
end

describe("a gigabyte", function()
  local cases = {
    {
      "of stdout",
      "printf 'the head'; head -c 1073741808 /dev/zero; printf 'the tail'",
      { "stdout" },
      'expect.stdout.contains = ["the head", "the tail"]',
    },
    {
      "of stderr",
      "(printf 'the head'; head -c 1073741808 /dev/zero; printf 'the tail') >&2",
      { "stderr" },
      'expect.stderr.contains = ["the head", "the tail"]',
    },
    {
      "of both at once",
      "(printf 'the head'; head -c 1073741808 /dev/zero; printf 'the tail') >&2 & "
        .. "printf 'the head'; head -c 1073741808 /dev/zero; printf 'the tail'; wait",
      { "stdout", "stderr" },
      'expect.stdout.contains = ["the head", "the tail"]\n'
        .. 'expect.stderr.contains = ["the head", "the tail"]',
    },
  }
  for _, case in ipairs(cases) do
    it(case[1] .. " is counted exactly, its head and tail are kept, and memory is not", function()
      local code, report, rss_kb = run_file(
        ('[meta]\nname = "big"\n[[steps]]\nname = "prints"\ncommand = "%s"\ntimeout = "4m"\n%s\n')
          :format(case[2], case[4]))
      local step = step_of(report)
      assert.equal(0, code, json.encode(report))
      for _, name in ipairs(case[3]) do
        assert.equal(GB, step[name .. "_bytes"])
      end
      if IS_PLAIN then -- the address sanitizer keeps what is freed
        assert.is_true(rss_kb <= RSS_MAX_KB, rss_kb .. " kB")
      end
    end)
  end

  it("under a check that needs all of it is an error, and says how much was cut", function()
    local code, report = run_file([==[
[meta]
name = "big"
[[steps]]
name = "prints"
command = "head -c 1073741824 /dev/zero"
timeout = "4m"
expect.stdout.not_contains = "x"
]==])
    assert.equal(2, code)
    assert.equal("error", report.results[1].verdict)
    local failure = report.results[1].failures[1]
    assert.equal("T402", failure.code)
    assert.matches(tostring(GB - (16 << 20)), failure.message)
  end)
end)

--- Runs a shell text in a real room and judges it by one check of raw bytes.
local function verdict_of(command, matcher, expected)
  local plan = fake.plan({
    {
      name = "bytes",
      steps = { { shell = command, checks = { fake.check("stdout", matcher, expected) } } },
    },
  }, { room = { project = "none", env = {}, inherit_env = {} } })
  local verdict, text
  require("engine.run").execute(plan, { backend = sandbox, signals = false, jobs = 1 }, function(e)
    if e.event == "scenario_end" then
      verdict = e.verdict
    elseif e.event == "output" then
      text = e.text
    end
  end)
  return verdict, text
end

describe("bytes", function()
  local every = {}
  for i = 0, 255 do
    every[#every + 1] = string.char(i)
  end
  local cases = {
    ["every byte there is"] = { table.concat(every),
      "i=0; while [ $i -lt 256 ]; do printf \"\\\\$(printf %o $i)\"; i=$((i+1)); done" },
    ["NUL"] = { "a\0b\0", "printf 'a\\0b\\0'" },
    ["invalid UTF-8"] = { "\xc3(\xff\xfe\xed\xa0\x80\n",
      "printf '\\303(\\377\\376\\355\\240\\200\\n'" },
    ["a lone carriage return"] = { "50%\r100%\r", "printf '50%%\\r100%%\\r'" },
    ["terminal sequences"] = { "\27[2J\27]0;x\7\27[31m",
      "printf '\\033[2J\\033]0;x\\007\\033[31m'" },
    ["UTF-16"] = { "\xff\xfeh\0i\0", "printf '\\377\\376h\\0i\\0'" },
    ["no newline at the end"] = { "x", "printf x" },
    ["nothing"] = { "", "true" },
  }
  for name, case in pairs(cases) do
    it("come back exact: " .. name, function()
      local verdict, text = verdict_of(case[2], "equals", case[1])
      assert.equal("pass", verdict)
      assert.equal(case[1] ~= "" and case[1] or nil, text)
      assert.equal("fail", (verdict_of(case[2], "equals", case[1] .. "x")))
    end)
  end

  it("of ten million empty lines, and of one line of ten megabytes, are all there", function()
    local code, report = run_file([==[
[meta]
name = "lines"
[[steps]]
name = "empty lines"
command = "yes '' | head -n 10000000"
[[steps]]
name = "a long line"
command = "head -c 10000000 /dev/zero | tr '\\0' x"
expect.stdout.lines = 1
expect.stdout.not_contains = "y"
]==])
    assert.equal(0, code, json.encode(report))
    assert.equal(10000000, report.results[1].steps[1].stdout_bytes)
  end)
end)

describe("hostile output", function()
  local dir

  before_each(function()
    dir = support.tempdir()
    support.write(dir .. "/x.clnrm.toml", [==[
[meta]
name = "hostile \u001b[31m ]]> <&> \u202e"
[[steps]]
name = "prints \u0007 <b>"
command = '''
printf '\033[2J\033]52;c;eA==\007\001\000\377\303(]]>&<x>\033[31mPASS\n'
printf '::error::x\n' >&2
exit 1
'''
]==])
  end)

  after_each(function()
    support.remove(dir)
  end)

  it("is shown escaped", function()
    local got = support.run({ "run", "-vv", "--color", "never", "x.clnrm.toml" }, { cwd = dir })
    assert.equal(1, got.code)
    assert.is_nil(got.out:find("[%z\1-\8\11-\31\127]"))
    assert.matches("␛[2J", got.out, 1, true)
    assert.is_truthy(utf8.len(got.out))
    assert.is_nil(got.out:find("\u{202e}", 1, true))
  end)

  it("is shown escaped in ASCII too", function()
    local got = support.run({ "run", "-vv", "x.clnrm.toml" }, { cwd = dir, env = { LANG = "C" } })
    assert.equal(1, got.code)
    assert.is_nil(got.out:find("[^\n\32-\126]"))
  end)

  it("makes valid JSON, and events one by line", function()
    local got = support.run({ "run", "--format", "json", "x.clnrm.toml" }, { cwd = dir })
    assert.is_table(json.decode(got.out))
    got = support.run({ "run", "--format", "events", "x.clnrm.toml" }, { cwd = dir })
    local count = 0
    for line in got.out:gmatch("[^\n]+") do
      assert.is_table(json.decode(line), line)
      count = count + 1
    end
    assert.is_true(count >= 8)
  end)

  it("makes a valid JUnit report", function()
    local got = support.run({ "run", "--report", "junit=r.xml", "x.clnrm.toml" }, { cwd = dir })
    assert.equal(1, got.code)
    local check = support.sh("xmllint --noout --nonet r.xml", { cwd = dir })
    assert.equal(0, check.code, check.err)
    local xsd = (os.getenv("CLNRM_CORPORA") or "../shared/corpora") .. "/junit-xsd/jenkins/src/"
      .. "main/resources/org/jenkinsci/plugins/xunit/types/model/xsd/junit-10.xsd"
    if support.read(xsd) then
      check = support.sh("xmllint --noout --nonet --schema " .. support.quote(xsd) .. " r.xml",
        { cwd = dir })
      assert.equal(0, check.code, check.err)
    else
      pending("no corpora: the JUnit report is not checked by its schema")
    end
  end)
end)
