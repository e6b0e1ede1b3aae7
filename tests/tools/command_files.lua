--- Makes test files that are large in one way, or in several: many steps, services, scenarios and
--- what hangs on them, long keys, deep tables, lists of properties, thousands of errors, cells,
--- tags in tags.  For commands that read test files.
local root = os.getenv("CLNRM_ROOT") or "."
local documents = dofile(root .. "/tests/tools/toml_documents.lua")

local M = {}

local BYTES_MAX = 256 << 10

local HEAD = '[meta]\nname = "x"\n'
local STEP = '[[steps]]\nname = "a"\ncommand = ["ls"]\n'

--- Lines by number, until there are enough or they are long.
local function lines(count, form)
  local out, size = {}, 0
  for i = 1, count do
    local line = type(form) == "string" and form:gsub("@", i) or form(i)
    size = size + #line
    if size > BYTES_MAX then
      break
    end
    out[i] = line
  end
  return table.concat(out)
end

local function nested(depth, open, close)
  return open:rep(depth) .. "1" .. close:rep(depth)
end

local COMMANDS = { '"ls"', '["ls", "-l"]', '"sleep 1; cat /tmp/x | grep a > /tmp/y"', '"rm -rf /"',
  '"echo ${v1} $HOME `id`"', '"curl http://x && sudo ls"', '["sh", "-c", "a=1; exit $a"]', '""' }

local KINDS = {
  function(n, pick) -- steps
    return lines(n, '[[steps]]\nname = "s@"\ncommand = ' .. pick(COMMANDS) .. "\n"
      .. pick({ "", 'timeout = "1h"\nretry = 9\n', "expect.stdout.contains = 'x'\n",
        "comand = 1\n", "expected_exit_code = 0\n", "env.TOKEN = 'abcdefgh12345678'\n" }))
  end,
  function(n) -- that wait for each other
    return lines(n, function(i)
      return ('[[steps]]\nname = "s%d"\ncommand = ["ls"]\ndepends_on = ["s%d", "s%d"]\n'):format(i,
        i % n + 1, i // 2)
    end)
  end,
  function(n) -- one behind the other
    return lines(n, function(i)
      local on = i > 1 and ('depends_on = ["s%d"]\n'):format(i - 1) or ""
      return ('[[steps]]\nname = "s%d"\ncommand = ["ls"]\n'):format(i) .. on
    end)
  end,
  function(n, pick) -- services, in a line or a circle
    local first = pick({ 0, n })
    return lines(n, function(i)
      local on = i > 1 and i - 1 or first
      return ("[services.s%d]\ncommand = 'x'\ndepends_on = [%s]\n"):format(i,
        on > 0 and ("'s%d'"):format(on) or "")
    end) .. STEP
  end,
  function(n)
    return lines(n, '[[scenario]]\nname = "s@"\nrun = ["ls"]\n')
  end,
  function(n)
    return lines(n, '[[steps]]\nname = "s@"\ncommand = "echo ${v@}"\ncapture = { v@ = "stdout" }\n')
  end,
  function(n, pick) -- errors
    return STEP .. lines(n, pick({ "x\n", "a = \n", 'name = "b"\n', "k@ = 1\n", "comman@ = 1\n",
      "[[steps]]\n", "[services.@]\n", "expect.k@.a.b = 1\n", "# clnrm: ignore[L@]\n",
      "[a@.b.c]\n", 'a = "\n', "''' \n", "= = =\n", "a.b@ = 1\na.b@.c = 2\n" }))
  end,
  function(n, pick) -- long keys
    return pick({ "[vars]\n", "", STEP, "[services]\n" }) .. lines(n, function(i)
      return ("k%d%s = 1\n"):format(i, ("x"):rep(n))
    end) .. STEP
  end,
  function(n, pick) -- deep
    local depth = 1 + n % 100
    return "[vars]\n" .. lines(n, function(i)
      local value = pick({ nested(depth, "{ a = ", "}"), nested(depth, "[", "]") })
      return ("v%d = %s\n"):format(i, value)
    end) .. STEP
  end,
  function(n, pick) -- properties
    local depth = n % 60
    local gen = ("{ list = "):rep(depth) .. pick({ "{ int = { min = 0, max = 9 } }", '"bool"',
      "{ text = { max = 99 } }", "{ one_of = [1, 2] }" }) .. (", max = 9 }"):rep(depth)
    return "[property]\nruns = 5\n[property.gen]\n" .. lines(n, "v@ = " .. gen .. "\n") .. STEP
  end,
  function(n, pick) -- cells
    local list = lines(n, "@,")
    return "[matrix]\na = [" .. list .. "]\n" .. pick({ "", "exclude = [" .. lines(n - 1,
      "{ a = @ },") .. "]\n", "include = [" .. lines(n, "{ a = @, b = 1 },") .. "]\n" })
      .. pick({ "", "# {% for i in range(end=900) %}{{ i }}{% endfor %}" .. ("y"):rep(n) .. "\n" })
      .. lines(1 + n % 50, '[[steps]]\nname = "s@ {{ matrix.a }}"\ncommand = ["ls"]\n')
  end,
  function(n, pick) -- tags
    return "[vars]\na = '{{ b }}'\nb = '{% raw %}{{ a }}{% endraw %}'\nc = 'x'\n" .. STEP .. "# "
      .. pick({ "{{ c }}", "{{ nope }}", "{% if c %}{% endif %}", "{{ '{{ c }}' }}", "{{ c",
        "{# {{ c }} #}", "{% for i in [1, 2] %}{{ i ~ c }}\n# {% endfor %}", "{{ c | upper }}",
        "{% include 'x' %}", "{% set d = c %}", "\n{{ c }} = 1\n# " }):rep(n) .. "\n"
  end,
  function(n, pick) -- one long value
    return pick({ "[vars]\nv = '''", '[[steps]]\nname = "l"\ncommand = """' })
      .. pick({ "sleep 1\n", "x", "${a", "{{", "\\\\", "\u{a0}\n" }):rep(n * 20) .. "\n"
  end,
  function(n)
    return STEP .. "files.'/room/f' = 'x'\n" .. lines(n, "files.'/room/f@' = 'yyyyyyyy'\n")
  end,
}

--- Makes one; the same seed gives the same.
---@param seed integer
---@return string
function M.make(seed)
  local below = documents.new_random(seed + 17)
  local function pick(list)
    return list[below(#list)]
  end
  local text = HEAD
  for _ = 1, below(3) == 1 and 2 or 1 do
    text = text .. pick(KINDS)(below(pick({ 10, 100, 1000, 3000 })), pick)
  end
  if below(4) == 1 then
    local at = below(#text)
    text = text:sub(1, at) .. string.char(below(256) - 1) .. text:sub(at + 1)
  end
  return text
end

return M
