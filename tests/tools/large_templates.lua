--- Makes templates whose values are large: texts that double and lists of them, through filters,
--- functions, tests, loops, macros, includes and parents, one behind the other.
local root = os.getenv("CLNRM_ROOT") or "."
local documents = dofile(root .. "/tests/tools/toml_documents.lua")

local M = {}

local PIECES = {
  "x", "\"\\'", "a\n", "a ", "ü", "&<>", "\1", "A", "e\u{301}", "aB", "<a>", "> <", "\n",
  "\u{a0}\n", "Ж", "1", "T", "%Y", "Ⅷ ", "\xff", "{", "a,", "/", ".",
}

--- One of all kinds of bytes.
M.MIXED = "a B\"\\'<é>&\1e\u{301}\n"

local FILTERS = {
  "upper", "lower", "capitalize", "title", "trim", "trim_start", "trim_end", "truncate(length=255)",
  "truncate(length=9000000)", "wordcount", "replace(from='a', to='bb')", "replace(from='x', to='')",
  "replace(from='', to='ab')", "replace(from='a', to=s)", "replace(from=s, to='a')", "addslashes",
  "linebreaksbr", "indent", "indent(prefix='xx', first=true, blank=true)", "indent(prefix=s)",
  "split(pat='a')", "split(pat=',')", "split(pat='')", "split(pat=s)", "as_str", "escape",
  "escape_xml", "safe", "striptags", "spaceless", "urlencode", "urlencode_strict", "slugify",
  "toml_encode", "slug", "kebab", "snake", "camel", "pascal", "reverse", "json_encode",
  "json_encode(pretty=true)", "length", "trim_start_matches(pat='x')", "trim_end_matches(pat='x')",
  "int", "int(base=36)", "float", "date", "date(format=s)", "default(value=s)", "get(key=s)", "abs",
  "round(method=s)", "filesizeformat", "pluralize(plural=s)", "first", "last", "nth(n=3)",
  "join", "join(sep=s)", "sort", "unique", "group_by(attribute='a')", "filter(attribute='a')",
  "map(attribute='a')", "slice(start=1)", "concat(with=s)", "concat(with=l)",
}

local CALLS = {
  "sha256(s=%s)", "slug(s=%s)", "camel(s=%s)", "kebab(s=%s)", "toml_encode(value=%s)",
  "uuid_v5(ns='dns', name=%s)", "uuid_v5(ns=%s, name='a')", "sample(list=%s, k=1)",
  "shuffle(list=%s)", "weighted(pairs=%s)", "pick(list=%s)", "throw(message=%s)",
  "range(end=%s)", "get_env(name=%s)", "fake(kind=%s)", "ulid(time=%s)", "seq(name=%s)",
}

local CONDITIONS = {
  "s in %s", "%s in s", "%s is containing(s)", "%s is matching(s)", "%s is matching('(x|a)+y$')",
  "%s is starting_with(s)", "%s is ending_with(s)", "%s == s", "%s == l", "%s in l", "%s < s",
}

--- What makes `t` another value, or goes through it.
local STEPS = {
  function(pick)
    return "{% set t = t | " .. pick(FILTERS) .. " %}"
  end,
  function(pick)
    return "{% set t = " .. pick(CALLS):format("t") .. " %}"
  end,
  function(pick)
    return "{% if " .. pick(CONDITIONS):format("t") .. " %}a{% endif %}"
  end,
  function(pick)
    return "{% set t = " .. pick({ "t ~ t", "[t]", "[t, t, l]", "l", "range(end=300000)",
      "range(end=1000000)", "__tera_context", "s ~ t ~ s", "t[s]", "t * 2" }) .. " %}"
  end,
  function(pick) -- a text that grows in calls of calls
    return pick({ "{{ self::grow(v=s, n=9) }}", "{% set t = self::grow(v=s, n=9) %}",
      "{% filter upper %}{{ self::grow(v=s, n=5) }}{% endfilter %}" })
  end,
  function(pick)
    return pick({ "{% include 'u' %}", "{% include t %}", "{% for c in t %}{{ c }}{% endfor %}",
      "{% for i in range(end=9) %}{{ t }}{% endfor %}", "{% for k, v in t %}{{ k }}{% endfor %}" })
  end,
  function(pick, below)
    return ("{%% for i in range(end=%d) %%}{%% set z = t | %s %%}{%% endfor %%}"):format(
      below(3000), pick(FILTERS))
  end,
  function(pick, below)
    return ("{%% for i in range(end=%d) %%}{%% if %s == 'a' %%}{%% endif %%}{%% endfor %%}"):format(
      below(3000), pick(CALLS):format("t"))
  end,
  function()
    return "{{ t }}"
  end,
}

local MACRO = "{% macro grow(v, n) %}{% if n > 0 %}{{ self::grow(v=v ~ v, n=n - 1) }}{% else %}"
  .. "{{ v }}{% endif %}{% endmacro %}"

local function doubled(times)
  return "{% set l = [1, 'a', s] %}{% set t = s %}" .. ("{% set t = t ~ t %}"):rep(times)
end

local PIECE_BYTES = 1 << 16

--- Makes one; the same seed gives the same.
---@param seed integer
---@return table<string, string> templates `t` and what it can name
---@return table<string, any> values
function M.make(seed)
  local below = documents.new_random(seed + 13)
  local function pick(list)
    return list[below(#list)]
  end
  local piece, parts = pick(PIECES), {}
  for i = 1, below(4) do
    parts[i] = pick(STEPS)(pick, below)
  end
  local body = table.concat(parts)
  local parent = below(5) == 1 and '{% extends "p" %}' or ""
  if parent ~= "" then
    body = "{% block b %}" .. doubled(0) .. body .. "{{ super() }}{% endblock %}"
  end
  return {
    t = parent .. MACRO .. doubled(below(9) - 1) .. body,
    u = "{% set t = s ~ s %}{{ t }}{% for i in range(end=3) %}{{ t }}{% endfor %}",
    p = "{% block b %}{{ s }}{% endblock %}",
  }, { s = piece:rep(PIECE_BYTES // #piece // (below(3) == 1 and below(4000) or 1) + 1) }
end

--- Makes those of each filter alone, with a text of all kinds of bytes.
---@return fun(): string?, table<string, string>?, table<string, any>? name, templates, values
function M.filters()
  local i = 0
  return function()
    i = i + 1
    local filter = FILTERS[(i + 1) // 2]
    if filter then
      local times = i % 2 == 0 and 5 or 7 -- 2 and 8 MiB
      return ("%s of %d MiB"):format(filter, 1 << times - 4), {
        t = doubled(times) .. "{% set z = t | " .. filter .. " %}",
      }, { s = M.MIXED:rep(PIECE_BYTES // #M.MIXED) }
    end
  end
end

return M
