--- Policies in containers: each line of the table is shown by an attack that is stopped and told,
--- in Docker and in Podman, and in Docker by its control: the same without the policy.
local docker = dofile("tests/e2e/docker_support.lua")
local policies = dofile("tests/e2e/policy_support.lua")
local engines = docker.engines

--- The image has busybox, whose shell runs its own applets in itself, and python3, which is none.
local ATTACKS = {
  {
    name = "a program by its name, and a copy of what covers it",
    policy = 'disallowed_commands = ["python3"]',
    shell = "python3 -c 1 && echo ran; cp /usr/bin/python3 /room/x; /room/x -c 1 && echo ran; "
      .. "echo PASS",
    code = "H005 H005", says = { "sh %(pid %d+.*`python3 %-c 1`", "run `/room/x %-c 1`" },
  },
  {
    name = "a name, and an address",
    policy = 'allowed_network_hosts = ["ok.example"]',
    python = 'tries("look", lambda: socket.getaddrinfo("evil.example", 80))\n'
      .. 'tries("connect", lambda: socket.create_connection(("10.0.0.1", 9), 1))\n'
      .. 'print(socket.gethostbyname("ok.example"))',
    code = "H003 H002", says = { "python3 %(pid %d+.*look up `evil.example`", "`10.0.0.1:9`" },
  },
  {
    name = "files in the root and in the room",
    policy = 'security_level = "high"',
    shell = "echo x >/etc/motd && echo wrote; echo x >/room/y && echo wrote; mkdir /d && echo made;"
      .. " grep CapBnd:.0000000000000000 /proc/self/status && echo PASS",
    code = "H012 H012 H012",
    says = { "write `/etc/motd`", "write `/room/y`", "write `/d`" },
  },
  {
    name = "memory",
    policy = "max_memory_mb = 40",
    shell = "python3 -c 'bytearray(90 << 20)' && echo ran; echo PASS",
    code = "H008", says = { "policy.max_memory_mb = 40" }, no_control = true,
  },
  {
    name = "time",
    policy = 'max_execution_time = "300ms"',
    shell = "sleep 30",
    code = "T006 H006", says = { "policy.max_execution_time" }, no_pass = true, no_control = true,
  },
}

local function without_controls()
  local list = {}
  for i, attack in ipairs(ATTACKS) do
    list[i] = setmetatable({ no_control = true }, { __index = attack })
  end
  return list
end

local CAPS = "grep -q 'CapBnd:.%s' /proc/self/status"

