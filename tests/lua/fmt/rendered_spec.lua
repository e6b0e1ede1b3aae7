--- Templates render to the same values before and after they are formatted: with the real engine.
local root = os.getenv("CLNRM_ROOT") or "."
local documents = dofile(root .. "/tests/tools/toml_documents.lua")
local environment = require("engine.template.environment")
local fmt = require("engine.fmt")
local toml = require("core.toml")

local CONTEXTS = {
  { on = true, off = false, list = { "a", "b", "c" }, name = "ann", n = 3, x = "x y", none = "" },
  { on = false, off = true, list = { "z" }, name = "bob", n = 80, x = "", none = "" },
}

local function render(text, context)
  local env = environment.new({
    load = function(name)
      return name == "main" and text or nil
    end,
  })
  return env:render("main", context)
end

--- Formats a template and compares what both render to.
---@return boolean # whether it was formatted, and rendered to TOML at least once
local function check(text)
  local result = fmt.format(text, "x.toml.tera", { verify = true })
  assert.is_nil(result.bug and result.bug.message .. "\n" .. text)
  if not result.text then
    return false
  end
  local tried = false
  for _, context in ipairs(CONTEXTS) do
    local before, after = render(text, context), render(result.text, context)
    assert.equal(before == nil, after == nil, text)
    if before and toml.decode(before) then
      tried = true
      assert.is_table((toml.decode(after)), result.text .. "\n=>\n" .. after)
      local same, what = toml.same(before, after)
      assert.is_true(same or what == "tokens", text .. "\n=>\n" .. after) -- commas of loops
    end
  end
  return tried
end

local TEMPLATES = {
  '[meta]\nname="{{ name }}"\n{% for s in list %}\n  [[steps]]\n  name="{{ s }}"\n'
    .. '  command=["echo","{{ s }}" , "{{ n }}"]\n{% endfor %}',
  "{% if on %}\na=1\n{% else %}\na  =  2\n{% endif %}\nb=  {{ n }}",
  "{%- if on -%}\na=1\n{%- elif off %}\nb=2\n{% endif -%}\n\n\n[t]\nc=[{{ n }},{{ n }},\n4]",
  "a = [\n{% for s in list %}\n'{{ s }}',\n{% endfor %}\n]\n",
  "a = [{% for s in list %}'{{ s }}', {% endfor %}]",
  "a = [ {% for s in list %}'{{ s }}'{% if not loop.last %},{% endif %}{% endfor %} ]",
  "a={% if on %} 'p' {% else %} [1,2] {% endif %}\nb = {n={{ n }},x='{{ x }}'}",
  "{% macro m(v) %}\nk=  '{{ v }}'\n{% endmacro m %}\n{{ self::m(v=name) }}\n[t]\n z=1 {# why #}",
  "{% raw %}a = '{{ no }}'{% endraw %}\nb=  1",
  "{{ name }}   =1\nk{{ n }} . x=2\n[ t.{{ name }} ]\n['{{ name }}2'.u]\ny=80{{ n }}",
  '{% set v = "q" %}\n   a="""\n{% if on %}\n   {{ v }}\n{% endif %}\n"""\n\n\n\nb=[1,\n]',
  "{% block b %}\na=1   {# c #}   # d\n{% endblock b %}\n# {{ n }}\n#{% if on %}\nc = 1\n"
    .. "#{% endif %}",
  "a = [ 1, {# one #}\n 2,\n {% if on %}\n 3\n {% endif %}\n]",
  "a = [\n{% if on %}\n1,\n{% else %}\n'x',\n{% endif %}\n{{ n }}\n]",
  "t = {\n a=1,\n{% if on %}\n b=2,\n{% endif %}\n}",
}

