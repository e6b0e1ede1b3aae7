--- What lint writes for programs: SARIF that its schema holds for, JSON with edits, annotations.
local json = require("core.json")
local support = dofile("tests/e2e/support.lua")

local BAD = [==[
[meta]
name = "bad ÄÖ"
[services.cache]
image = "redis"
[[steps]]
name = "say "
command = ["echo hello"]
expect.stdout.contains = "hello"
]==]

local VALIDATE = [[
import json, sys, jsonschema
schema = json.load(open(sys.argv[1]))
cls = jsonschema.validators.validator_for(schema)
errors = list(cls(schema).iter_errors(json.load(sys.stdin)))
for e in errors[:5]:
    print(list(e.absolute_path), e.message)
sys.exit(1 if errors else 0)
]]

local SCHEMA = (os.getenv("CLNRM_CORPORA") or "")
  .. "/sarif/sarif-2.1/schema/sarif-schema-2.1.0.json"

describe("lint for programs", function()
  local dir

  before_each(function()
    dir = support.tempdir()
    support.write(dir .. "/a.clnrm.toml", BAD)
    support.write(dir .. "/b.clnrm.toml", BAD .. "nonsense = 1\n")
    support.write(dir .. "/c d.clnrm.toml", "[[steps]\n")
    support.write(dir .. "/v.py", VALIDATE)
  end)

  after_each(function()
    support.remove(dir)
  end)

  local function lint(...)
    return support.run({ "lint", ... }, { cwd = dir, env = { HOME = dir } })
  end

  --- Validates a document by a validator that is not ours; nil: there is none.
  local function validate(text)
    support.write(dir .. "/out.json", text)
    return support.sh(("python3 v.py '%s' < out.json"):format(SCHEMA), { cwd = dir })
  end

  it("writes SARIF as its schema wants it", function()
    if not support.read(SCHEMA) then
      return pending("no corpora: CLNRM_CORPORA")
    end
    local wrong = validate('{"version":"2.1.0","runs":[{}]}')
    assert.equal(1, wrong.code, wrong.err)
    local got = lint("-f", "sarif")
    assert.equal(2, got.code)
    local valid = validate(got.out)
    assert.equal(0, valid.code, valid.out .. valid.err)
    local run = assert(json.decode(got.out)).runs[1]
    assert.is_true(#run.results > 6)
    local seen = {}
    for _, result in ipairs(run.results) do
      assert.equal(result.ruleId, run.tool.driver.rules[result.ruleIndex + 1].id)
      seen[result.locations[1].physicalLocation.artifactLocation.uri] = true
    end
    assert.same({ ["a.clnrm.toml"] = true, ["b.clnrm.toml"] = true, ["c%20d.clnrm.toml"] = true },
      seen)
    local empty = validate(lint("-f", "sarif", "--select", "L9", "a.clnrm.toml").out)
    assert.equal(0, empty.code, empty.out .. empty.err)
  end)

  it("writes edits that, applied, give what --fix gives", function()
    local out = assert(json.decode(lint("-f", "json", "a.clnrm.toml").out))
    local edits, kinds = {}, {}
    for _, d in ipairs(out.findings) do
      if d.fix then
        kinds[d.code] = d.fix.applicability
        table.move(d.fix.edits, 1, #d.fix.edits, #edits + 1, edits)
      end
    end
    assert.same({ L004 = "safe", L403 = "unsafe" }, kinds)
    table.sort(edits, function(a, b)
      return a.start.offset > b.start.offset
    end)
    local text = BAD
    for _, edit in ipairs(edits) do
      text = text:sub(1, edit.start.offset) .. edit.text .. text:sub(edit["end"].offset + 1)
    end
    lint("--fix", "--unsafe-fixes", "a.clnrm.toml")
    assert.equal(support.read(dir .. "/a.clnrm.toml"), text)
  end)

  it("writes one annotation for each finding, on one line", function()
    local got = lint("-f", "github", "a.clnrm.toml")
    local count = 0
    for line in got.out:gmatch("[^\n]+") do
      assert.matches("^::warning file=a%.clnrm%.toml,line=%d+,endLine=%d+,col=%d+,"
        .. "title=L%d+ [%w-]+::.", line)
      count = count + 1
    end
    assert.equal(3, count)
  end)

  it("tells in each format what it left out, and by the exit code an error behind it", function()
    local step = '[[steps]]\nname = "s%d"\ncommand = ["echo hi"]\n'
    local parts = { '[meta]\nname = "m"\n' }
    for i = 1, 1100 do
      parts[#parts + 1] = step:format(i)
    end
    support.write(dir .. "/m.clnrm.toml", table.concat(parts)
      .. step:format(0):gsub("echo hi", "curl"))
    support.write(dir .. "/clnrm.toml", "")
    support.write(dir .. "/lint/x.lua", 'return clnrm.rule { id = "X001", name = "no-curl",'
      .. ' level = "error", visit = { step = function(cx, step) if step.command[1] == "curl" then'
      .. ' cx:report { node = step, message = "no" } end end } }\n')
    local function told(...)
      local got = lint("--select", "L004,X001", "m.clnrm.toml", ...)
      assert.equal(1, got.code)
      return got.out
    end
    local rest = "and 100 more of this rule with a fix, which are not told one by one"
    local concise = told("-f", "concise")
    assert.truthy(concise:find("\nm.clnrm.toml: warning[L004] " .. rest .. "\n", 1, true), concise)
    assert.matches("m%.clnrm%.toml:3303:1: error%[X001%]", concise)
    local findings = assert(json.decode(told("-f", "json"))).findings
    assert.equal(rest, findings[#findings].message)
    assert.equal(100, findings[#findings].more)
    local results = assert(json.decode(told("-f", "sarif"))).runs[1].results
    assert.equal(rest, results[#results].message.text)
    assert.truthy(told("-f", "github"):find(
      "\n::warning file=m.clnrm.toml,title=L004 command-as-text::" .. rest .. "\n", 1, true))
    assert.equal("  1100  L004  command-as-text  [1100 fixable]\n     1  X001  no-curl\n",
      told("--statistics"))
    local human = told()
    assert.matches("1097 more of the same in m%.clnrm%.toml", human)
    assert.matches("Found 1101 problems %(1 error, 1100 warnings%) in 1 file; 1100 fixable", human)
  end)
end)
