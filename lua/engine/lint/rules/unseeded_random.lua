--- Lint rule L104: a template that gives another text each time.
local tags = require("engine.lint.tags")

local RANDOM, WORDS = {}, { "fake" }
for name in ([[rand_hex uuid_v4 uuid_v7 ulid pick weighted shuffle sample trace_id span_id
  traceparent get_random]]):gmatch("[%a_]%w*[%w_]*") do
  RANDOM[name], WORDS[#WORDS + 1] = true, name
end

--- Lists the places of a pattern, in their order.
local function places(code, pattern)
  local list = {}
  for at in code:gmatch("()" .. pattern) do
    list[#list + 1] = at
  end
  return list
end

--- Finds the closing bracket of each opening one, all in one go.
local function partners(code)
  local open, close = {}, {}
  for at, sign in code:gmatch("()([()])") do
    if sign == "(" then
      open[#open + 1] = at
    elseif open[1] then
      close[table.remove(open)] = at
    end
  end
  return close
end

--- Finds the first call of a function that draws and is given no seed.
local function unseeded(code)
  local close, seeds, next_seed = partners(code), places(code, "%f[%w_]seed%s*="), 1
  for name, bracket in code:gmatch("%f[%w_]([%a_][%w_]*)()%(") do
    if close[bracket] and (RANDOM[name] or name:find("^fake_") or name == "fake") then
      while seeds[next_seed] and seeds[next_seed] < bracket do
        next_seed = next_seed + 1
      end
      if (seeds[next_seed] or #code + 1) > close[bracket] then
        return name
      end
    end
  end
end

return {
  code = "L104",
  name = "unseeded-random",
  severity = "warning",
  needs = { words = { { "{{", "{%" }, WORDS }, facts = {} },
  docs = {
    summary = "A random value without a seed",
    why = [[
The text of the test is another one each time it is read, and a failure cannot be had again. With
`seed` of `[determinism]`, or `seed=` at the call, the same value comes each time.]],
    bad = [==[
[[steps]]
name = "call"
command = ["echo", "{{ uuid_v4() }}"]
expect.stdout.lines = 1
]==],
    good = [==[
[[steps]]
name = "call"
command = ["echo", "0b5c"]
expect.stdout.lines = 1
]==],
  },
  tests = {
    ok = {
      'x = "{{ vars.a }}"\n',
      'x = "{{ uuid_v4(seed=1) }}"\n',
      '# {# was: {{ uuid_v4() }} #}\n',
      "x = '{% raw %}{{ uuid_v4() }}{% endraw %}'\n",
      "# {% set f = 'rand_hex(n=1)' %}\n",
      '[determinism]\nseed = 42\n[vars]\nx = "{{ fake_name() }}"\n',
    },
    bad = {
      { code = '[vars]\nx = "{{ fake_name() | upper }}"\n', at = { 3, 6 } },
      { code = "[vars]\nx = '{% raw %}{{ a }}{% endraw %}{{ ulid() }}'\n", at = { 3, 34 } },
      { code = "[vars]\nx = '{{ pick(from=[\"seed=\"]) }}'\n", at = { 3, 6 } },
      { code = "[vars]\nx = '{{ ulid(seed=1) ~ ulid() }}'\n", at = { 3, 6 }, count = 1 },
      { code = '[vars]\nx = ["""{{ "a\nb" }}""", "{{ ulid() }}"]\n', at = { 4, 12 } },
      { code = '[vars]\nx = ["""{{ "a\nb" }}""", "{{ ulid() }}"]\ny = "{{ 1 }}"\nz = {{ 1 }}\n',
        at = { 4, 12 } },
    },
  },
  visit = {
    template_tag = function(cx, tag)
      if cx:sets_determinism("seed") then
        return
      end
      local name = unseeded(tags.unquoted(tag.text))
      if name then
        cx:report({
          place = tag,
          message = ("%s() gives another value each time"):format(name),
          help = "set [determinism] seed, or give it a seed",
        })
      end
    end,
  },
}
