--- Makes test files that fit engine.model.fits, or nearly do: from the schema, key by key.
---
--- The same seed gives the same file.  Most keys are those that may fit.  Of most files one value
--- is made without care: of a wrong type, out of range, too long, given twice, a name that nothing
--- has; in others each may be, seldom.
local schema = require("engine.model.schema")

local M = {}

local POOLS = { -- TOML, by the name of a key
  name = { '"a"', '"b"', '"c"', '"d"', '"e"', '" f"', "'g '", '"run"', '"x\\ty"', '"äö"' },
  service = { '"db"', '"web"', '"cache"', '"none"' },
  tags = { '["a", "b"]', '["a", "a"]', '[]', '["x y"]' },
  depends_on = { '"a"', '["a"]', '["b", "a"]', '["a", "a"]', '[]', '["db"]', '"db"', '["web"]' },
  image = { '"alpine"', '"redis:7"', '"a.b/c/d-e:1.2"', '"ghcr.io/x/y:latest"', '"a--b"',
    '"host"', '"rootfs:."', '"archive:x"', '"sha256:7"', '"a:b:c"', '"A"', '"a_b.c/x"', '"a/"',
    '"a@sha256:1"', '"localhost:5000/x"', '"a:-x"', '"hostess"',
    '"' .. ("a"):rep(64) .. '"', '"' .. ("a"):rep(63) .. '"', '"localhost/a"', '"a..b"' },
  plugin = { '"generic"', '"generic_container"', '"alpine"', '"redis"', '"nothing"', '"genericx"' },
  command = { '"ls"', '["ls", "-l"]', '["ls -l"]', '["sh", "-c", "echo ${x}"]', '["echo", "${x}"]',
    '["/bin/bash", "-c", "a ${y}", "z"]', '["sh", "-x", "-c", "${x}"]', '"echo ${x}"', '" "', "[]",
    '[""]', '["", "a"]', '["a", ""]', '["$", "{x}"]', '["sh", "-c", "a", "${b}"]', '["\\u0000"]',
    '["env", "-c", "${x}"]', '["${x} y"]' },
  workdir = { '"/tmp"', '"a/b"', '"../a"', '"a/.."', '"./a"', '"a.b"', '"/"', '"a..b"' },
  http = { '"/"', '"/a?b#c"', '"/a b"', '"http://localhost:80/"', '"http://localhost:99999/"',
    '"https://localhost/"', '"http://db:80/"', '"x"', '"http://localhost:80"', '"/ä"',
    '"http://localhost:0/x"', '"/\\u007f"' },
  ports = { "[80]", "80", '["80:81"]', '["8080:80", 82]', '["80:80", "80:81"]', '[80, "81:80"]',
    "[0]", '"0:80"', '["0:1", "0:2"]', '["1:2:3"]', '["80/tcp"]', '["65536"]', "[]", "[70000]",
    '"080"', '["7:8"]' },
  json = { '{ "$.a" = 1 }', '{ "$.a.b" = "x" }', '{ "$.a[0].b" = [1, { x = 1.5 }] }',
    '{ "$" = true }', '{ "$.a." = 1 }', '{ "a" = 1 }', '{ "$.a" = nan }', '{ "$.a" = 2020-01-01 }',
    '{ "$[0].a" = 1 }', '{ "$.a[10]" = 1 }', '{ "$..a" = 1 }', '{ "$a" = 1 }', "{}",
    '{ "$[01].x.y" = [] }', '{ "$.a[1]b" = 1 }', '{ "$.a" = [2020-01-01] }', '{ "$.1" = 1 }' },
  file = { '{ "a.txt" = { exists = true } }', '{ "../a" = { exists = true } }',
    '{ "/x" = { equals = "", mode = "0644" } }', '{ "a..b" = { exists = false } }',
    '{ "x" = { exists = false, equals = "a" } }', '{ "" = { exists = true } }', '{ "x" = {} }',
    '{ "a/../b" = { exists = true } }', '{ "a" = { exists = true, contains = ["a", "b"] } }',
    '{ "a" = { sha256 = "' .. ("0f"):rep(32) .. '" } }', '{ "a" = { sha256 = "0" } }',
    '{ "a" = { mode = "064" } }', '{ "a" = { mode = "64" } }', '{ "a" = { mode = 420 } }',
    '{ "a" = { mode = 4096 } }', '{ "a" = { mode = "00644" } }' },
  env = { '{ A = "1", b_2 = 3 }', '["A=1", "B=2"]', '["A=1", "A=2"]', '{ "a-b" = "1" }', '["A"]',
    '{ A = 1.5, B = true }', '{ A = 2020-01-01 }', '["=x"]', '{ "" = "x" }', "[]", "{}",
    '["A=b=c"]', '{ A = "\\u0000" }', '{ A = inf }', '{ "a=b" = "1" }', '["1A=2"]' },
  freeze_clock = { '"2025-01-01T00:00:00Z"', "2025-01-01T00:00:00Z", '"2025-01-01"', "2025-01-01",
    '"1969-01-01T00:00:00Z"', "2025-01-01T10:00:00.5+02:00", '"2025-02-30T00:00:00Z"',
    "2025-01-01T00:00Z", "9999-01-01T00:00:00Z", '"x"' },
  stop_signal = { '"SIGTERM"', '"SIGINT"', '"term"', '"SIGSTOP"', '"SIGHUP"', '"SIGKILL"', '"X"' },
  network = { '"room"', '"none"', '"host"' },
  reuse = { '"never"', '"verified"' },
  inherit_env = { '["HOME"]', '"A"', '["A=b"]', '[""]', '["a-b"]', "[]" },
  concurrent = { "true", "false", "1", "64", "65", "0" },
  requires = { '["docker"]', '"sandbox"', '["x"]', "[]" },
  lines = { "0", "3", '["a", ""]', "-1", "[]", "1.0" },
}