--- Registers the specs of one engine.
---@param busted { it: function, assert: table, setup: function, pending: function } of the spec
---@param find fun(): tests.Engine?, string?
---@param has_controls? boolean
local function specs_of(busted, find, has_controls)
  local it, assert, pending = busted.it, busted.assert, busted.pending
  local engine, why, image
  local opts = { head = '[room]\nimage = "$image"\n[limits]\nmemory_mb = 512\n' }

  busted.setup(function()
    engine, why = find()
    if engine then
      image, why = engines.image("python", { engine = engine })
    end
    if image then
      opts.head = opts.head:gsub("%$image", image)
      opts.argv = { "--backend", engine.kind }
      opts.env = { [engine.kind == "docker" and "DOCKER_HOST" or "CONTAINER_HOST"] = engine.host }
    end
  end)

  local function case(what, fn)
    it(what, function()
      if not image then
        pending(why)
        return
      end
      fn()
    end)
  end

  local function with(fields)
    return setmetatable(fields, { __index = opts })
  end

  policies.specs({ it = case, assert = assert }, has_controls and ATTACKS or without_controls(),
    opts)

  case("has the capabilities, mounts and limits of its level, which the kernel tells", function()
    local got, result = policies.run({
      { name = "low", policy = 'security_level = "low"', shell = CAPS:format("00000000800005fb") },
      { name = "medium", policy = 'security_level = "medium", max_cpu_usage = 0.25',
        shell = CAPS:format("00000000000000cb") .. "; echo x >/etc/x; chown 7:7 /etc/x" },
      { name = "high", policy = 'security_level = "high"',
        shell = CAPS:format("0000000000000000") .. " && ls / >/dev/null" },
    }, opts)
    for name, one in pairs(got) do
      assert.equal("pass", one.verdict, name .. one.text)
    end
    assert.equal(0, result.code)
    assert.matches("capabilities: chown dac_override fowner setgid setuid,",
      got.medium.isolation.user)
    assert.matches("cpu 250/1000", got.medium.isolation.limits, 1, true)
    assert.matches("no capabilities, no new privileges", got.high.isolation.user, 1, true)
    assert.matches("read-only", got.high.isolation.fs, 1, true)
  end)

  case("covers services, whose first processes tell of what they tried", function()
    local web = ('[services.web]\nimage = "%s"\ncommand = "python3 -c 1; echo up; exec sleep 60"\n'
      .. 'wait = { log = "up" }\nstop_timeout = "1ms"\ndepends_on = ["once"]\n'):format(image)
    local task = ('[services.once]\nimage = "%s"\nkind = "task"\ncommand = "python3 -c 2; true"\n')
      :format(image)
    local policy = 'disallowed_commands = ["python3"]'
    local function run(env)
      return policies.run({ { name = "s", policy = policy, shell = "true",
        more = 'service = "web"\n' } }, with({ head = web .. task, env = env }))
    end
    local env = setmetatable({ CLNRM_DOCKER_RUNG = "stdio" }, { __index = opts.env })
    for key, value in pairs(opts.env) do
      env[key] = value
    end
    for _, got in ipairs({ run(opts.env), has_controls and run(env) or nil }) do
      assert.equal("policy", got.s.verdict, got.s.text)
      assert.matches('service "web": [^\n]*tried to run `python3 %-c 1`', got.s.text)
      assert.matches('service "once": [^\n]*tried to run `python3 %-c 2`', got.s.text)
    end
    local got = policies.run({ { name = "gone", policy = policy,
      shell = "rm /run/clnrm/link/t" } }, opts)
    assert.equal("policy", got.gone.verdict, got.gone.text)
    assert.matches("take away `/run/clnrm/link/t`", got.gone.text, 1, true)
  end)

  case("of a service's own process is told, names with who asks", function()
    local got = policies.run({ { name = "s", more = 'service = "web"\n', shell = "true",
      policy = 'allowed_network_hosts = ["ok.example"]' } }, with({ head = ([==[
[services.web]
image = "%s"
wait = { log = "up" }
stop_timeout = "1ms"
command = ["python3", "-c", '''
import socket, time
while True: # until the agent is there
    try: socket.create_connection(("ok.example", 80), 1)
    except OSError as e:
        time.sleep(0.05)
        continue
    break
for fn in (lambda: socket.create_connection(("10.0.0.1", 9), 1),
           lambda: socket.getaddrinfo("evil.example", 80)):
    try: fn()
    except OSError as e: print(e)
print("up", flush=True)
time.sleep(60)''']
]==]):format(image) }))
    assert.equal("policy", got.s.verdict, got.s.text)
    assert.matches('service "web": python3 %(pid 1[^\n]*look up `evil.example`', got.s.text)
    assert.matches('service "web": something was sent to addresses outside', got.s.text)
  end)

  case("of forks in a service is told by its limit", function()
    local got = policies.run({ { name = "s", more = 'service = "web"\n', python = [[
def forks():
    for i in range(30):
        if os.fork() == 0:
            import time; time.sleep(3); os._exit(0)
tries("fork", forks)]] } }, with({ head = ('[services.web]\nimage = "%s"\n'
      .. 'command = ["sleep", "60"]\nlimits = { pids = 12 }\nstop_timeout = "1ms"\n')
      :format(image) }))
    assert.matches("H011", got.s.codes, 1, true)
    assert.matches("refused in service 'web' %(services.web.limits.pids = 12%)", got.s.text)
  end)

  case("refuses a volume that could be written to", function()
    local got, result = policies.run({
      { name = "s", policy = 'security_level = "medium"', shell = "true" },
    }, with({ head = opts.head .. ('[services.web]\nimage = "%s"\ncommand = "sleep 60"\n'
      .. 'volumes = ["data:/data"]\n'):format(image), prepare = function(dir)
        assert(os.execute("mkdir " .. dir .. "/data"))
      end }))
    assert.equal(2, result.code)
    assert.equal("H009", got.s.codes)
    assert.matches("volume of service 'web' at /data", got.s.text, 1, true)
  end)

  case("leads to allowed hosts and ports, and to no others", function()
    local got = policies.reach(with({ head = ('[room]\nimage = "%s"\n'):format(image) }))
    assert.equal(0, got.code, got.out .. got.err)
  end)
end

return specs_of
