-- mixed.lua -- writes a project of scenarios of mixed kind, for the stress program.
--
-- usage: clnrm lua tools/mixed.lua DIR [COUNT]
--
-- Each scenario's name begins with the verdict that it must have.  A file holds scenarios of one
-- kind, as many as it takes to come to COUNT in all.
local dir, count = arg[1], tonumber(arg[2] or 200)

local SERVICE = '[services.cache]\nplugin = "redis"\n'
local HTTP = '[services.web]\nplugin = "http"\n'

--- Makes a step of TOML.
local function step(name, command, rest)
  return ('[[scenario.steps]]\nname = "%s"\ncommand = %s\n%s\n'):format(name, command, rest or "")
end

--- A kind of scenario: `meta` stands in its file's [meta], `head` behind that, `body` is what
--- follows a scenario's name; `cells` is how many it makes of each.
local kinds = {
  { "pass", "true", body = step("true", '["true"]') },
  {
    "pass",
    "five steps",
    body = step("write", '"seq 100 > n.txt"') .. step("count", '["wc", "-l", "n.txt"]',
      'expect.stdout.starts_with = "100"') .. step("sum", '"paste -sd+ n.txt | bc || echo 5050"',
      'expect.stdout.contains = "5050"') .. step("look", '["test", "-s", "n.txt"]',
      'expect.file."n.txt".exists = true') .. step("gone", '["rm", "n.txt"]',
      'expect.file."n.txt".exists = false'),
  },
  {
    "pass",
    "json",
    body = step("json", "['echo', '{\"a\": [1, 2, {\"b\": null}]}']",
      'expect.stdout.json = { "$.a[1]" = 2 }'),
  },
  {
    "pass",
    "a megabyte",
    body = step("print", '"yes 0123456789abcde | head -n 65536"', "expect.stdout.lines = 65536"),
  },
  {
    "pass",
    "should fail",
    body = step("grep", '["grep", "-q", "needle", "/etc/passwd"]', "should_fail = true"),
  },
  {
    "pass",
    "expected failure",
    head = "",
    body = "expect_failure = true\n"
      .. step("hi", '["echo", "hi"]', 'expect.stdout.contains = "ho"'),
  },
  { "pass", "redis", head = SERVICE,
    body = step("set", '["redis-cli", "-h", "cache", "set", "k", "v"]',
      'expect.stdout.equals = "OK\\n"')
      .. step("get", '["redis-cli", "-h", "cache", "get", "k"]', 'expect.stdout.equals = "v\\n"') },
  { "pass", "http", head = HTTP,
    body = step("get", '["curl", "-sf", "http://web:8000/"]', 'expect.stdout.contains = "<"') },
  {
    "pass",
    "leaves a process behind leak",
    body = step("leave", '"setsid sleep 60 >/dev/null 2>&1 &"'),
  },
  {
    "pass",
    "graph with a capture",
    body = "concurrent = true\n" .. step("a", '"sleep 0.05; echo 41"', 'capture = { n = "stdout" }')
      .. step("b", '["sleep", "0.05"]')
      .. step("c", '["echo", "got ${n}"]', 'depends_on = ["a", "b"]\n'
        .. 'expect.stdout.equals = "got 41\\n"'),
  },
  {
    "flaky",
    "the second attempt",
    body = step("try", '"test -e x || { touch x; exit 1; }"', "retry = 2"),
  },
  {
    "fail",
    "each attempt",
    body = step("try", '"exit 1"', "retry = 2"),
  },
  {
    "pass",
    "within limits",
    head = "[limits]\nmemory_mb = 256\npids = 64\n",
    body = step("fill", '"head -c 10000000 /dev/zero > f; wc -c < f"',
      'expect.stdout.equals = "10000000\\n"'),
  },
  {
    "fail",
    "out of memory",
    head = "[limits]\nmemory_mb = 32\n",
    body = step("fill", '["dd", "if=/dev/zero", "of=f", "bs=1M", "count=200"]'),
  },
  {
    "policy",
    "a disallowed command",
    body = 'policy = { disallowed_commands = ["curl"] }\n'
      .. step("try", '"curl http://x/ 2>/dev/null || true; echo PASS"',
        'expect.stdout.contains = "PASS"'),
  },
  {
    "policy",
    "a program of its own",
    body = 'policy = { security_level = "medium" }\n'
      .. step("try", '"cp /bin/true /tmp/t; /tmp/t || true"'),
  },
  { "pass", "cells", head = '[matrix]\na = ["w", "x"]\n', cells = 2,
    body = step("cell", '["echo", "{{ matrix.a }}"]', 'expect.stdout.matches = "^[wx]\\n$"') },
  {
    "skip",
    "what is not here",
    meta = 'requires = ["docker"]\n',
    body = step("never", '["false"]'),
  },
  {
    "pass",
    "one at a time",
    meta = 'locks = ["one"]\n',
    body = step("true", '["true"]'),
  },
  {
    "pass",
    "hooks around it",
    head = '[hooks]\nbefore_each = "echo 1 > begun"\nafter_each = "rm begun"\n',
    body = step("look", '["cat", "begun"]', 'expect.stdout.equals = "1\\n"'),
  },
  { "fail", "exit code", body = step("exit", '"exit 3"') },
  { "fail", "output", body = step("hi", '["echo", "hi"]', 'expect.stdout.equals = "ho\\n"') },
  { "fail", "no such program", body = step("none", '["no-such-program"]') },
  { "timeout", "sleeps", body = step("sleep", '["sleep", "60"]', 'timeout = "500ms"') },
  {
    "timeout",
    "scenario sleeps",
    body = 'timeout = "600ms"\n' .. step("one", '["true"]') .. step("sleep", '["sleep", "60"]'),
  },
  {
    "error",
    "cannot see",
    body = step("dir", '["mkdir", "out"]', 'expect.file.out.contains = "x"'),
  },
  {
    "fail",
    "a service that dies",
    head = '[services.bad]\ncommand = ["false"]\nwait = { port = 9 }\n',
    body = step("hi", '["true"]'),
  },
}