-- What may stand between the brackets of an array.
local ELEMENTS = {
  "1,", "1", "'a'", "'a',", "[1, 2],", "{ a = 1 },", "{{ n }}", "{{ n }},", "{{ none }}",
  "'{{ x }}',", "'{{ x }}'", "{% if on %}2{% endif %}", "{% if on %}2,{% endif %}",
  "{% if off %}, 2{% endif %}", "{% if on %}2{% else %}3, 4{% endif %}", "{# x #}",
  "{% set y = 1 %}", "{% for i in list %}'{{ i }}',{% endfor %}",
  "{% for i in list %}'{{ i }}'{% if not loop.last %},{% endif %}{% endfor %}",
  "{% for i in list %}{% if not loop.first %}, {% endif %}'{{ i }}'{% endfor %}",
  "{% for i in list %}\n'{{ i }}',\n{% endfor %}",
  "{% for i in list %}\n{% if not loop.first %},{% endif %}\n'{{ i }}'\n{% endfor %}",
  "{% for i in list %}\n'{{ i }}'\n{% if not loop.last %},{% endif %}\n{% endfor %}",
  "{% for i in list %}\n'{{ i }}'\n{% if not loop.last %}\n,\n{% endif %}\n{% endfor %}",
  "{% if on %}\n3\n{% endif %}", "{% if off %}\n, 3\n{% endif %}", "{% if off %},{% endif %}",
  "{% block b %}{% endblock %}", "{% raw %}, 5{% endraw %}", ",", "# c\n", "{{ none }} # c\n",
}

-- What joins lines, or comments out what stands behind it.
local JOINING = {
  "# c\n", "# {{ n -}}\n", "#{{ n }}\n", "# {% if on %}\n", "{% if off %}\n", "{% else %}\n",
  "{%- else -%}\n", "{% endif %}", "{% endif -%}\n", "{%- endif %}\n", "{%- endif -%}\n",
  "{%- set y = 1 -%}\n", "{#- c -#}\n",
  "{% for i in list -%}\n", "{%- for i in list %}\n", "{% endfor %}\n", "{%- endfor -%}\n",
  "{% raw %}# c\n{%- endraw -%}\n", "{% if on %}#{% endif %}",
  "'a', 'b',", "1, 2,\n", "\n", "'#',\n",
  "{{ n }},\n", "{% if on %}\n",
}

local BEGINS = { "'" .. ("long "):rep(25) .. "',", "", "# c\n" }

--- Makes a template with an array; the same for the same seed.
local function array(seed, elements, most)
  local state = seed
  local function below(n)
    state = (state * 1103515245 + 12345) % 2147483648
    return state // 65536 % n
  end
  local parts = { "k = [" }
  if below(2) == 0 then
    parts[#parts + 1] = BEGINS[below(#BEGINS) + 1] .. "\n"
  end
  for _ = 0, below(most) do
    parts[#parts + 1] = elements[below(#elements) + 1]
    parts[#parts + 1] = ({ " ", "\n", "\n  " })[below(3) + 1]
  end
  return table.concat(parts) .. "]\n"
end

describe("a formatted template", function()
  it("renders to the same values whatever its arrays are made of", function()
    local tried, changed = 0, 0
    for seed = 1, 5000 do
      local text = array(seed, ELEMENTS, 4)
      if not (text:find("{%% block b.*{%% block b")) and check(text) then
        tried = tried + 1
        changed = changed + (fmt.format(text, "x.toml.tera").text ~= text and 1 or 0)
      end
    end
    assert.is_true(tried > 500 and changed > 250, tried .. " " .. changed)
  end)

  it("renders to the same values whatever joins its lines", function()
    local tried = 0
    for seed = 1, 10000 do
      tried = tried + (check(array(seed, JOINING, 9)) and 1 or 0)
    end
    assert.is_true(tried > 400, tried)
  end)

  for i, text in ipairs(TEMPLATES) do
    it("renders to the same values: " .. i, function()
      assert.is_true(check(text), text)
    end)
  end

  it("does so whatever stands around its tags", function()
    local tried = 0
    for seed = 1, 300 do
      local plain, n = documents.make(seed), 0
      local text = plain:gsub("true", "{{ on }}"):gsub("1_000", "{{ n }}"):gsub("\n([%w_'\"-])",
        function(first)
          n = n + 1
          return n % 3 == 0 and "\n  {%- if on or off %}\n" .. first
            or n % 3 == 1 and "\n {# c #}\n" .. first or "\n" .. first
        end)
      text = text .. ("\n{% endif %}"):rep(n // 3)
      tried = tried + (check(text) and 1 or 0)
    end
    assert.is_true(tried > 80, tried)
  end)
end)