local REGEXES = { "'^a+b$'", "'a'", "'a|b'", "'(a'", "'a**'", "'*a'", "'a{2000}'", "'[a-z]+'", "''",
  "'a?'", "'\\d+\\.\\w'", "'\\G'", "'a\\'", "'|'", "'\\bx'", "'^*'", "'a+?'", "'x{2}'", "'(?i)X'",
  "'\\8'", "'\\c'", "'é+'", "'a++'", "'\\p{L}'", "'\\b*'", "'^'", "'$a'" }
local DURATIONS = { '"5s"', '"1m30s"', "3", '"500ms"', "0", '"0s"', "-1", '"1s1m"', '"1 s"',
  '"1.5s"',
  '"9999h"', '"1h2m3s4ms"', '"1s1s"', '"5"', '"x"', "1.0", "31622400", "31622401", '""',
  '"1000000000000s"', '"31622400s"', '"31622401s"', '"9999999999999ms"', '"1M"' }
local TEXTS = { '"a"', '"some text"', '"x\\ny"', "'''l1 l2'''", '"ä"', '""', '" "', '"\\u0000"',
  '"${a}"', '"a\\\\b"', '"\\u0061"' }
local WILD = { "1", "-1", "0.5", "nan", "true", "false", '""', '"x"', '"10s"', "[]", "[1]", '["a"]',
  "{}", "{ a = 1 }", "2020-01-01", '"\\u0000"', "[[]]", "[{}]", "07:00:00", "inf",
  "9223372036854775807" }

local LONG = { ("a"):rep(64), ("a"):rep(101), ("b"):rep(1001), ("c"):rep(131072) }

