--- Examples of family H: hermeticity.  See engine.codes for the form.
local function scenario(policy, run)
  return ('[[scenario]]\nname = "s"\npolicy = { %s }\nrun = """\n%s"""\n'):format(policy, run)
end

local CONNECT = [[python3 -c 'import socket as s
try: s.create_connection(("%s", 9), 1)
except OSError as e: print(e)']]
local LOOK_UP = [[getent hosts %s; true]]
local HIGH = 'security_level = "high", max_memory_mb = 512'
local TRACE = [[python3 -c 'import ctypes; ctypes.CDLL(None).ptrace(0, 0, 0, 0)']]

---@type table<string, engine.codes.Example>
return {
  H001 = {
    bad = scenario('security_level = "medium"', "cp /usr/bin/true /tmp/x; /tmp/x; true"),
    good = scenario('security_level = "medium"', "/usr/bin/true"),
  },
  H002 = {
    bad = scenario('security_level = "medium"', CONNECT:format("10.0.0.1")),
    good = scenario('security_level = "medium"', CONNECT:format("127.0.0.1")),
  },
  H003 = {
    bad = scenario('allowed_network_hosts = ["example.org"]', LOOK_UP:format("example.com")),
    good = scenario('allowed_network_hosts = ["example.org"]', LOOK_UP:format("example.org")),
  },
  H004 = { bad = scenario(HIGH, TRACE), good = scenario(HIGH, "true") },
  H005 = {
    bad = scenario('disallowed_commands = ["od"]', "od /dev/null || true"),
    good = scenario('disallowed_commands = ["od"]', "cat /dev/null"),
  },
  H006 = {
    bad = scenario('max_execution_time = "200ms"', "sleep 30"),
    good = scenario('max_execution_time = "60s"', "true"),
  },
  H007 = { none = "a program that tries so many different things is no example" },
  H008 = { none = "it needs a machine with cgroups for clnrm, as in tests/e2e/policy_spec.lua" },
  H009 = { none = "it needs a machine where clnrm may make no cgroups" },
  H010 = { none = "it needs a machine with cgroups for clnrm, as in tests/e2e/limits_spec.lua" },
  H011 = { none = "it needs a machine with cgroups for clnrm, as in tests/e2e/limits_spec.lua" },
  H012 = {
    bad = scenario(HIGH, "touch /tmp/x || true"),
    good = scenario(HIGH, "ls /tmp"),
  },
  H013 = { none = "it needs a program of 32 bits, as tests/e2e/policy_unseen_spec.lua makes one" },
}
