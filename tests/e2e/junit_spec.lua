--- Reports of real runs: valid, whole, and never mixed with anything else.
local json = require("core.json")
local support = dofile("tests/e2e/support.lua")

local sh = support.sh

local HOSTILE = [==[
[meta]
name = "]]> <b> & \"quoted\" \u001B[2J \u202E"
[[steps]]
name = "prints anything ]]>"
command = '''printf '\033[2J\033]0;x\007 \377\376 \000 ]]> </system-out> <failure> &amp; %%s\n'; \
  head -c 3000 /dev/urandom; head -c 3000 /dev/urandom >&2; exit 1'''
]==]

describe("reports", function()
  local dir

  before_each(function()
    dir = support.tempdir()
    support.write(dir .. "/a.clnrm.toml", support.HELLO)
    support.write(dir .. "/b.clnrm.toml", HOSTILE)
    support.write(dir .. "/c <&\" .clnrm.toml", support.FAILING)
    support.write(dir .. "/d.clnrm.toml", "]]> & < = 1")
  end)

  after_each(function()
    support.remove(dir)
  end)

  it("are written besides, each whole, and equal in what they count", function()
    local got = sh("clnrm run --report junit=r.xml --report json=r.json --report events=r.ndjson",
      { cwd = dir })
    assert.equal(2, got.code)
    assert.matches("4 run: 1 passed, 2 failed, 1 in error", got.out)
    local document = assert(json.decode(support.read(dir .. "/r.json")))
    assert.same({ 1, 2, 1, 2 }, {
      document.counts.pass, document.counts.fail, document.counts.error, document.exit_code,
    })
    local last
    for line in support.read(dir .. "/r.ndjson"):gmatch("[^\n]+") do
      last = assert(json.decode(line))
    end
    assert.equal("run_end", last.event)
    local xml = support.read(dir .. "/r.xml")
    assert.matches('<testsuites name="clnrm" tests="4" failures="2" errors="1"', xml)
    assert.equal("", sh("ls -A | grep -v -e clnrm.toml -e ^r", { cwd = dir }).out)
  end)

  it("to standard output come alone", function()
    for _, format in ipairs({ "json", "events", "junit" }) do
      local got = sh("clnrm run -v -f " .. format, { cwd = dir })
      assert.equal(2, got.code)
      if format == "json" then
        assert.is_table(assert(json.decode(got.out)))
      elseif format == "junit" then
        assert.matches("^<%?xml.*</testsuites>\n$", got.out)
      else
        for line in got.out:gmatch("[^\n]+") do
          assert.is_table(assert(json.decode(line)))
        end
      end
    end
  end)

  it("of commands parse with standard error thrown away", function()
    for _, command in ipairs({
      "list --json", "validate --json", "doctor --json", "config --json", "modules --json",
      "version --json", "help --json", "explain --json", "explain T001 --json",
      "run --json nothing-there.toml || echo null", "run --json -k nothing a.clnrm.toml",
    }) do
      local got = sh("clnrm " .. command .. " 2>/dev/null", { cwd = dir })
      local value, err = json.decode(got.out)
      assert.is_nil(err, command)
      assert.is_truthy(value, command)
    end
  end)

  it("are valid by the schema of Jenkins, whatever tests print and are called", function()
    local xsd = (os.getenv("CLNRM_CORPORA") or "../shared/corpora")
      .. "/junit-xsd/jenkins/src/main/resources/org/jenkinsci/plugins/xunit/types"
      .. "/model/xsd/junit-10.xsd"
    if not support.read(xsd) then
      pending("no " .. xsd)
      return
    end
    local root = os.getenv("CLNRM_ROOT") or "."
    xsd = xsd:match("^/") and xsd or root .. "/" .. xsd
    for _ = 1, 5 do
      local got = sh("clnrm run -f junit >r.xml; xmllint --noout --nonet --schema "
        .. support.quote(xsd) .. " r.xml", { cwd = dir })
      assert.equal(0, got.code, got.err)
    end
  end)

  it("replace an old report only when they are whole", function()
    support.write(dir .. "/r.xml", "old")
    local got = sh("ulimit -f 1; trap '' XFSZ; clnrm run --no-record --report junit=r.xml "
      .. "a.clnrm.toml b.clnrm.toml >/dev/null", { cwd = dir })
    assert.equal(6, got.code, got.err)
    assert.matches("^error: report r%.xml: file too large\n$", got.err)
    assert.equal("old", support.read(dir .. "/r.xml"))
    assert.equal("", sh("ls -A | grep -v -e clnrm.toml -e '^r.xml$'", { cwd = dir }).out)
  end)

  it("that cannot be written are refused before anything runs", function()
    for file, why in pairs({ ["nowhere/r.xml"] = "no such file", ["."] = "is a directory" }) do
      local got = sh("clnrm run --report junit=" .. file, { cwd = dir })
      assert.equal(2, got.code)
      assert.equal("", got.out)
      assert.is_truthy(got.err:find(why, 1, true), got.err)
    end
  end)

  it("name the project", function()
    support.write(dir .. "/clnrm.toml", '[project]\nname = "shop <1>"\nversion = "2"\n')
    assert.matches('<testsuites name="shop &lt;1&gt;"', sh("clnrm run -f junit", { cwd = dir }).out)
    local document = json.decode(sh("clnrm run -f json", { cwd = dir }).out)
    assert.equal("2", document.project.version)
  end)
end)