local LUA = {
  { "pass", "lua", 'clnrm.expect(t.room:exec("echo hi").stdout):equals("hi\\n")' },
  { "pass", "lua computes", "local n = 0 for i = 1, 1e5 do n = n + i end assert(n == 5000050000)" },
  { "fail", "lua assert", 'assert(#t.room:exec("echo hi").stdout == 2)' },
  { "fail", "lua checks nothing", 't.room:exec("true")' },
  { "skip", "lua", 't:skip("not today")' },
  { "error", "lua raises", "local list = nil clnrm.expect(1):equals(1) return #list" },
}

local function write(name, text)
  local file = assert(io.open(dir .. "/" .. name, "w"))
  file:write(text)
  assert(file:close())
end

local function toml_file(kind, each)
  local out = {
    ('[meta]\nname = "%s %s"\n%s%s'):format(kind[1], kind[2], kind.meta or "", kind.head or ""),
  }
  for i = 1, each do
    out[#out + 1] = ('[[scenario]]\nname = "%s %s %d"\n%s'):format(kind[1], kind[2], i, kind.body)
  end
  return table.concat(out, "\n")
end

local function lua_file(kind, each)
  local out = { 'local clnrm = require("clnrm")' }
  for i = 1, each do
    out[#out + 1] = ('clnrm.test("%s %s %d", function(t)\n  %s\nend)'):format(
      kind[1], kind[2], i, kind[3])
  end
  return table.concat(out, "\n") .. "\n"
end

assert(os.execute(("rm -rf '%s' && mkdir -p '%s'"):format(dir, dir)))
write("clnrm.toml", '[project]\nname = "mixed"\n')
local total = #kinds + #LUA
local left = count
for i = 1, total do
  local each = left // (total - i + 1)
  left = left - each
  local kind = kinds[i] or LUA[i - #kinds]
  local name = ("%02d %s %s"):format(i, kind[1], kind[2]):gsub(" ", "-")
  if kind.cells then -- the odd one goes to the next kind
    left, each = left + each % kind.cells, each // kind.cells
  end
  if kinds[i] then
    write(name .. ".clnrm.toml", toml_file(kind, each))
  else
    write(name .. ".clnrm.lua", lua_file(kind, each))
  end
end
