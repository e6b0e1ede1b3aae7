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
---@param opts? { head?: string, files?: table<string, string>, prepare?: fun(dir: string),
--- argv?: string[], env?: table<string, string> } argv: options of the run, such as its backend
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
  local argv = table.move(opts.argv or {}, 1, #(opts.argv or {}), 4, { "run", "-f", "json" })
  local result = support.run(argv, { cwd = dir, env = opts.env, deadline_s = 110 })
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

local TARGET = [[
local M = require("builtin.engine.policy.network")
function M.target()
  local file <close> = assert(io.open("%s"))
  return { host = "localhost", port = tonumber(file:read("a")) }
end
return M
]]

local GET = [[
import socket, urllib.request as u
print(u.urlopen("http://api.example:8080/answer").read().decode())
try: socket.create_connection(("api.example", 8081), 5)
except ConnectionRefusedError: print("refused")
]]

--- Runs a scenario that may reach one host at one port: a server of this machine's loopback.
---@param opts? { head?: string, argv?: string[], env?: table<string, string> }
---@return table got code, out, err; 0: the server was reached, and another port of it was not
function M.reach(opts)
  opts = opts or {}
  local dir = support.tempdir()
  local file = dir .. "/port"
  support.write(dir .. "/.clnrm/override/engine/policy/network.lua", TARGET:format(file))
  support.write(dir .. "/get.py", GET)
  support.write(dir .. "/www/answer", "from outside\n")
  support.write(dir .. "/x.clnrm.toml", '[meta]\nname = "x"\n' .. (opts.head or "") .. [==[
[[scenario]]
name = "s"
policy = { allowed_network_hosts = ["api.example:8080"] }
[[scenario.steps]]
name = "get"
command = ["python3", "/project/get.py"]
expect.stdout.equals = "from outside\n\nrefused\n"
]==])
  local got = support.sh(([=[
python3 - <<'END' &
import http.server, functools, os
handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory="www")
server = http.server.HTTPServer(("127.0.0.1", 0), handler)
open("%s.new", "w").write(str(server.server_port))
os.rename("%s.new", "%s")
for _ in range(2): server.handle_request()
END
while ! test -s "%s"; do sleep 0.01; done
clnrm run %s
code=$?
kill %%1
exit $code]=]):format(file, file, file, file, table.concat(opts.argv or {}, " ")),
    { cwd = dir, env = opts.env })
  support.remove(dir)
  return got
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