local function pick(r, list)
  return list[r(#list)]
end

--- Whether this one value is made without care.
local function is_careless(r)
  local is_it = r.is_careless or r.seldom > 0 and r(100) <= r.seldom
  r.is_careless = false
  return is_it
end

local make = {}

--- Makes names: another one each time, and such that there were before.
local function name_of(r)
  if is_careless(r) then
    return r(3) == 1 and pick(r, POOLS.name) or r(8) == 1 and '"' .. LONG[3] .. '"'
      or ('"name %d"'):format(r(r.count + 1))
  end
  r.count = r.count + 1
  return ('"name %d"'):format(r.count)
end

local function value(r, type_, key, depth)
  r.values = r.values + 1
  r.is_careless = r.values == r.fault
  if r.is_careless and r(3) == 1 then
    return pick(r, WILD)
  end
  local kind = type_.kind
  local pool = POOLS[key]
  if key == "name" then
    return name_of(r)
  elseif key == "depends_on" and kind == "list" then
    local own = r.count + r(3) - 2
    return ('["name %d"]'):format(is_careless(r) and own or math.max(own - 1, 1))
  elseif pool and (key ~= "service" or kind == "text") and (key ~= "file" or kind == "map") then
    return is_careless(r) and pick(r, pool) or pool[r(math.min(2, #pool))]
  end
  local fn = make[kind]
  return fn and fn(r, type_, key, depth) or pick(r, TEXTS)
end

local function number(r, type_, step)
  local low, high = type_.min, type_.max
  local list = is_careless(r) and { low - step, high + step, low - 1, high + 1 } or { low, high, 5 }
  local picked = pick(r, list)
  return math.type(picked) == "integer" and tostring(picked) or ("%.17g"):format(picked)
end

function make.text(r, type_)
  if is_careless(r) then
    return r(3) == 1 and '"' .. pick(r, LONG) .. '"' or pick(r, TEXTS)
  end
  return TEXTS[r(type_.empty and 6 or 5)]
end

function make.integer(r, type_)
  return number(r, type_, 1)
end

function make.number(r, type_)
  return r(2) == 1 and not r.is_careless and "0.5" or number(r, type_, 0.25)
end

function make.boolean(r)
  return pick(r, { "true", "false" })
end

function make.one_of(r, type_)
  return is_careless(r) and '"other"' or ('"%s"'):format(pick(r, type_.words))
end

function make.duration(r, type_)
  local is_any = is_careless(r)
  if type_.plain then
    return is_any and pick(r, { "0", "-1", '"5s"', "31622400000", "31622400001" })
      or pick(r, { "1", "5000" })
  end
  return is_any and pick(r, DURATIONS) or DURATIONS[r(4)]
end

function make.regex(r)
  return is_careless(r) and pick(r, REGEXES) or REGEXES[r(3)]
end

function make.any(r)
  return pick(r, WILD)
end

function make.command(r)
  return is_careless(r) and pick(r, POOLS.command) or POOLS.command[r(4)]
end

function make.either(r, type_, key, depth)
  local kinds = {}
  for kind in pairs(type_.choices) do
    kinds[#kinds + 1] = kind
  end
  table.sort(kinds)
  r.values = r.values - 1 -- it is this very value
  return value(r, type_.choices[pick(r, kinds)], nil, depth) or key
end

function make.list(r, type_, _, depth)
  if is_careless(r) then
    return "[]"
  elseif type_.single and r(2) == 1 then
    return value(r, type_.item, nil, depth)
  end
  local parts = {}
  for i = 1, r(3) do
    parts[i] = value(r, type_.item, nil, depth + 1)
  end
  return "[" .. table.concat(parts, ", ") .. "]"
end

local KEYS = { "db", "web", "cache", "a-b", "Db", "a_b", "x1", '"a b"', "localhost", "1", "a-",
  "room1", "room", "LOCALHOST", "a--b", '"a.b"', '""', '"1.2"', '"x\\u0000"', '"ip6-loopback"',
  "_a", "-b", LONG[1], LONG[3] }

function make.map(r, type_, _, depth)
  local parts, seen, is_any = {}, {}, is_careless(r)
  if is_any and r(4) == 1 then
    return "{}"
  end
  for _ = 1, r(3) do
    local key = is_any and pick(r, KEYS) or KEYS[r(3)]
    if not seen[key] then
      seen[key] = true
      parts[#parts + 1] = ("%s = %s"):format(key, value(r, type_.item, nil, depth + 1))
    end
  end
  return "{ " .. table.concat(parts, ", ") .. " }"
end

local OFTEN = { command = true, name = true }
local SELDOM = { vars = 5, matrix = 5, depends_on = 60, service = 25, timeout_ms = 40,
  gt = 40, retry_delay = 60, args = 60,
  services = 500, parallel = 100, exit_code = 60, should_fail = 100 }
local ONE_OF = { -- of each row one, as a rule
  ["a test file"] = { "steps", "scenario", "scenarios" },
  ["[[scenario]]"] = { "steps", "run" },
  ["wait of a service"] = { "port", "http", "log", "cmd", "file" },
}
local BESIDE = { retry_delay = "retry", status = "http", body = "http", times = "log" }

--- Lists the keys of a record that a table gets.
local function keys_of(r, record)
  local may_fit, list, given = {}, {}, {}
  local one = ONE_OF[record.title] and r(40) > 1 and pick(r, ONE_OF[record.title])
  for k, v in pairs(record.fits and record.fits.keys or {}) do
    may_fit[type(k) == "string" and k or v] = true
  end
  local is_any = is_careless(r)
  for _, spec in ipairs(record.keys) do
    local name = spec.name
    local chance = may_fit[name] and (SELDOM[name] or 200) or 2
    if is_any and may_fit[name] then
      chance = 300
    elseif spec.required or OFTEN[name] then
      chance = 1000
    elseif one and table.concat(ONE_OF[record.title], " "):find(name, 1, true) then
      chance = name == one and 1000 or record.title == "wait of a service" and 0 or 150
    elseif BESIDE[name] and not given[BESIDE[name]] then
      chance = 0
    end
    if r(1000) <= chance then
      list[#list + 1], given[name] = spec, true
    end
  end
  if not list[1] and record.min and not is_any then
    list[1] = record.keys[1]
  end
  return list, is_any
end

function make.record(r, record, _, depth)
  local parts, seen = {}, {}
  local keys, is_any = keys_of(r, record)
  local twice = is_any and r(2) == 1
  for _, spec in ipairs(keys) do
    local names = { spec.name, table.unpack(spec.alias or {}) }
    for _ = 1, twice and 2 or 1 do
      local name = pick(r, names)
      if not seen[name] then
        seen[name] = true
        parts[#parts + 1] = ("%s = %s"):format(name, value(r, spec.type, spec.name, depth + 1))
      end
    end
  end
  if is_any and r(8) == 1 then
    parts[#parts + 1] = "unknown = 1"
  end
  for i = #parts, 2, -1 do -- in any order
    local j = r(i)
    parts[i], parts[j] = parts[j], parts[i]
  end
  return depth == 0 and table.concat(parts, "\n") .. "\n"
    or "{ " .. table.concat(parts, ", ") .. " }"
end

--- Makes a source of numbers: one generator of the kind that is enough for this.
local function numbers(seed)
  local state = seed * 2654435761 + 1
  return function(max)
    state = (state * 6364136223846793005 + 1442695040888963407)
    return (state >> 33) % max + 1
  end
end

--- Makes a test file.
---@param seed integer
---@return string
function M.document(seed)
  local next_number = numbers(seed)
  local r = setmetatable({ values = 0, count = 0, seldom = seed % 4 == 0 and 2 or 0 }, {
    __call = function(_, max)
      return next_number(max)
    end,
  })
  for _ = 1, 5 do
    r(2)
  end
  r.fault = r.seldom == 0 and seed % 4 < 3 and r(60) or 0 -- of the others nothing
  local parts = {}
  if r(50) > 1 then
    parts[1] = pick(r, { 'meta.name = "m"', 'test.metadata = { name = "m", tags = ["a"] }',
      'test = { name = "m" }', 'meta = { name = "m", timeout = "1h" }',
      'meta.name = "m"\ntest = { description = "x" }' })
  end
  parts[2] = make.record(r, schema.root, nil, 0)
  local text = table.concat(parts, "\n")
  if parts[1] then -- one of the two is enough, most of the time
    text = r(20) == 1 and text or text:gsub("\nmeta = [^\n]*", ""):gsub("\ntest = [^\n]*", "")
  end
  return text
end

local IDENTITY = { version = '"1"', description = '"x"', tags = '["a"]', author = '"x"',
  timeout = '"1s"', requires = '["docker"]' }
local HEAD = 'meta.name = "m"\n'
local STEP = 'steps = [{ name = "s", command = ["ls"], %s }]\n'
local SERVICE = STEP:format("") .. "services = { db = { %s } }\n"
local EMPTY = { '""', '"' .. LONG[3] .. '"' }
local HUGE = '"' .. LONG[4] .. '"'

--- Lists files that are wrong in a way that chance seldom finds.
---@return string[]
function M.wrong()
  local list = {}
  local function add(form, ...)
    list[#list + 1] = HEAD .. form:format(...)
  end
  for key, given in pairs(IDENTITY) do
    for _, form in ipairs({ "test.%s = %s\n", "test.metadata.%s = %s\n" }) do
      add("meta.%s = %s\n" .. form .. STEP:format(""), key, given, key, given)
    end
    local test = 'test = { name = "m", %s = %s, metadata = { %s = %s } }\n'
    list[#list + 1] = test:format(key, given, key, given) .. STEP:format("")
  end
  for _, text in ipairs(EMPTY) do
    list[#list + 1] = ("meta.name = %s\n"):format(text) .. STEP:format("")
    add("meta.tags = [%s]\n" .. STEP:format(""), text)
    add("steps = [{ name = %s, command = 'a' }]\n", text)
    add("scenario = [{ name = %s, run = 'a' }]\n", text)
    add("scenario = [{ name = 'a', run = 'a', tags = [%s] }]\n", text)
    add(SERVICE:format("command = 'a'") .. "scenario = [{ name = 'a', run = 'a', service = %s }]\n",
      text)
    add(STEP, "expect.stdout.snapshot = " .. text)
    add(STEP, ("expect.file = { %s = { exists = true } }"):format(text))
    add(STEP, ("depends_on = %s"):format(text))
    add(SERVICE, ("command = 'a', depends_on = %s"):format(text))
    add(STEP, ("env = { %s = 'x' }"):format(text))
  end
  for _, more in ipairs({
    "workdir = ''", "workdir = " .. HUGE,
    "workdir = '..', expect.file.a.exists = true",
    "workdir = 'a/../b', expect.file.a.exists = true", "expect.file = {}",
    "expect.file.a = {}", "expect.stdout.json = {}", "expect.file.a.mode = -1",
    "expect.duration_ms.lt = -0.5", "expect.duration_ms.gt = 9007199254740994.0",
    "expect.duration_ms.gt = inf", "expect.duration_ms.gt = nan", "expect = {}",
    "expect.file.a.sha256 = '" .. ("a"):rep(65) .. "'", "expect.stdout.lines = 9007199254740993",
    "expect.stdout.json = { '$.a..b' = 1 }", "expect.stdout.json = { '$.a.' = 1 }",
    "expect.stdout.json = { '$" .. (".a"):rep(65) .. "' = 1 }",
    "env = { A = " .. HUGE .. " }", "env = ['A=" .. LONG[4] .. "']", "env = [" .. HUGE .. "]",
    "retry = 101", "retry_delay = 1", "stdin = 1",
  }) do
    add(STEP, more)
  end
  add("steps = [{ name = 's', command = ['ls', %s] }]\n", HUGE)
  add("steps = [{ name = 's', command = %s }]\n", HUGE)
  add("room.inherit_env = [%s]\n" .. STEP:format(""), HUGE)
  add("scenario = [{ name = 'a', steps = [{ name = 'b', command = 'a', "
    .. "expect.stdout.snapshot = 'x' }, { name = 'c', command = 'a', "
    .. "expect.stderr.snapshot = 'x' }] }]\n")
  add("determinism.seed = -9007199254740993\n" .. STEP:format(""))
  add("limits.memory_mb = 1073741825\n" .. STEP:format(""))
  add(STEP:format("") .. "services.db.command = 'a'\nservice.db.command = 'a'\n")
  add(STEP:format("") .. "services = { db = { command = 'a' }, DB = { command = 'a' } }\n")
  add(STEP:format("") .. "services = { LocalHost = { command = 'a' } }\n")
  add(STEP:format("") .. "services = { localhost = { command = 'a' } }\n")
  add(STEP:format("") .. "services = { 'a-' = { command = 'a' } }\n")
  add(STEP:format("") .. "services = { %s = { command = 'a' } }\n", LONG[1])
  add(STEP:format("") .. "services = { a = { command = 'a' }, b = { command = 'a', "
    .. "depends_on = ['a', 'a'] } }\n")
  add(STEP:format("") .. "room.image = 'a'\nservices = { a = { command = 'a', image = 'host' } }\n")
  for _, more in ipairs({
    "image = 'rootfs:7'", "image = 'archive:7'", "image = 'sha256:7'", "image = 'host'",
    "command = 'a', workdir = ''", "command = 'a', wait.timeout = 1",
    "command = 'a', ports = 80, wait = { http = '/', status = 600 }", "image = 'a', args = [1]",
    "command = 'a', wait = { port = 1, status = 200 }", "command = 'a', wait = { log = '' }",
    "command = 'a', wait = { port = 1, times = 1 }",
    "command = 'a', wait = { port = 1, body = 'x' }",
    "command = 'a', ports = 80, wait = { http = '/', body = '' }", "command = 'a', args = ['x']",
    "command = 'a', workdir = " .. HUGE, "command = 'a', wait = { file = '' }",
    "command = 'a', ports = [80, 81], wait = { http = '/' }", "ports = [80]", "image = 'a:b/'",
    "command = 'a', limits = { cpu_limit = 1, cpu_millicores = 1 }", "image = 'a/b.-c'",
    "command = 'a', health_check = {}", "command = 'a', env = { 'a=b' = '1' }",
  }) do
    add(SERVICE, more)
  end
  local many = {}
  for i = 1, 101 do
    many[i] = ("a%d = { command = 'a' }"):format(i)
  end
  add(STEP:format("") .. "services = { %s }\n", table.concat(many, ", "))
  return list
end

return M
