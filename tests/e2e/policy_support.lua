--- Scenarios with policies for tests: each by itself in one file, with what became of it.
local json = require("core.json")
local support = dofile("tests/e2e/support.lua")

local M = {}

local PYTHON = [[
import ctypes, os, socket, sys
libc = ctypes.CDLL(None, use_errno=True)
def tries(name, fn):
    try:
        fn()
        print("did", name)
    except OSError as e:
        print("not", name, e.errno)
%s
print("PASS")
]]

--- Runs scenarios { name, policy, shell | python | command =, more = } of one file.
---@param scenarios table[]
---@param opts? { head?: string, files?: table<string, string>, prepare?: fun(dir: string) }
---@return table<string, table> found by name: verdict, codes, text, out, failures, isolation
---@return table result of the run
function M.run(scenarios, opts)
  opts = opts or {}
  local dir = support.tempdir()
  local parts = { '[meta]\nname = "x"\n', opts.head or "" }
  for i, s in ipairs(scenarios) do
    local command = s.command or ("'''\n%s'''"):format(s.shell or "")
    if s.python then
      support.write(("%s/%d.py"):format(dir, i), PYTHON:format(s.python))
      command = ('["python3", "-S", "/project/%d.py"]'):format(i)
    end
    local policy = s.policy and ("policy = { %s }\n"):format(s.policy) or ""
    parts[#parts + 1] = ('[[scenario]]\nname = "%s"\n%s%srun = %s\n'):format(s.name, policy,
      s.more or "", command)
  end
  support.write(dir .. "/x.clnrm.toml", table.concat(parts))
  for path, text in pairs(opts.files or {}) do
    support.write(dir .. "/" .. path, text)
    assert(os.execute(("chmod +x %s/%s"):format(dir, path)))
  end
  if opts.prepare then
    opts.prepare(dir)
  end
  local result = support.run({ "run", "-f", "json" }, { cwd = dir })
  support.remove(dir)
  local report, found = json.decode(result.out), {}
  assert(report, result.out .. result.err)
  for _, s in ipairs(report.results) do
    local codes, texts = {}, {}
    for i, failure in ipairs(s.failures or s.diagnostics or {}) do
      codes[i], texts[i] = failure.code, failure.message
    end
    local step = s.steps and s.steps[1] or {}
    found[s.name or "file"] = {
      verdict = s.verdict,
      codes = table.concat(codes, " "),
      text = table.concat(texts, "\n"),
      out = step.stdout and step.stdout.text or "",
      failures = s.failures,
      isolation = s.isolation,
    }
  end
  return found, result
end

--- Registers a spec for each attack, and for each control: the same without the policy.
---@param busted { it: function, assert: table } of the spec
---@param attacks table[] { name, policy, shell | python, code, says, no_pass?, no_control? }
---@param opts? table as for `run`
function M.specs(busted, attacks, opts)
  local it, assert = busted.it, busted.assert
  local found, result, free, controls = {}, nil, {}, {}
  for _, attack in ipairs(attacks) do
    if not attack.no_control then
      controls[#controls + 1] = { name = attack.name, shell = attack.shell, python = attack.python,
        more = attack.more }
    end
  end

  it("of each kind ends the run with 1", function()
    found, result = M.run(attacks, opts)
    assert.equal(1, result.code, result.out .. result.err)
    free = M.run(controls, opts)
  end)

  for _, attack in ipairs(attacks) do
    it(("by %s is stopped, and told"):format(attack.name), function()
      local got = assert(found[attack.name])
      local about = ("%s %s\n%s\n%s"):format(got.verdict, got.codes, got.text, got.out)
      assert.equal("policy", got.verdict, about)
      assert.equal(attack.code, got.codes, about)
      for _, pattern in ipairs(attack.says) do
        assert.matches(pattern, got.text)
      end
      if not attack.no_pass then
        assert.matches("PASS", got.out, 1, true)
      end
      for _, word in ipairs({ "ran", "did", "got", "wrote", "made" }) do
        assert.is_nil(("\n" .. got.out):find("\n" .. word), about)
      end
    end)

    if not attack.no_control then
      it(("by %s is none without the policy"):format(attack.name), function()
        local got = assert(free[attack.name])
        assert.is_nil(got.codes:find("H"), got.text)
      end)
    end
  end
end

return M
