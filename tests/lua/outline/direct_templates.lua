--- Makes templates of test files at random that fit, or nearly do: with loops, values and [vars].
local M = {}

local function pick(r, list)
  return list[r(#list)]
end

local NAMES = { "{{ who }}", "{{ who }} x", "{{ svc }}", "{{ port }}", "{{ of_project }}",
  "{{ port * 2 }}", "plain", "{{ env }}", "{{ slug(s='A b') }}", "{{ users | length }}",
  "{{ get_env(name='CLNRM_NO', default='d') }}", "{# c #}x", "{{ uuid_v4(seed=1) }}",
  "{{ users | join(sep=' ') }}", "{{ port | float }}", "{{ 'a' | title }}" }
local WILD = { "{{ none }}", "a\\{{ who }}", "{{ quoted }}", "{{ empty }}", "{{ who | title }}",
  "{{ vars.port }}", "{{ vars.users | length }}", "{{ uuid_v4() }}", "{{ i }}", "{{- who }}" }
local COMMANDS = { '["echo", "%s"]', '"echo %s"', '["echo %s"]', '["sh", "-c", "%s"]',
  "['echo', '%s']", '["a", "b"]' }
local STEP_KEYS = { 'timeout = "1m30s"', "timeout = 3", "timeout = {{ port }}", "retry = 2",
  "retry = true", "max_retries = 0", "expected_exit_code = 3", "should_fail = true",
  'expect.stdout.contains = ["{{ who }}", "b"]', "expect.stdout.contains = 'x'",
  'expect.file = { "a" = { exists = true, mode = "644" } }', "continue_on_failure = true",
  'expect.stdout.json = { "$.a" = 1, "$.b" = 2 }', "expect.exit_code = 1",
  'description = "{{ env }}"',
  'env = { A = "{{ who }}", B = {{ port }} }', 'stdin = """\n{{ who }}\n"""', 'service = "db"',
  "expect.duration_ms.lt = 100", "expected_output_regex = '^a'", 'workdir = "/tmp"',
  'expect.stderr.lines = ["a", "b"]', 'depends_on = ["a"]', "unknown = 1", 'timeout = "x"' }
local SCENARIO_KEYS = { 'tags = ["a", "{{ who }}", "a"]', 'timeout = "5m"', "timeout_ms = 500",
  'room = "shared"', "expect_failure = true", 'description = "x"', 'service = "db"',
  "concurrent = false", "concurrent = true", 'group = "x"' }
local SERVICES = {
  '[services.db]\ncommand = ["a"]\nports = [80, "81:82"]\nwait = { port = 80 }\n',
  '[services.db]\nimage = "redis:7"\nwait = [{ log = "x" }, { port = {{ port }}, timeout = 3 }]\n',
  '[services.db]\ntype = "generic_container"\nimage = "alpine:latest"\n[services.web]\n'
    .. 'command = "x"\ndepends_on = ["db"]\n',
  '{% for s in range(end=2) %}\n[services.s{{ s }}]\ncommand = ["{{ s }}"]\n{% endfor %}\n'
    .. '[service.db]\ncommand = ["x"]\ndepends_on = { s1 = "started" }\n'
    .. 'healthcheck = { cmd = "x" }\n',
  '[services.db]\nimage = "{{ image }}x"\nkind = "task"\n',
  '[services.db]\ncommand = "x"\nhealth_check = { cmd = "true" }\n[services.a]\ncommand = "y"\n'
    .. 'depends_on = "db"\n[services.b]\ncommand = "z"\nkind = "task"\n',
  '[services.db]\nplugin = "redis"\n',
}
local VARS = { -- each beside a use of what it has
  '[vars]\nusers = ["ada", "grace", "bob"]\nport = 8000\n# {{ vars.users | length }}{{ port }}',
  "# {{ users | length }}{{ vars.port }}\n[vars]\nusers = ['ada']\nport = 5",
  '[vars]\nusers = [\n  "a",\n  "b"\n]\nport = 7\nwhen = 2020-01-01\n# {{ vars.when }}'
    .. '{{ users | first }}{{ port }}',
  '[vars]\nport = 1\nusers = []\nother = { x = 1.5, y = "z" }\n# {{ other.x }}{{ port }}'
    .. '{{ vars.users | length }}',
}
local WILD_VARS = {
  'vars.port = 3\n[vars]\nusers = []\n', "[vars] # comment\nport = 1\nusers = []\n",
  '[vars]\nquoted = "a\\"b"\nempty = ""\nport = 1\nusers = ["{{ who }}"]\n# {{ quoted }}',
  "{% if port %}[vars]\nport = 1\nusers = []{% endif %}", '"vars".port = 1',
  "[vars]\nport = 1\nusers = []\nunused = 2\n", "{% if port %}vars.x = 1{% endif %}",
  '[vars]\nport = 1\nusers = []\n[vars.x]\ny = 1\n# {{ x.y }}',
  "[vars]\n{% if svc == 'x' %}port = 1{% endif %}\nusers = []\n",
  "[vars]\nport = 1\nusers = []\n{% for u in users %}{% endfor %}\nx = 1",
  'a = """\n[vars]\nport = 1\n"""',
}
local OPENERS = { "{% for i in range(end=3) %}", "{% for u in users %}", "{% for i in users %}",
  '{% if svc == "clnrm" %}', "{% if port %}",
  "{% for i in range(start=1, end=5, step_by=2) %}" }

local function some_value(r)
  return r(40) == 1 and pick(r, WILD) or pick(r, NAMES)
end

local function name_of(r)
  r.count = r.count + 1
  local inside = r.loops > 0 and pick(r, { " {{ loop.index }}", " {{ loop.index0 * 7 }}",
    "{% if loop.first %}, first{% elif loop.last %}, last{% else %} {{ loop.index }}{% endif %}" })
  return ("%s %d%s%s"):format(r(4) == 1 and some_value(r) or "n", r.count, inside or "",
    inside and r(r.loops) > 1 and r(2) > 1 and "{{ x }}" or "")
end

local function some(r, list, most, out)
  for _ = 1, r(most + 1) - 1 do
    local key = r(30) > 1 and list[r(math.max(#list - 4, 1))] or pick(r, list)
    local word = key:match("^[%w_]+")
    if not out[word] and (word ~= "service" or r.has_services) then
      out[word], out[#out + 1] = true, key
    end
  end
end

local function block(r, out, make)
  local opener = r(3) == 1 and pick(r, OPENERS)
  local is_loop = opener and opener:find("for") and r.loops < 1 and 1 or 0
  opener = (is_loop == 1 or opener and opener:find("if")) and opener or nil
  r.loops = r.loops + is_loop
  out[#out + 1] = opener
  make()
  out[#out + 1] = opener and (opener:find("for") and "{% endfor %}" or "{% endif %}") or nil
  r.loops = r.loops - is_loop
end

local function step(r, out, header)
  local keys = { ("name = \"%s\""):format(name_of(r)),
    "command = " .. pick(r, COMMANDS):format(r(3) == 1 and some_value(r) or "x"), name = true,
    command = true }
  some(r, STEP_KEYS, 3, keys)
  out[#out + 1] = header
  for _, key in ipairs(keys) do
    out[#out + 1] = key
  end
end

local function scenario(r, out)
  out[#out + 1] = pick(r, { "[[scenario]]", "[[scenario]]", "[[scenarios]]" })
  local spelling = out[#out]:match("%w+")
  local keys = { ("name = \"%s\""):format(name_of(r)), name = true }
  some(r, SCENARIO_KEYS, 2, keys)
  for _, key in ipairs(keys) do
    out[#out + 1] = key
  end
  if r(3) == 1 then
    out[#out + 1] = "run = " .. pick(r, COMMANDS):format("y")
    return
  end
  for _ = 1, r(3) do
    block(r, out, function()
      step(r, out, ("[[%s.steps]]"):format(spelling))
    end)
  end
end

--- Makes one, the same for the same seed.
---@param seed integer
---@return string
function M.make(seed)
  local state = seed * 2654435761 + 1
  local r = setmetatable({ count = 0, loops = 0 }, { __call = function(_, max)
    state = state * 6364136223846793005 + 1442695040888963407
    return (state >> 33) % max + 1
  end })
  local out = { r(3) > 1 and '{% set who = "ada" %}' or "{% set who = 5 %}",
    ('[meta]\nname = "%s"\ntags = ["t", "{{ env }}"]\n'):format(name_of(r)) }
  if r(2) == 1 then
    out[#out + 1] = r(12) == 1 and pick(r, WILD_VARS) or pick(r, VARS)
  else
    out[1] = out[1] .. "{% set port = 3 %}{% set users = range(end=2) %}"
  end
  if r(2) == 1 then
    out[#out + 1] = SERVICES[r(12) == 1 and #SERVICES or r(#SERVICES - 1)]
    r.has_services = true
  end
  if r(3) == 1 then
    block(r, out, function()
      step(r, out, "[[steps]]")
    end)
  end
  for _ = 1, r(3) do
    block(r, out, function()
      scenario(r, out)
    end)
  end
  return table.concat(out, pick(r, { "\n", "\n", "\n\n", "  \n" })) .. "\n"
end

return M
